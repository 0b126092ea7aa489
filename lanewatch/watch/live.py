"""The live session: authorities feed the watcher, the watcher feeds the picture, the picture feeds whoever looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from lanewatch.authorities.interface import Authority
from lanewatch.clients.clock import Clock
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.facts import Handle, Knowledge, Observation
from lanewatch.rollout.picture import picture
from lanewatch.rollout.rollout import ENDED, Rollout
from lanewatch.spec.lane import Lane
from lanewatch.watch.journal import Journal
from lanewatch.watch.objects import ObjectReader
from lanewatch.watch.opener import Opener
from lanewatch.watch.session import Opened
from lanewatch.watch.watcher import Watcher

TICK_SECONDS = 1.0  # how often ages move when nothing else does


class LiveSession:
    """One watched lane, entered with `async with`; leaving it ends every task and closes the clients."""

    def __init__(
        self,
        lane: Lane,
        authorities: Sequence[Authority],
        first: Observation,
        clock: Clock,
        logs: LogReader,
        objects: ObjectReader,
        close_clients: Callable[[], Awaitable[None]],
    ) -> None:
        self.lane = lane
        self.journal = Journal()
        self._clock = clock
        self.logs = logs
        self.objects = objects
        self._opener = Opener(logs, objects, clock)
        self._close_clients = close_clients
        self._watcher = Watcher(authorities, clock, self.journal, self._project, self._has_ended)
        self._news = asyncio.Event()
        self._closed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._rollout = picture(lane, Knowledge(), clock.now())
        self._watcher.tell(first)

    @property
    def rollout(self) -> Rollout:
        return self._rollout

    @property
    def knowledge(self) -> Knowledge:
        return self._watcher.knowledge

    def settled(self) -> bool:
        """See Watcher.settled."""
        return self._watcher.settled()

    async def __aenter__(self) -> LiveSession:
        self._tasks = [asyncio.create_task(self._watcher.run()), asyncio.create_task(self._tick())]
        for task in self._tasks:
            task.add_done_callback(lambda _: self._announce())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def pictures(self) -> AsyncIterator[Rollout]:
        """Every new picture, the latest first after a pause; ends when the session is closed, raises what broke it."""
        while not self._closed:
            for task in self._tasks:
                if task.done():
                    task.result()
            news = self._news
            yield self._rollout
            await news.wait()

    async def open(self, handle: Handle) -> Opened:
        return await self._opener.open(handle)

    def sweep_now(self) -> None:
        self._watcher.sweep_now()

    async def close(self) -> None:
        """End every task, then the clients; whoever iterates over pictures comes to the end."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._announce()
        await self._close_clients()

    def _has_ended(self, authority: str) -> bool:
        return any(stage.authority == authority and stage.state in ENDED for stage in self._rollout.stages)

    def _project(self) -> None:
        self._rollout = picture(self.lane, self._watcher.knowledge, self._clock.now())
        self._announce()

    def _announce(self) -> None:
        """Wake whoever waits; each waits on the event that was current when it took its picture."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._project()
