"""Spools that outlive the process: `watch --resume` finds the logs it had, even those of Pods that are gone since.

While a lane has not ended, the nameless file of each of its logs has a name too (0600, in a folder of ours), so that
even a process that is killed leaves it; nothing is written twice. A later run reads its logs anew, and shows what was
kept of one only where it can no longer be read. Names go when the lane was seen to end, after 7 days, and the oldest
first when all together hold more than half of what spools may.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.outliving import outlived, size_of
from lanewatch.logs.sources import Asked, Mark, Piece, Source, Waiting
from lanewatch.logs.spool import TOTAL_CAP, Spool

KEPT_BYTES = TOTAL_CAP // 2  # what is left is for the logs of this run
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptLogs:
    """The logs of one lane on one set of systems; `lane` tells it from all others."""

    folder: Path
    lane: str

    def of(self, locator: str) -> KeptLog:
        return KeptLog(self.folder / f"{_digest(self.lane)}-{_digest(locator)}.log")

    def prepare(self) -> int:
        """Make the folder and drop what is too old or too much; how many bytes are kept. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return prune(self.folder, time.time())

    def forget(self) -> None:
        """The lane has ended: its systems keep its logs, or an evidence does."""
        for path in self.folder.glob(f"{_digest(self.lane)}-*"):
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class KeptLog:
    """One log: `path` is what an earlier run had of it; what this run has is beside it until that is more."""

    path: Path

    @property
    def _ours(self) -> Path:
        return self.path.with_suffix(".new")

    def begin(self, spool: Spool) -> None:
        """Give this run's spool its name. What a killed run left there is an earlier run's now."""
        self._settle()
        spool.name(self._ours)

    def end(self, spool: Spool) -> None:
        """This run reads no more of it: the longer of both stays."""
        if spool.size and not self._ours.exists():
            spool.copy_to(self._ours)  # on a file system on which a nameless file cannot get a name
        self._settle()

    def earlier(self) -> Iterator[bytes]:
        """What an earlier run had."""
        if self.path.exists():
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk

    def read_until(self) -> datetime | None:
        """When an earlier run last wrote to it; None where there is nothing."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError:
            return None

    def _settle(self) -> None:
        if size_of(self._ours) > size_of(self.path):
            self._ours.replace(self.path)
        else:
            self._ours.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A log that was kept: as its system has it, and where that has it no longer, as an earlier run had read it."""

    source: Source
    kept: KeptLog

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source."""
        begun = False
        pieces = self.source.pieces(asked)
        try:
            async for piece in pieces:
                begun = begun or not isinstance(piece, Waiting)
                yield piece
        except ReadFailure as failure:
            until = self.kept.read_until()
            if begun or until is None:
                raise
            yield Mark(f"{failure.reason}: what follows was read by an earlier run, until {until:%Y-%m-%d %H:%M:%SZ}")
            for chunk in self.kept.earlier():
                yield chunk
        finally:
            await pieces.aclose()


def prune(folder: Path, now: float) -> int:
    """Delete logs older than 7 days, and the oldest beyond KEPT_BYTES; how many bytes stay."""
    for path in outlived(folder.iterdir(), now, KEPT_BYTES):
        path.unlink(missing_ok=True)
    return sum(map(size_of, folder.iterdir()))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
