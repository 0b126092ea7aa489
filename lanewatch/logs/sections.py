"""Parts of one log that can be folded, with how long they took, and where its first error stands.

BuildKit's plain progress (`#N …`, Argo reference 4.4), the groups of Actions (`::group::`, Gitea reference 4) and what
we begin ourselves where one log holds several containers. A section is a run of lines: a BuildKit vertex whose output
is interrupted by another one has several, all with its title.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from lanewatch.logs.lines import MARK, SECTION, STAMP, stamp_time
from lanewatch.logs.log import Log
from lanewatch.logs.query import Query, without_colours
from lanewatch.logs.search import Search

MOST_SECTIONS: Final = 10_000  # of one log; what comes after them belongs to none
_PIECE: Final = 1 << 20  # bytes that a thread reads between two looks around
_LINE: Final = re.compile(
    rb"^(?:(?P<stamp>%s))?(?:#(?P<vertex>\d+) (?P<told>[^\n]{0,400})"
    rb"|(?:::group::|##\[group\])(?P<group>[^\n]{0,400})|(?P<end>::endgroup::|##\[endgroup\])"
    rb"|%s(?P<ours>[^\n]{0,400}))" % (STAMP.pattern.encode(), (MARK + SECTION).encode()),
    re.MULTILINE,
)
_VERTEX_END: Final = re.compile(r"(DONE|CACHED|CANCELED|ERROR)\b:? ?(?:(\d+(?:\.\d+)?)s)?")
_STAMPED: Final = re.compile(rb"^%s" % STAMP.pattern.encode(), re.MULTILINE)
_WORDS: Final = {"DONE": "done", "CACHED": "cached", "CANCELED": "cancelled", "ERROR": "error"}
_ERRORS: Final = Query(r"\b(?:error|errors|fatal|panic|exception|traceback|failed)\b", regular=True)
_NO_ERROR: Final = re.compile(
    r"\b(?:0|no|without|zero) (?:errors?|failed)\b|\b(?:errors?|failed)[=:] ?0\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Section:
    """Lines [first, end) of a log. `seconds`: as the tool said it, else from the stamps, else None."""

    title: str
    first: int
    end: int
    state: str = ""  # done, cached, cancelled, error, or "" where nobody said
    seconds: float | None = None
    is_open: bool = False  # it may still grow


@dataclass(slots=True)
class Sections:
    """The sections of a log that may grow: `advance` goes on where it stopped. One thread at a time."""

    log: Log
    _ended: list[Section] = field(default_factory=list)
    _titles: dict[str, str] = field(default_factory=dict)
    _read: int = 0  # bytes
    _lines: int = 0  # that end before them
    _open: Section | None = None
    _vertex: str = ""  # of the open section; "" in a group or a section of ours
    _began: datetime | None = None
    _last: datetime | None = None  # the last stamp that was met
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def found(self) -> tuple[Section, ...]:
        """In order; the last one may be open, and then reaches to the end of what has been read."""
        last = () if self._open is None else (replace(self._timed(self._open), end=self._lines, is_open=True),)
        return (*self._ended, *last)

    @property
    def is_full(self) -> bool:
        """Whether there are more than are kept."""
        return len(self._ended) >= MOST_SECTIONS

    async def catch_up(self) -> None:
        """Read all that is there. Cancelling it loses nothing: the next call goes on."""
        async with self._one:
            while await asyncio.to_thread(self.advance):
                pass

    def advance(self) -> bool:
        """Read one piece of whole lines; False when there was none."""
        data = self.log.stored(self._read, _PIECE)
        if not data or self.is_full:
            return False
        at, line, seen = 0, self._lines, without_colours(data) if b"\x1b" in data else data
        for found in _LINE.finditer(seen):
            line += seen.count(b"\n", at, found.start())
            self._stamps_until(seen, at, found.start())
            at = found.start()
            self._take(line, {name: (value or b"").decode() for name, value in found.groupdict().items()})
        self._stamps_until(seen, at, len(seen))
        self._read += len(data)
        self._lines += data.count(b"\n")
        return True

    def _take(self, line: int, told: dict[str, str]) -> None:
        """One line that begins, belongs to or ends a section."""
        stamp = stamp_time(told["stamp"].rstrip())
        self._last = stamp or self._last
        begins = bool(told["group"] or told["ours"]) or (bool(told["vertex"]) and told["vertex"] != self._vertex)
        ends_group = bool(told["end"]) and not self._vertex
        if self._open is not None and (begins or told["end"]):
            self._end(line + ends_group)
        if begins:
            self._begin(line, told, stamp)
        if told["vertex"] and self._open is not None and (ended := _VERTEX_END.match(told["told"])):
            seconds = float(ended[2]) if ended[2] else self._open.seconds
            self._open = replace(self._open, state=_WORDS[ended[1]], seconds=seconds)

    def _begin(self, line: int, told: dict[str, str], stamp: datetime | None) -> None:
        title = told["ours"] or told["group"].strip() or "group"
        if told["vertex"]:
            title = self._titles.setdefault(told["vertex"], told["told"])
        self._open, self._vertex, self._began = Section(title, line, line), told["vertex"], stamp
        if told["ours"]:
            self._last = None  # another container: its first line is the beginning

    def _end(self, line: int) -> None:
        assert self._open is not None
        self._ended.append(replace(self._timed(self._open), end=line))
        self._open, self._vertex = None, ""

    def _timed(self, section: Section) -> Section:
        """With the seconds between its first stamp and the last one so far, where nobody told them."""
        if section.seconds is not None or self._began is None or self._last is None:
            return section
        return replace(section, seconds=(self._last - self._began).total_seconds())

    def _stamps_until(self, data: bytes, start: int, end: int) -> None:
        """The last stamp between two such lines, and where a section of ours has none yet, its first one."""
        if end <= start:
            return
        if self._open is not None and self._began is None and (first := _STAMPED.search(data, start, end)):
            self._began = stamp_time(first[0].decode().rstrip())
        last = data.rfind(b"\n", start, end - 1) + 1 or start
        if matched := _STAMPED.match(data, last, end):
            self._last = stamp_time(matched[0].decode().rstrip()) or self._last


@dataclass(slots=True)
class FirstError:
    """The first line of a log that tells of an error; `look` goes on where it stopped, and never beyond that line."""

    log: Log
    line: int | None = None
    _search: Search | None = None
    _at: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> int | None:
        """Search what has come since; None where no line tells of an error so far."""
        self._search = self._search or self.log.search(_ERRORS)
        search = self._search
        async with self._one:
            while search is not None and self.line is None and not search.is_current:
                await asyncio.to_thread(self._advance, search)
        return self.line

    def _advance(self, search: Search) -> None:
        search.advance()
        while (hit := search.following(self._at)) is not None:
            line = next(iter(self.log.page(hit, 1)), None)
            if line is not None and not line.is_mark and not _NO_ERROR.search(line.text):
                self.line = hit
                return
            self._at = hit + 1
