"""Logs as plain text for a terminal or a pipe: no escape leaves unless a terminal reads it, no cut is silent."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.lines import LogLine
from lanewatch.logs.log import Log, State
from lanewatch.logs.query import Finder, Query
from lanewatch.logs.reading import LogReader
from lanewatch.logs.sections import find_sections
from lanewatch.logs.sources import Asked
from lanewatch.rollout.facts import Handle

PAGE = 2000  # lines printed at once
_ENDLESS = ("observed:", "k8s-events:", "k8s-listener-log:")  # logs that have no end of their own


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for."""

    tail: int | None
    since: datetime | None
    stamps: bool
    finder: Finder | None
    section: str
    colour: bool

    @classmethod
    def of(cls, arguments: Namespace, *, colour: bool) -> Wanted:
        """From the command line. Raises QueryError."""
        finder = None if arguments.grep is None else Finder(Query(arguments.grep, regular=True))
        section = (arguments.section or "").casefold()
        return cls(arguments.tail, arguments.since, arguments.timestamps, finder, section, colour)


class LogPrinter:
    """Prints logs to `out`; what is not in them, to `err`. `read` counts the logs that could be read."""

    def __init__(self, logs: LogReader, wanted: Wanted, out: TextIO, err: TextIO) -> None:
        self.read = 0
        self._logs = logs
        self._wanted = wanted
        self._out = out
        self._err = err
        self._printing = ""  # the log whose lines were printed last
        self._ended = asyncio.Event()

    def stage_ended(self) -> None:
        """What has no end of its own ends with its stage."""
        self._ended.set()

    async def print_once(self, handle: Handle) -> None:
        """All of a log as it is now, while it comes; of a log of sections, those that are wanted."""
        log = self._opened(handle)
        if log is None:
            return
        whole = self._wanted.section in handle.title.casefold()
        try:
            reading = asyncio.create_task(log.run(Asked(tail=self._wanted.tail, since=self._wanted.since)))
            if whole and self._wanted.tail is None:
                await self._as_it_comes(handle, log, reading)
            await reading
            if whole and self._wanted.tail is not None:
                self._print(handle, log, max(0, len(log) - self._wanted.tail), len(log))
            if not whole:
                await self._wanted_sections(handle, log)
            self._tell(handle, log)
        finally:
            log.close()

    async def follow(self, handle: Handle) -> None:
        """A log until its end. Raises ReadFailure where it cannot be opened."""
        if self._wanted.section not in handle.title.casefold():
            return
        log = self._logs.open(handle)
        asked = Asked(follow=True, tail=self._wanted.tail, since=self._wanted.since)
        reading = asyncio.create_task(log.run(asked))
        stopping = asyncio.create_task(self._ended.wait())
        try:
            if handle.locator.startswith(_ENDLESS):
                stopping.add_done_callback(lambda _: reading.cancel())
            await self._as_it_comes(handle, log, reading)
            self._tell(handle, log)
        finally:
            stopping.cancel()
            reading.cancel()
            await asyncio.wait({reading})
            log.close()

    def _opened(self, handle: Handle) -> Log | None:
        try:
            return self._logs.open(handle)
        except ReadFailure as failure:
            self._err.write(f"lanewatch: {handle.title}: {failure.reason}\n")
            return None

    async def _as_it_comes(self, handle: Handle, log: Log, reading: asyncio.Task[None]) -> None:
        printed = 0
        while True:
            changed = asyncio.create_task(log.changed())
            ended = reading.done()
            if ended and log.state is State.ENDED and self._wanted.tail is not None:
                printed = max(printed, len(log) - self._wanted.tail)
            self._print(handle, log, printed, len(log))
            printed = len(log)
            if not ended:
                await asyncio.wait({changed, reading}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            if ended:
                return

    async def _wanted_sections(self, handle: Handle, log: Log) -> None:
        for section in await find_sections(log):
            if self._wanted.section in section.title.casefold():
                self._print(handle, log, section.first, section.end, f" / {section.title}")

    def _print(self, handle: Handle, log: Log, first: int, end: int, part: str = "") -> None:
        for start in range(first, end, PAGE):
            lines = [line for line in log.page(start, min(PAGE, end - start)) if self._is_wanted(line)]
            if not lines:
                continue
            if self._printing != handle.locator + part:
                self._printing = handle.locator + part
                self._out.write(f"==> {handle.title}{part} <==\n")
            self._write(handle, lines)
        self._out.flush()

    def _write(self, handle: Handle, lines: Iterable[LogLine]) -> None:
        for line in lines:
            if line.is_mark:
                self._err.write(f"lanewatch: {handle.title}: {line.text}\n")
            else:
                shown = line.coloured if self._wanted.colour else line.shown
                self._out.write(f"{shown(self._wanted.stamps)}\n")

    def _is_wanted(self, line: LogLine) -> bool:
        if line.is_mark:
            return True
        if self._wanted.since is not None and line.time is not None and line.time < self._wanted.since:
            return False
        return self._wanted.finder is None or bool(self._wanted.finder.spans(line.text))

    def _tell(self, handle: Handle, log: Log) -> None:
        if log.state is State.FAILED:
            self._err.write(f"lanewatch: {handle.title}: {log.reason}\n")
        if log.unkept:
            self._err.write(f"lanewatch: {handle.title}: {log.unkept} bytes were not kept\n")
        self.read += log.state is not State.FAILED or len(log) > 0
