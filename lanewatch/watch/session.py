"""What a front end holds: the live picture of one lane, and the way to what lies behind a stage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from lanewatch.rollout.facts import Handle, Knowledge
from lanewatch.rollout.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Opened:
    """A log or native object, read anew for a drill-down: cleaned and redacted, ready to draw."""

    title: str
    locator: str
    lines: tuple[str, ...]
    note: str  # what a reader must know: "last 2,000 lines", "as of 14:03:07, the cluster does not answer: …"


class Session(Protocol):
    """One watched lane. Everything awaited here ends by its own deadline; nothing raises for the world's faults."""

    @property
    def rollout(self) -> Rollout: ...

    @property
    def knowledge(self) -> Knowledge: ...

    def start(self) -> None:
        """Begin to ask; a screen calls it once its first frame is there."""
        ...

    def pictures(self) -> AsyncIterator[Rollout]:
        """Every new picture, the latest first after a pause; ends when the session is closed."""
        ...

    async def open(self, handle: Handle) -> Opened: ...

    def sweep_now(self) -> None:
        """Wake every authority at once."""
        ...

    async def close(self) -> None: ...
