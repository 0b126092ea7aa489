"""What every authority is: it asks its system, reports what was said, and does not judge.

A module of this room belongs to exactly one statusAuthority of the spec. It turns answers of lanewatch.clients into one
Observation with facts, one typed report and handles; the stage rules in lanewatch.rollout decide what that means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from lanewatch.rollout.facts import Correlation, Observation


@dataclass(frozen=True, slots=True)
class Period:
    """How often an authority is asked, in seconds: `active` while its stage runs, `idle` once it has ended."""

    active: float
    idle: float


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """One native object as it was added, changed or removed. `at` is seconds on any one steady clock."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    kind: str
    object: Mapping[str, Any]
    at: float


class Authority(Protocol):
    """One source entitled to say how one stage stands."""

    id: str  # the statusAuthority word
    needs: frozenset[str]  # Correlation fields it cannot ask without

    @property
    def period(self) -> Period:
        """How often to ask now: less often where a watch tells of changes."""
        ...

    def subject(self, known: Correlation) -> Correlation:
        """The slice of what is known that changes the question."""
        ...

    async def read(self, subject: Correlation) -> Observation:
        """Ask once. Never raises for the world's faults: they are outcomes."""
        ...

    async def changed(self) -> None:
        """Return when a watch has news; a plain poll never returns."""
        ...
