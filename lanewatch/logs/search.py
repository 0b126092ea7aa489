"""A search over a log that grows: hits are counted region by region, in parallel, and found again when stepped to.

Only the number of hits of each region is kept: a search with ten million hits costs no more memory than one with none.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import accumulate

import numpy

from lanewatch.logs.literals import Places
from lanewatch.logs.query import Finder, Query, without_colours
from lanewatch.logs.spool import BLOCK, Spool

REGION = 1 << 20  # bytes: large enough that Python is not felt, small enough for a processor's cache
AT_ONCE = 32  # regions that are mapped at a time, which counts as memory; some 10 ms
KEPT_REGIONS = 16  # whose hit lines are remembered while someone steps through them
LONGEST = 8 << 20  # of one line: what lies behind is not searched
_THREADS = max(2, min(4, os.cpu_count() or 2))  # numpy and RE2 let go of the interpreter's lock

_END = 10  # "\n"
_NONE: Places = numpy.empty(0, numpy.intp)


class Search:
    """One query over one spool. `catch_up` searches what has come since; stepping and counting are then immediate."""

    def __init__(self, spool: Spool, query: Query) -> None:
        self.query = query
        self.finder = Finder(query)
        self._spool = spool
        self._counts: list[int] = []  # hit lines that begin in each whole region
        self._open = 0  # hit lines in the last region, which still grows
        self._searched = 0  # bytes
        self._found: OrderedDict[int, tuple[int, list[int]]] = OrderedDict()

    @property
    def hits(self) -> int:
        """Lines in which the query stands, as far as it has searched."""
        return sum(self._counts) + self._open

    @property
    def is_current(self) -> bool:
        return self._searched >= self._spool.size

    async def catch_up(self) -> None:
        """Search all that is there. Cancelling it loses nothing: the next call goes on."""
        while not self.is_current:
            await self.step()

    async def step(self) -> None:
        """Search the next regions, beside whoever waits: some ten milliseconds."""
        await asyncio.get_running_loop().run_in_executor(_steering(), self.advance)

    @property
    def share(self) -> float:
        """How much of what is there has been searched, from 0 to 1."""
        return self._searched / self._spool.size if self._spool.size else 1.0

    def advance(self) -> None:
        """Search the next regions; returns after a short while, whether done or not."""
        size = self._spool.size
        first = len(self._counts)
        last = -(-size // REGION)
        regions = range(first, min(last, first + AT_ONCE))
        shares = [regions[k::_THREADS] for k in range(_THREADS)]
        window = self._spool.window(first * REGION, AT_ONCE * REGION + BLOCK)

        def count(share: range) -> list[tuple[int, int]]:
            parts = ((one, window[(one - first) * REGION :][: REGION + BLOCK]) for one in share)
            return [(one, self._count_in(one, part)) for one, part in parts]

        counted: dict[int, int] = {}
        for part in _workers().map(count, shares):
            counted.update(part)
        for region in regions:
            if (region + 1) * REGION <= size and not self._grows(region):
                self._counts.append(counted[region])
                self._open = 0
            else:
                self._open = counted[region]
        self._searched = size if regions.stop >= last else regions.stop * REGION

    def following(self, line: int) -> int | None:
        """The first hit at or after `line`."""
        for region in range(self._region_of(line), self._regions()):
            if (found := next((hit for hit in self._hit_lines(region) if hit >= line), None)) is not None:
                return found
        return None

    def preceding(self, line: int) -> int | None:
        """The last hit before `line`."""
        for region in range(min(self._region_of(line), self._regions() - 1), -1, -1):
            if (found := next((hit for hit in reversed(self._hit_lines(region)) if hit < line), None)) is not None:
                return found
        return None

    def lines(self, first: int, count: int) -> list[int]:
        """Hits number `first` … of the log, as line numbers: the page of a view filtered to its matches."""
        found: list[int] = []
        before = [0, *accumulate(self._all_counts())]
        for region, ahead in enumerate(before[:-1]):
            if before[region + 1] > first + len(found) and len(found) < count:
                found += self._hit_lines(region)[first + len(found) - ahead :][: count - len(found)]
        return found

    def number(self, line: int) -> int:
        """How many hits stand before `line`."""
        region = min(self._region_of(line), self._regions())
        within = sum(1 for hit in self._hit_lines(region) if hit < line) if region < self._regions() else 0
        return sum(self._all_counts()[:region]) + within

    def _all_counts(self) -> list[int]:
        return [*self._counts, self._open] if self._open else self._counts

    def _regions(self) -> int:
        return len(self._all_counts())

    def _region_of(self, line: int) -> int:
        starts = self._spool.starts(line, 1)
        return starts[0] // REGION if starts else self._regions()

    def _hit_lines(self, region: int) -> list[int]:
        if not self._all_counts()[region]:
            return []
        if region not in self._found or self._found[region][0] != self._spool.size:
            whole = region < len(self._counts)
            self._found[region] = (self._spool.size, self._lines(region).tolist())
            if whole and len(self._found) > KEPT_REGIONS:
                self._found.popitem(last=False)
        return self._found[region][1]

    def _grows(self, region: int) -> bool:
        """Whether a line that begins in the region has not ended yet."""
        end = (region + 1) * REGION
        return self._spool.lines_before(end // BLOCK) == self._spool.lines and self._spool.read(end - 1, 1) != b"\n"

    def _lines(self, region: int) -> Places:
        """Hit lines among those that begin in a region, by their number in the log."""
        return self._lines_of(region, self._spool.window(region * REGION, REGION + BLOCK))

    def _lines_of(self, region: int, window: memoryview) -> Places:
        """As `_lines`; the window begins where the region does and goes beyond its end."""
        skip, text = self._text_of(region, window)
        if not len(text):
            return _NONE
        return self.finder.lines_in(text) + self._spool.lines_before(region * REGION // BLOCK) + bool(skip)

    def _count_in(self, region: int, window: memoryview) -> int:
        """How many lines `_lines_of` would give."""
        _, text = self._text_of(region, window)
        return self.finder.count_in(text) if len(text) else 0

    def _text_of(self, region: int, window: memoryview) -> tuple[int, bytes | memoryview]:
        """The bytes before the first line that begins in the region, and its lines, whole and without colours."""
        start = region * REGION
        skip = _after_end(window) if start and self._spool.read(start - 1, 1) != b"\n" else 0
        if skip >= min(len(window), REGION):
            return skip, b""
        lines = _whole_lines(self._spool, window, start)[skip:]
        return skip, without_colours(bytes(lines)) if self._spool.is_coloured(start, len(lines)) else lines


def _whole_lines(spool: Spool, window: memoryview, start: int) -> memoryview:
    """A region with the rest of the line that is open at its end."""
    if len(window) <= REGION:
        return window
    end = REGION - 1 + _after_end(window[REGION - 1 :])
    if end < len(window) or window[-1] == _END or start + len(window) == spool.size:
        return window[:end]
    return memoryview(bytes(window) + _rest_of_line(spool, start + len(window)))


def _after_end(data: memoryview) -> int:
    """The place after the first line end; the whole length without one."""
    for start in range(0, len(data), BLOCK):
        is_end = numpy.frombuffer(data[start : start + BLOCK], numpy.uint8) == _END
        if is_end.any():
            return start + int(is_end.argmax()) + 1
    return len(data)


def _rest_of_line(spool: Spool, start: int) -> bytes:
    """From `start` to the end of the line that is open there."""
    parts: list[bytes] = []
    while sum(map(len, parts)) < LONGEST and (part := spool.read(start, BLOCK)):
        end = part.find(b"\n")
        if end >= 0:
            return b"".join([*parts, part[:end]])
        parts.append(part)
        start += len(part)
    return b"".join(parts)


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "log-search")


@lru_cache(maxsize=1)
def _steering() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "log-search-steering")
