"""One log that is being read: source, ingress and spool put together, for whoever looks at it or searches it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing, suppress
from datetime import datetime
from enum import Enum
from functools import cached_property
from threading import Lock

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.ingress import Ingress
from lanewatch.logs.keeping import KeptLog, KeptSource
from lanewatch.logs.lines import MARK, LogLine, LongLines, page, whole
from lanewatch.logs.plain import plain
from lanewatch.logs.query import Query
from lanewatch.logs.search import LONGEST, Search
from lanewatch.logs.sources import Asked, Mark, Piece, Source, Waiting
from lanewatch.logs.spool import Spool, SpoolFolder, SpoolFull
from lanewatch.text import Redactor, clean

CHUNK = 1 << 20  # bytes that go through ingress at once: what a thread does between two looks at the interpreter's lock
_NEWS_SECONDS = 0.05  # a flood tells of its growth twenty times a second, not ten thousand times


class State(Enum):
    """Where a log stands."""

    WAITING = "waiting"  # nothing has been read yet
    READING = "reading"
    ENDED = "ended"  # all of it is here
    FAILED = "failed"  # it could not be read; what had been read stays


class Log:
    """Lines of one source. Grows while `run` runs; reading never waits for it.

    `lost` counts the places where lines are missing, `cut` the lines that are shown cut; `unkept` the bytes and
    `unkept_lines` the lines that came after the spool was full.
    """

    def __init__(
        self, title: str, source: Source, folder: SpoolFolder, redactor: Redactor, kept: KeptLog | None = None
    ) -> None:
        self.title = title
        self.state = State.WAITING
        self.reason = ""  # why it failed
        self.awaits = ""  # why nothing comes now
        self._asked_at = time.monotonic()
        self.failure: ReadFailure | None = None
        self.received = 0  # bytes
        self.lost = 0
        self.unkept = self.unkept_lines = 0
        self._kept = kept  # where it stays when this process has ended
        self._source = source if kept is None else KeptSource(source, kept)
        self._redactor = redactor
        self._begins_anywhere = False
        self._long = LongLines()
        self._full = ""
        self._lock = Lock()
        self._news = asyncio.Event()
        try:
            self._spool: Spool | None = folder.spool()
        except SpoolFull as problem:
            self._spool, self._full = None, problem.reason
        if self._kept is not None and self._spool is not None:
            with suppress(OSError):  # what cannot be kept can still be read
                self._kept.begin(self._spool)

    @cached_property
    def _ingress(self) -> Ingress:
        """Made where the first bytes are taken, in a thread: its patterns take a twentieth of a second."""
        ingress = Ingress(self._redactor)
        if self._begins_anywhere:
            ingress.begin_anywhere()
        return ingress

    @property
    def seconds(self) -> float:
        """Since it was first asked for."""
        return time.monotonic() - self._asked_at

    @property
    def cut(self) -> int:
        return self._long.count

    @property
    def is_closed(self) -> bool:
        """Whether it holds no disk space."""
        return self._spool is None

    def __len__(self) -> int:
        return (self._spool.lines if self._spool else 0) + bool(self._full)

    def page(self, first: int, count: int) -> list[LogLine]:
        """Up to `count` lines from `first` on, in time that does not depend on the log's size."""
        kept = self._spool.lines if self._spool else 0
        lines = page(self._spool, first, min(count, kept - first)) if self._spool and first < kept else []
        if self._full and first <= kept < first + count:
            lines.append(LogLine(kept, f"the log is not kept further: {self._full}", is_mark=True))
        return lines

    def whole_line(self, number: int) -> str:
        """All of a line that `page` shows cut, with every state of a progress line."""
        return whole(self._spool, number) if self._spool else ""

    def plain(self) -> Iterator[bytes]:
        """All that was kept, as plain text in pieces (see lanewatch.logs.plain)."""
        return plain(self._spool) if self._spool else iter(())

    def stored(self, start: int, size: int) -> bytes:
        """Whole lines from byte `start` on, as they are stored, some `size` bytes of them; b"" where none is yet."""
        spool = self._spool
        if spool is None or start >= spool.size:
            return b""
        data = spool.read(start, min(size, spool.size - start))
        end = data.rfind(b"\n") + 1
        if end or size >= LONGEST or start + len(data) == spool.size:
            return data[:end] if end or size < LONGEST else data
        return self.stored(start, 2 * size)

    def search(self, query: Query) -> Search | None:
        """A search over this log; None where nothing could be kept. Raises QueryError."""
        return Search(self._spool, query) if self._spool else None

    def line_at(self, moment: datetime) -> int:
        """The first line written at or after `moment`, by bisection over the stamps; lines without one are passed."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            time = next((line.time for line in self.page(middle, 64) if line.time), None)
            low, high = (middle + 1, high) if time is not None and time < moment else (low, middle)
        return low

    async def run(self, asked: Asked) -> None:
        """Read until the source ends. Never raises for the world's faults: they become `state` and `reason`."""
        self._set(State.READING)
        if asked.tail is not None or asked.since is not None:
            self._begins_anywhere = True
        try:
            async with aclosing(self._source.pieces(asked)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(self._take, piece)
                    self._tell()
        except ReadFailure as failure:
            self.reason, self.failure = failure.reason, failure
            self._set(State.FAILED)
        else:
            self._set(State.ENDED)
        finally:
            self.awaits = ""
            await asyncio.to_thread(self._finish)
            self._tell()

    async def changed(self) -> None:
        """Returns when there are more lines or another state than at the call; at most twenty times a second."""
        await self._news.wait()
        await asyncio.sleep(_NEWS_SECONDS)

    def close(self) -> None:
        """Give the disk space back, except for what is kept. Nothing may be read afterwards."""
        with self._lock:
            if self._spool:
                if self._kept is not None:
                    with suppress(OSError):  # it ends: nobody is there any more to be told
                        self._kept.end(self._spool)
                self._spool.close()
            self._spool = None

    def _take(self, piece: Piece) -> None:
        self.awaits = piece.reason if isinstance(piece, Waiting) else ""
        if isinstance(piece, Waiting):
            return
        if isinstance(piece, Mark):
            self.lost += piece.loses
            self._keep(self._ingress.finish() + f"{MARK}{clean(piece.text)}\n".encode())
            if piece.loses:
                self._ingress.begin_anywhere()
            return
        self.received += len(piece)
        for start in range(0, len(piece), CHUNK):
            self._keep(self._ingress.feed(piece[start : start + CHUNK]))

    def _finish(self) -> None:
        self._keep(self._ingress.finish())

    def _keep(self, data: bytes) -> None:
        with self._lock:
            if self._spool is None or self._full:
                self._lose(data)
                return
            before = self._spool.size
            try:
                self._spool.append(data)
                self._long.take(data)
            except SpoolFull as problem:
                self._lose(data[self._spool.size - before :])
                self._full = problem.reason

    def _lose(self, data: bytes) -> None:
        self.unkept += len(data)
        self.unkept_lines += data.count(b"\n")

    def _set(self, state: State) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
