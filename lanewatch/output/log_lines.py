"""Logs as plain text for a terminal or a pipe: no escape leaves unless a terminal reads it, no cut is silent."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.lines import SECTION, LogLine
from lanewatch.logs.log import Log, State
from lanewatch.logs.query import Finder, Query
from lanewatch.logs.reading import LogReader
from lanewatch.logs.sections import Sections
from lanewatch.logs.sources import Asked
from lanewatch.rollout.facts import Handle

PAGE = 2000  # lines printed at once
PAUSE_SECONDS = 0.5  # in which nothing comes of a followed log: what there was is there
LAST_LOOK_SECONDS = 6.0  # as long as a log without an end of its own takes to be looked at once more
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
    """Prints logs to `out`; what is not in them, to `err`.

    `read` counts the logs that could be read, `unkept` the lines of them that could not be kept, and so not printed.
    """

    def __init__(self, logs: LogReader, wanted: Wanted, out: TextIO, err: TextIO) -> None:
        self.read = self.unkept = 0
        self.failures: list[ReadFailure] = []
        self._logs = logs
        self._wanted = wanted
        self._out = out
        self._err = err
        self._printing = ""  # the log, or part of one, whose lines were printed last
        self._ended = asyncio.Event()

    def stage_ended(self) -> None:
        """What has no end of its own ends with its stage."""
        self._ended.set()

    async def print_once(self, handle: Handle) -> None:
        """All of a log as it is now, while it comes; of a log of sections, those that are wanted."""
        if (log := self._opened(handle)) is None:
            return
        try:
            reading = asyncio.create_task(log.run(Asked(tail=self._wanted.tail, since=self._wanted.since)))
            if self._wanted.tail is not None:
                await reading
            await self._as_it_comes(handle, log, reading)
            self._tell(handle, log)
        finally:
            log.close()

    async def follow(self, handle: Handle) -> None:
        """A log until its end; one that has none until its stage has ended, and nothing more has come for a while."""
        endless = handle.locator.startswith(_ENDLESS)
        if endless and self._ended.is_set():
            await self.print_once(handle)
            return
        if (log := self._opened(handle)) is None:
            return
        reading = asyncio.create_task(log.run(Asked(True, self._wanted.tail, self._wanted.since)))
        stopping = asyncio.create_task(self._stop_after_stage(log, reading)) if endless else None
        try:
            if self._wanted.tail is not None:
                await _pause_of(log, reading, PAUSE_SECONDS)  # until then it is not known which lines are the last ones
            await self._as_it_comes(handle, log, reading)
            self._tell(handle, log)
        finally:
            for task in (reading, stopping):
                if task is not None:
                    task.cancel()
            await asyncio.wait({reading})
            log.close()

    async def _stop_after_stage(self, log: Log, reading: asyncio.Task[None]) -> None:
        await self._ended.wait()
        await _pause_of(log, reading, LAST_LOOK_SECONDS)
        reading.cancel()

    def _opened(self, handle: Handle) -> Log | None:
        try:
            return self._logs.open(handle)
        except ReadFailure as failure:
            self._failed(handle, failure, failure.reason)
            return None

    async def _as_it_comes(self, handle: Handle, log: Log, reading: asyncio.Task[None]) -> None:
        """Print what there is and what comes; with a tail, of what there is now the last lines only."""
        whole = self._wanted.section in handle.title.casefold()
        sections, part = None if whole else Sections(log), ""
        printed = 0 if self._wanted.tail is None else max(0, len(log) - self._wanted.tail)
        while True:
            changed = asyncio.create_task(log.changed())
            ended, end = reading.done(), len(log)
            if sections is None:
                part = self._print(handle, log, printed, end, part)
            else:
                await sections.catch_up()
                self._print_sections(handle, log, sections, printed, end)
            printed = end
            if not ended:
                await asyncio.wait({changed, reading}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            if ended:
                return

    def _print_sections(self, handle: Handle, log: Log, sections: Sections, first: int, end: int) -> None:
        for section in sections.found:
            if self._wanted.section in section.title.casefold() and section.end > first:
                part = f" / {section.title}"
                self._print(handle, log, max(first, section.first), min(end, section.end), part)

    def _print(self, handle: Handle, log: Log, first: int, end: int, part: str) -> str:
        """Gives the part that the last line belongs to."""
        for start in range(first, end, PAGE):
            for line in log.page(start, min(PAGE, end - start)):
                if line.is_mark:
                    part = self._mark(handle, line, part)
                elif self._is_wanted(line):
                    self._head(handle.title, handle.locator, part)
                    shown = line.coloured if self._wanted.colour else line.shown
                    self._out.write(f"{shown(self._wanted.stamps)}\n")
        self._out.flush()
        return part

    def _mark(self, handle: Handle, line: LogLine, part: str) -> str:
        """A line of ours is none of the log's, but may begin a part of it. Gives that part, or the one before."""
        if line.text.startswith(SECTION):
            return f" / {line.text.removeprefix(SECTION)}"
        self._err.write(f"lanewatch: {handle.title}: {line.text}\n")
        return part

    def _head(self, title: str, locator: str, part: str) -> None:
        if self._printing != locator + part:
            self._printing = locator + part
            self._out.write(f"==> {title}{part} <==\n")

    def _is_wanted(self, line: LogLine) -> bool:
        if self._wanted.since is not None and line.time is not None and line.time < self._wanted.since:
            return False
        return self._wanted.finder is None or bool(self._wanted.finder.spans(line.text))

    def _tell(self, handle: Handle, log: Log) -> None:
        if log.state is State.FAILED and log.failure is not None:
            self._failed(handle, log.failure, log.reason)
        self.unkept += log.unkept_lines
        if log.unkept:
            self._err.write(f"lanewatch: {handle.title}: {log.unkept_lines} lines were not kept ({log.unkept} bytes)\n")
        self.read += log.state is not State.FAILED or len(log) > 0

    def _failed(self, handle: Handle, failure: ReadFailure, reason: str) -> None:
        self.failures.append(failure)
        self._err.write(f"lanewatch: {handle.title}: {reason}\n")


async def _pause_of(log: Log, reading: asyncio.Task[None], seconds: float) -> None:
    """Returns when nothing has come for so many seconds, or the log has ended."""
    while not reading.done():
        changed = asyncio.create_task(log.changed())
        await asyncio.wait({changed, reading}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not changed.done():
            changed.cancel()
            return
