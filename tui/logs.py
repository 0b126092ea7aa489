"""Logs that the dashboard follows: each from when it was first looked at until the end, so that nothing of it is lost
when its Pod goes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Handle
from lanewatch.watch.session import Logging

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

MOST_FOLLOWED = 24  # logs at a time, one stream each: all of a lane; then the one not looked at for longest ends


class FollowedLogs:
    """`grown` is called with the handle whenever its log has more lines or another state."""

    def __init__(self, session: Logging, grown: Callable[[Handle], None]) -> None:
        self._session = session
        self._grown = grown
        self._open: OrderedDict[Handle, tuple[Log, list[asyncio.Task[None]]]] = OrderedDict()

    async def follow(self, handle: Handle) -> Log | str:
        """The log, followed from now on, anew where it had failed with nothing to keep; or why there is none."""
        known = self._open[handle][0] if handle in self._open else None
        if known is not None and known.failure is not None and not len(known):
            await self._end(handle)
        if handle not in self._open:
            try:
                log = self._session.log(handle)
            except ReadFailure as failure:
                return failure.reason
            self._start(handle, log)
        self._open.move_to_end(handle)
        return self._open[handle][0]

    async def close(self) -> None:
        """End every stream and give the disk space back."""
        while self._open:
            await self._end(next(iter(self._open)))

    def _start(self, handle: Handle, log: Log) -> None:
        from lanewatch.logs.sources import Asked

        tasks = [asyncio.create_task(log.run(Asked(follow=True))), asyncio.create_task(self._watch(handle, log))]
        self._open[handle] = (log, tasks)
        if len(self._open) > MOST_FOLLOWED:
            tasks.append(asyncio.create_task(self._end(next(iter(self._open)))))

    async def _watch(self, handle: Handle, log: Log) -> None:
        while True:
            await log.changed()
            self._grown(handle)

    async def _end(self, handle: Handle) -> None:
        log, tasks = self._open.pop(handle)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.close()
