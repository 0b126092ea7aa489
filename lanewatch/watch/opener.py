"""Opens what lies behind a handle for a drill-down: read anew, else as it was last read, with its age."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.facts import Handle, Moment
from lanewatch.watch.objects import ObjectReader, as_yaml
from lanewatch.watch.session import Opened

KEPT_BYTES = 64 << 20  # of everything opened before; a drill-down into a dead system still shows the last words


class Opener:
    """Reads logs and objects; what was read is kept, the longest unused is forgotten first."""

    def __init__(self, logs: LogReader, objects: ObjectReader, clock: Clock) -> None:
        self._logs = logs
        self._objects = objects
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Moment, Opened, int]] = OrderedDict()

    async def open(self, handle: Handle) -> Opened:
        """What stands behind the handle; where it cannot be read, the note says why and how old the text is."""
        try:
            opened = await self._read(handle)
        except ReadFailure as failure:
            return self._kept_text(handle, failure.reason)
        self._keep(handle.locator, opened)
        return opened

    async def _read(self, handle: Handle) -> Opened:
        if handle.kind == "log":
            log = await self._logs.read(handle)
            return Opened(log.title, log.locator, log.lines, log.note)
        value = await self._objects.read(handle.locator)
        text = await asyncio.to_thread(as_yaml, value)  # a large Application takes a second of pure Python
        return Opened(handle.title, handle.locator, tuple(text.splitlines()), "")

    def _kept_text(self, handle: Handle, reason: str) -> Opened:
        if handle.locator not in self._kept:
            return Opened(handle.title, handle.locator, (), reason)
        read_at, opened, _ = self._kept[handle.locator]
        age = self._clock.now().steady - read_at.steady
        return replace(opened, note=f"as read {age:.0f} s ago; now: {reason}")

    def _keep(self, locator: str, opened: Opened) -> None:
        size = sum(len(line) for line in opened.lines)
        self._kept[locator] = (self._clock.now(), opened, size)
        self._kept.move_to_end(locator)
        while sum(size for _, _, size in self._kept.values()) > KEPT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
