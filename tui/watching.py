"""What the dashboard holds while it runs: one session at a time, where in its journal the person stands, what is heard.

No key and no screen is named here; `LanewatchApp` has those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.session import Logging, Session, Steered
from tui.attention import Attention, title
from tui.log_places import Reading
from tui.logs import FollowedLogs
from tui.ordered import OrderedApp
from tui.rewind import Rewind, rewind_of
from tui.settings import Settings
from tui.showing import WELL, Showing
from tui.signals import Signals

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

TICK_SECONDS = 0.9  # a picture so much later is drawn though it tells nothing new: sessions tick once a second
CLOCK_OFF_SECONDS = 2.0  # a host's clock that is off by more moves every time that it stamps


class WatchingApp(OrderedApp, inherit_bindings=False):
    """Follows a session and tells `draw` what to draw; a subclass has the screens.

    The exit code is 0, or with a goal the lane's once that is reached.
    """

    def __init__(self, session: Session, settings: Settings, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.session = session
        self.steered = session if isinstance(session, Steered) else None
        self.settings = settings
        self.local_time = self.problems_only = self.costs = False
        self.follows = settings.follows
        self.rewind: Rewind = rewind_of(session)
        self.attention = Attention()
        self.reading = Reading()
        self._signals = Signals(environ, settings.alarm)
        self._tasks: set[asyncio.Task[None]] = set()
        self._logs: FollowedLogs | None = None
        self._following: asyncio.Task[None] | None = None
        self._verdict: int | None = None  # the exit code, once the goal was reached or given up
        self._gave_up = False

    def draw(self, showing: Showing) -> None:
        """Show it on every screen that shows a lane."""
        raise NotImplementedError

    def redraw(self) -> None:
        self.draw(self.showing())

    def showing(self) -> Showing:
        """What is to be drawn now."""
        rollout = self.rewind.rollout()
        return Showing(
            rollout=rollout,
            entries=self.rewind.entries(),
            local_time=self.local_time,
            problems_only=self.problems_only,
            costs=self.costs,
            past=self.rewind.mark(),
            ended=self.attention.ended,
            banner=self._banner(rollout),
            moment=self.reading.moment,
            follows=self.follows,
        )

    def follow(self, session: Session) -> None:
        """Watch this session from now on; the one before is closed."""
        before, self.session = self.session, session
        self.steered = session if isinstance(session, Steered) else None
        if self._following is not None:
            self._following.cancel()
        self.rewind, self.attention = rewind_of(session), Attention()
        self.reading = Reading()
        self._following = self.start(self._follow(session))
        if before is not session:
            self.start(self._end(before, self._logs))
            self._logs = None
        self.call_after_refresh(session.start)  # the clients take longer to load than the first frame

    async def followed_log(self, handle: Handle) -> Log | None:
        """The log behind a handle, followed from now on; None where this session's logs are only read."""
        if not isinstance(self.session, Logging):
            return None
        await asyncio.to_thread(import_module, "lanewatch.logs.opening")  # a tenth of a second, at the first log
        if self._logs is None:
            self._logs = FollowedLogs(self.session, self.log_grown)
        followed = await self._logs.follow(handle)
        return None if isinstance(followed, str) else followed

    def log_grown(self, handle: Handle) -> None:
        """A followed log has more lines."""
        raise NotImplementedError

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work beside the screen; a fault in it ends the app, because a silent one would show old data as new."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def on_unmount(self) -> None:
        await super().on_unmount()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._logs is not None:
            await self._logs.close()

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """What runs beside the screens ends before they do: a picture that comes later finds nothing to draw on."""
        for task in self._tasks:
            task.cancel()
        super().exit(result, return_code, message)

    def give_up(self) -> None:
        """The goal was not reached in time; what is seen later does not change that."""
        if self.settings.goal is not None and self._verdict is None:
            self._verdict, self._gave_up = self.settings.goal.missed, True
            self.redraw()

    def exit_code(self) -> int:
        """Of a person who leaves now."""
        goal = self.settings.goal
        if goal is None:
            return 0
        return goal.missed if self._verdict is None else self._verdict

    async def _end(self, session: Session, logs: FollowedLogs | None) -> None:
        if logs is not None:
            await logs.close()
        await session.close()

    async def _follow(self, session: Session) -> None:
        drawn: Rollout | None = None
        async for rollout in session.pictures():
            self._hear(rollout)
            if drawn is None or _tells_more(drawn, rollout):
                drawn = rollout
                self.redraw()

    def _hear(self, rollout: Rollout) -> None:
        for alarm in self.attention.hear(rollout):
            self.send(self._signals.alarm(alarm))
        self.send(self._signals.title(title(rollout)))
        goal = self.settings.goal
        if goal is not None and self._verdict is None and goal.reached(rollout):
            self._verdict = goal.code(rollout)
            self.send(self._signals.alarm(f"{rollout.target}: {goal.what} has ended"))
        newer = rollout.newer_commit
        if self.follows and newer is not None and self.steered is not None:
            self.steered.choose(newer)

    def _banner(self, rollout: Rollout) -> str:
        """The one thing to be read before all else: the verdict, then our own trouble, then a clock that is off."""
        goal = self.settings.goal
        if goal is not None and self._verdict is not None:
            missed = f"has not ended within {goal.seconds:g} s" if self._gave_up and goal.seconds else ""
            mark = WELL if self._verdict == 0 else ""
            return f"{mark}{goal.what} {missed or 'has ended'}: q leaves with exit code {self._verdict}"
        if self.steered is not None and self.steered.trouble:
            return self.steered.trouble
        off = {host: (low + high) / 2 for host, (low, high) in rollout.skews.items()
               if low > CLOCK_OFF_SECONDS or high < -CLOCK_OFF_SECONDS}  # fmt: skip
        clocks = [f"{host} is {abs(by):.1f} s {'ahead' if by > 0 else 'behind'}" for host, by in off.items()]
        return (
            f"clocks differ: {', '.join(clocks)}; times of different systems are compared with that in mind"
            if clocks
            else ""
        )

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._handle_exception(error)


def _tells_more(before: Rollout, now: Rollout) -> bool:
    """Whether there is anything but ages to draw; those are drawn each second, however many reads confirm the same."""
    return now.now.steady - before.now.steady >= TICK_SECONDS or _told(before) != _told(now)


def _told(rollout: Rollout) -> tuple[object, ...]:
    stages = tuple(
        (one.state, one.says, one.reason, one.quality, one.budget.state, one.handles, one.started_at, one.finished_at)
        for one in rollout.stages
    )
    cells = tuple((cell.fact.value, cell.quality) for cell in rollout.fields.values())
    return rollout.state, rollout.commit, rollout.partial, stages, cells, rollout.findings
