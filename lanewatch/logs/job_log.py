"""A Gitea job's log, read on by byte range while the runner writes it, and begun again where a rerun replaced it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting
from lanewatch.rollout.facts import Outcome

POLL_SECONDS = 2.0  # a runner sends rows every 3 to 5 s
OVERLAP = 128  # bytes read again, to see whether it is still the same log
LAST_LOOKS = 2  # after the job's end: a job is completed a moment before its last rows
_HOPELESS = frozenset({Outcome.DENIED, Outcome.UNCONFIGURED, Outcome.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class JobLog:
    """The log of one job of a run. `repository` is "owner/name"."""

    gitea: Gitea
    repository: str
    job: int

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source; `tail` and `since` are the reader's: Gitea cannot cut by lines."""
        start, tail, looks, ended = 0, b"", LAST_LOOKS, False
        while True:
            try:
                ended = asked.follow and await self._has_ended()
                new, replaced = await self._new(start, tail)
            except ReadFailure as failure:
                never = ended and failure.outcome is Outcome.ABSENT  # it was cancelled before it began
                if failure.outcome in _HOPELESS or never or not asked.follow:
                    raise
                yield Waiting(failure.reason)
                await asyncio.sleep(POLL_SECONDS)
                continue
            if replaced:
                yield Mark("the log was replaced by that of a rerun, which begins here")
                start, tail = 0, b""
                continue
            if new:
                start, tail = start + len(new), (tail + new)[-OVERLAP:]
                yield new
            elif not asked.follow or (ended and looks <= 0):
                return
            looks -= ended
            if asked.follow and not new:
                await asyncio.sleep(POLL_SECONDS)

    async def _new(self, start: int, tail: bytes) -> tuple[bytes, bool]:
        """Bytes from `start` on, and whether it is another log: `tail` no longer stands before them."""
        asked = start - len(tail)
        part = await self.gitea.job_log(self.repository, self.job, asked)
        data = part.data[asked:] if part.restarted else part.data
        if not data.startswith(tail):
            return b"", True
        return data[len(tail) :], False

    async def _has_ended(self) -> bool:
        job = await self.gitea.job(self.repository, self.job)
        return str(job.get("status")) == "completed"
