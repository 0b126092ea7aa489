"""What a front end holds of logs: opened to be followed and searched, or read once as lines. The engine loads late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.rollout.facts import Entry, Handle, Outcome
from lanewatch.text import Redactor

if TYPE_CHECKING:
    from lanewatch.logs.keeping import KeptLogs
    from lanewatch.logs.log import Log
    from lanewatch.logs.spool import SpoolFolder

READ_LINES = 50_000  # of a log that is read at once into memory; following it has no such limit


def spools_path() -> Path:
    """Where spools live: the user's cache."""
    return user_cache_path("lanewatch") / "logs"


@dataclass(frozen=True, slots=True)
class LogText:
    """One log as lines fit to be drawn or printed; `note` says what is not in it."""

    title: str
    locator: str
    lines: tuple[str, ...]
    note: str


@dataclass(slots=True)
class LogReader:
    """Reads the log behind a handle. `clusters` by plane: ci, argo, runtime; `entries`: the journal's so far."""

    gitea: Gitea | None
    clusters: Mapping[str, Cluster]
    redactor: Redactor
    entries: Callable[[], Sequence[Entry]] = tuple
    spools: Path = field(default_factory=spools_path)
    _kept: KeptLogs | None = None  # None: logs end with this process
    _folder: SpoolFolder | None = None
    _open: list[Log] = field(default_factory=list)

    def open(self, handle: Handle) -> Log:
        """The log, not yet read: Log.run reads it; Log.close, or `close` here, gives its disk space back.

        Raises ReadFailure.
        """
        from lanewatch.logs.opening import LogOpener  # numpy and RE2 load in 0.1 s, which `status` does not pay
        from lanewatch.logs.spool import SpoolFolder

        folder = self._folder = self._folder or SpoolFolder(self.spools, held=self._prepared())
        log = LogOpener(self.gitea, self.clusters, self.redactor, folder, self.entries, self._kept).open(handle)
        self._open = [*(one for one in self._open if not one.is_closed), log]
        return log

    async def asides(self, handles: Sequence[Handle]) -> tuple[list[Handle], list[str]]:
        """Logs of init containers and sidecars of the Pods behind these handles; and why some could not be asked."""
        from lanewatch.logs.asides import aside_handles

        return await aside_handles(self.clusters, handles)

    def keep(self, lane: str) -> None:
        """Let logs outlive this process, so that the next watch of this lane finds them. Before any is opened."""
        from lanewatch.logs.keeping import KeptLogs

        self._kept = KeptLogs(self.spools / "kept", lane)

    def close(self, *, ended: bool = False) -> None:
        """Close every log that was opened here and is still open: their spools hold nothing any more.

        `ended`: the lane was seen to end, and nothing is kept.
        """
        for log in self._open:
            log.close()
        if ended and self._kept is not None:
            self._kept.forget()

    def _prepared(self) -> int:
        """How many bytes are kept from earlier runs; where none can be, none are."""
        try:
            return 0 if self._kept is None else self._kept.prepare()
        except OSError:
            self._kept = None
            return 0

    async def read(self, handle: Handle, *, tail: int | None = None, timestamps: bool = True) -> LogText:
        """The log now. Raises ReadFailure: `absent` before there is one, `unconfigured`, or what the system refused."""
        from lanewatch.logs.log import State
        from lanewatch.logs.sources import Asked

        log = self.open(handle)
        try:
            await log.run(Asked(tail=tail))
            if log.state is State.FAILED and not len(log):
                raise log.failure or ReadFailure(Outcome.ERROR, log.reason)
            first = max(0, len(log) - min(READ_LINES, READ_LINES if tail is None else tail))
            lines = tuple(line.shown(timestamps) for line in log.page(first, READ_LINES))
            return LogText(handle.title, handle.locator, lines, _note(first, log.reason))
        finally:
            log.close()


def _note(hidden: int, reason: str) -> str:
    return "; ".join(part for part in (f"{hidden} earlier lines not shown" if hidden else "", reason) if part)
