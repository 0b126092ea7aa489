"""Many lanes at once, each looked at in turn: a sweep of one lane, its picture kept, the next one.

Watching two hundred lanes with eight authorities each would be some hundred requests a second; sweeping a few at a time
costs what one or two watched lanes cost, and every line says how old it is. A lane that has ended is left to rest, but
for one question now and then: is its branch where it was? However many lanes there are, once each was seen the sweeps
take a small share of a processor, and no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from lanewatch.clients.clock import suspend_aware_seconds
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.errors import ConfigurationError
from lanewatch.watch.live import LiveSession
from lanewatch.watch.session import RecentCommit
from lanewatch.watch.waiting import has_ended, settle

AT_ONCE = 4  # lanes that are asked at a time
REST_SECONDS = 15.0  # before a lane is asked again, however few there are
ENDED_SECONDS = 900.0  # before one that has ended is: a sweep is sixty requests, and one in ten seconds is allowed
GLANCE_SECONDS = 30.0  # between two looks at the branch of one that has ended
SHARE = 0.07  # of a processor, for the sweeps after the first of each lane
AT_ONCE_DUE = float("-inf")
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
    due: float = AT_ONCE_DUE  # when it is to be looked at again
    head: str | None = None  # of its branch, the last time that was looked at

    @property
    def id(self) -> str:
        return self.target if self.commit is None else f"{self.target} {self.commit}"

    def age(self, now: float) -> float | None:
        return None if self.read_at is None else max(now - self.read_at, 0.0)


class Board:
    """`open_lane` gives the session of a target at a commit, None for the newest. Runs until cancelled.

    `head` gives the newest commit of a target's branch, None where that cannot be told.
    """

    def __init__(
        self,
        targets: Iterable[str],
        open_lane: Callable[[str, str | None], LiveSession],
        head: Callable[[str], Awaitable[str | None]],
        clock: Callable[[], float] = suspend_aware_seconds,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._lines = {line.id: line for line in (BoardLine(target) for target in targets)}
        self._open_lane = open_lane
        self._head = head
        self._clock = clock
        self._processor = processor
        self._spent = processor()  # seconds of the processor, up to the last sweep's end
        self._paid_until = float("-inf")  # on the clock: when the share will have covered it
        self._news = asyncio.Event()

    @property
    def lines(self) -> Sequence[BoardLine]:
        return tuple(self._lines.values())

    def now(self) -> float:
        return self._clock()

    def sweep_now(self) -> None:
        """Every lane is due, also those at rest."""
        for line in self.lines:
            line.due = AT_ONCE_DUE

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._glance_again_and_again())
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def changed(self) -> None:
        """Returns when a line is another than at the call."""
        await self._news.wait()

    async def _work(self) -> None:
        while True:
            await self._step()

    async def _step(self) -> None:
        """Look at the line that has been due for longest, or wait until one is."""
        line = min((one for one in self.lines if not one.asking), key=lambda one: one.due, default=None)
        now = self.now()
        if line is None or line.due > now or (line.due > AT_ONCE_DUE and self._paid_until > now):
            await asyncio.sleep(1.0)
            return
        line.asking, again = True, line.due > AT_ONCE_DUE
        self._tell()
        try:
            await self._look(line)
        finally:
            line.asking, line.read_at = False, self.now()
            line.due = line.read_at + (ENDED_SECONDS if _rests(line) else REST_SECONDS)
            self._pay(again)
            self._tell()

    def _pay(self, again: bool) -> None:
        """What was spent by now delays the sweeps to come, but not what a first look or the person's wish spent."""
        spent, self._spent = self._processor() - self._spent, self._processor()
        if again:
            self._paid_until = max(self._paid_until, self.now()) + spent / SHARE

    async def _glance_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(GLANCE_SECONDS)
            await self.glance()

    async def glance(self) -> None:
        """Whoever rests while its branch moves on is due."""
        for line in self.lines:
            if line.commit is not None or line.read_at is None or not _rests(line):
                continue
            head = await self._head(line.target)
            if head not in (None, line.head, line.rollout.commit if line.rollout else None):
                line.due = min(line.due, line.read_at + REST_SECONDS)
            line.head = head

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


def _rests(line: BoardLine) -> bool:
    return line.rollout is not None and not line.trouble and has_ended(line.rollout)
