"""What a front end holds: the live picture of one lane, and the way to what lies behind a stage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from lanewatch.rollout.facts import Entry, Handle, Knowledge
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import Redactor
from lanewatch.watch.past import Past

if TYPE_CHECKING:
    from lanewatch.logs.log import Log
    from lanewatch.rollout.gate.build_log import BuildLog

WITH_RUNS = 10
NO_RUN, NOT_READ, NOT_ASKED = "", "not read", "not asked"  # in the place of a run's state


@dataclass(frozen=True, slots=True)
class Opened:
    """A log or native object, read anew for a drill-down: cleaned and redacted, ready to draw."""

    title: str
    locator: str
    lines: tuple[str, ...]
    note: str  # what a reader must know: "last 2,000 lines", "as of 14:03:07, the cluster does not answer: …"


@dataclass(frozen=True, slots=True)
class RecentCommit:
    """A commit of the watched branch, with its newest Actions run where there is one. Texts are cleaned."""

    sha: str
    subject: str
    author: str
    committed_at: datetime | None
    run: str = ""  # the run's id
    state: str = ""  # the run's status, or its conclusion once it has ended; or NO_RUN, NOT_READ, NOT_ASKED
    seconds: float | None = None  # how long the run took


@dataclass(frozen=True, slots=True)
class Recent:
    """The branch's commits, newest first; `note` says what could not be read of them."""

    commits: tuple[RecentCommit, ...]
    note: str = ""


class Session(Protocol):
    """One watched lane. Everything awaited here ends by its own deadline; nothing raises for the world's faults."""

    @property
    def lane(self) -> Lane: ...

    @property
    def entries(self) -> Sequence[Entry]:
        """The journal so far."""
        ...

    @property
    def spec_texts(self) -> Sequence[tuple[str, bytes]]: ...

    @property
    def redactor(self) -> Redactor: ...

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


@runtime_checkable
class Logging(Protocol):
    """A session whose logs can be followed, and read whole whatever their size; a recording's cannot."""

    def log(self, handle: Handle) -> Log:
        """The log behind a handle, not yet read. Raises ReadFailure."""
        ...


@runtime_checkable
class Neighbouring(Protocol):
    """A session that can ask which containers ran beside those whose logs it knows; a recording cannot."""

    async def asides(self, handles: Sequence[Handle]) -> tuple[list[Handle], list[str]]:
        """Logs of init containers and sidecars beside those of these handles; and why some could not be asked."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A session whose pictures hold a forecast: the records of past rollouts that it rests on."""

    @property
    def history(self) -> Sequence[Record]: ...


@runtime_checkable
class Steered(Protocol):
    """A session that a person steers: a live one. A recording is what it is."""

    @property
    def trouble(self) -> str:
        """What a person must know of this run of ours itself, such as that the disk is full; "" if nothing."""
        ...

    def choose(self, commit: str) -> None:
        """Watch another commit of the same target from now on."""
        ...

    def remark(self, text: str) -> None:
        """Enter what the person noted into the journal."""
        ...

    async def build(self) -> BuildLog:
        """What the builder of the watched commit logged, for the gate."""
        ...

    async def recent(self, with_runs: int = WITH_RUNS) -> Recent:
        """The commits one could choose; of the newest `with_runs` also the run, at one request each."""
        ...

    async def head(self, lane: Lane) -> str | None:
        """The newest commit of this or another lane's branch, with one request; None where it cannot be told."""
        ...


@runtime_checkable
class Replayed(Protocol):
    """A session that stands at an instant of a recording (`at`, our steady seconds) and can be moved along it."""

    @property
    def at(self) -> float: ...

    @property
    def past(self) -> Past: ...

    def seek(self, steady: float) -> None:
        """Stand at an instant, at most at either end."""
        ...
