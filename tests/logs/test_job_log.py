"""A job's log is read on by range until the job has ended, and begun again where a rerun replaced it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea, LogPart
from lanewatch.logs.job_log import JobLog
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting
from lanewatch.rollout.facts import Outcome
from tests.jumping_loop import run_jumping


class FakeGitea:
    """Serves the log and status of each look; the last ones for ever. A ReadFailure is raised."""

    def __init__(self, *looks: tuple[bytes | ReadFailure, str], ranges: bool = True) -> None:
        self._looks = looks
        self._at: Iterator[tuple[bytes | ReadFailure, str]] = iter(looks)
        self._now = looks[0]
        self.ranges = ranges

    async def job(self, _: str, __: int) -> dict[str, Any]:
        self._now = next(self._at, self._looks[-1])
        return {"status": self._now[1]}

    async def job_log(self, _: str, __: int, start: int = 0) -> LogPart:
        data = self._now[0]
        if isinstance(data, ReadFailure):
            raise data
        return LogPart(data[start:], start, False) if self.ranges else LogPart(data, 0, restarted=bool(start))


def told(gitea: FakeGitea) -> list[Piece]:
    async def main() -> list[Piece]:
        async with asyncio.timeout(3600):
            return [piece async for piece in JobLog(cast(Gitea, gitea), "o/r", 7).pieces(Asked(follow=True))]

    return run_jumping(main())


def followed(gitea: FakeGitea) -> list[bytes | Mark]:
    return [piece for piece in told(gitea) if not isinstance(piece, Waiting)]


NOT_YET = ReadFailure(Outcome.ABSENT, "job not started")
LONG = b"".join(b"row %d\n" % n for n in range(200))


@pytest.mark.parametrize("ranges", [True, False])
def test_what_grows_is_read_on_and_the_last_rows_after_the_end_as_well(ranges: bool) -> None:
    looks = [
        (NOT_YET, "queued"),
        (LONG[:300], "in_progress"),
        (LONG[:300], "in_progress"),
        (LONG[:900], "completed"),
        (LONG, "completed"),
    ]
    assert b"".join(cast("list[bytes]", followed(FakeGitea(*looks, ranges=ranges)))) == LONG


@pytest.mark.parametrize("new", [b"second attempt\n", b"second attempt\n" * 400])
def test_a_rerun_replaces_the_log_and_a_mark_says_so(new: bytes) -> None:
    pieces = followed(FakeGitea((LONG, "in_progress"), (new, "in_progress"), (new, "completed")))
    first, mark, *rest = pieces
    assert first == LONG
    assert isinstance(mark, Mark)
    assert b"".join(cast("list[bytes]", rest)) == new


def test_a_job_that_was_cancelled_before_it_began_has_no_log() -> None:
    with pytest.raises(ReadFailure, match="not started"):
        followed(FakeGitea((NOT_YET, "queued"), (NOT_YET, "completed")))


def test_while_nothing_comes_it_is_told_why() -> None:
    down = ReadFailure(Outcome.UNREACHABLE, "refused: gitea")
    pieces = told(FakeGitea((NOT_YET, "queued"), (down, "in_progress"), (LONG, "completed")))
    assert pieces == [Waiting("job not started"), Waiting("refused: gitea"), LONG]
