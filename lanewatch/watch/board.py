"""Many lanes at once, each looked at in turn: a sweep of one lane, its picture kept, the next one.

Watching two hundred lanes with eight authorities each would be some hundred requests a second; sweeping a few at a time
costs what one or two watched lanes cost, and every line says how old it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.errors import ConfigurationError
from lanewatch.watch.live import LiveSession
from lanewatch.watch.session import RecentCommit
from lanewatch.watch.waiting import settle

AT_ONCE = 4  # lanes that are asked at a time
REST_SECONDS = 15.0  # before a lane is asked again, however few there are
IN_FLIGHT = 4  # newest commits of a lane that may have lines of their own
_UNFINISHED = frozenset({"queued", "waiting", "blocked", "pending", "running", "in_progress", "requested"})


@dataclass(slots=True)
class BoardLine:
    """One lane at its newest commit (`commit` None) or at an older one that is still in flight."""

    target: str
    commit: str | None = None
    rollout: Rollout | None = None
    read_at: float | None = None  # on this module's clock; None: not yet
    asking: bool = False
    trouble: str = ""  # why it could not be looked at

    @property
    def id(self) -> str:
        return self.target if self.commit is None else f"{self.target} {self.commit}"

    def age(self, now: float) -> float | None:
        return None if self.read_at is None else max(now - self.read_at, 0.0)


class Board:
    """`open_lane` gives the session of a target at a commit, None for the newest. Runs until cancelled."""

    def __init__(
        self,
        targets: Iterable[str],
        open_lane: Callable[[str, str | None], LiveSession],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = {line.id: line for line in (BoardLine(target) for target in targets)}
        self._open_lane = open_lane
        self._clock = clock
        self._news = asyncio.Event()

    @property
    def lines(self) -> Sequence[BoardLine]:
        return tuple(self._lines.values())

    def now(self) -> float:
        return self._clock()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def changed(self) -> None:
        """Returns when a line is another than at the call."""
        await self._news.wait()

    async def _work(self) -> None:
        while True:
            await self._step()

    async def _step(self) -> None:
        """Look at the line that was looked at longest ago, or wait until one is due."""
        line = min((one for one in self.lines if not one.asking), key=_last_read, default=None)
        if line is None or (line.read_at is not None and self.now() - line.read_at < REST_SECONDS):
            await asyncio.sleep(1.0)
            return
        line.asking = True
        self._tell()
        try:
            await self._look(line)
        finally:
            line.asking, line.read_at = False, self.now()
            self._tell()

    async def _look(self, line: BoardLine) -> None:
        try:
            session = self._open_lane(line.target, line.commit)
        except ConfigurationError as error:  # the other lanes go on
            line.trouble = str(error).splitlines()[0]
            return
        async with session:
            await settle(session, session.lane.status_seconds)
            line.rollout, line.trouble = session.rollout, ""
            if line.commit is None:
                recent = await session.recent(IN_FLIGHT)
                self._in_flight(line.target, session.rollout.commit, recent.commits)

    def _in_flight(self, target: str, newest: str | None, commits: Sequence[RecentCommit]) -> None:
        """Lines for older commits whose run has not ended; those that have ended go."""
        flying = {one.sha for one in commits if one.state in _UNFINISHED and one.sha != newest}
        for line in self.lines:
            if line.target == target and line.commit is not None and line.commit not in flying:
                del self._lines[line.id]
        for sha in flying:
            line = BoardLine(target, sha)
            self._lines.setdefault(line.id, line)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _last_read(line: BoardLine) -> float:
    return float("-inf") if line.read_at is None else line.read_at
