"""Parts of one log that can be folded, with how long they took, and where its first error stands.

BuildKit's plain progress (`#N …`, Argo reference 4.4) and the groups of Actions (`::group::`, Gitea reference 4). A
section is a run of lines: a BuildKit vertex whose output is interrupted by another one has several, all with its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lanewatch.logs.lines import LogLine
from lanewatch.logs.log import Log
from lanewatch.logs.query import Query

MOST_MARKS: Final = 200_000  # lines of one log that begin, belong to or end a section
_PAGE: Final = 1000
_MARKS: Final = Query(r"^(?:#\d+ |::(?:group|endgroup)::|##\[(?:group|endgroup)\])", regular=True)
_ERRORS: Final = Query(r"\b(?:error|errors|fatal|panic|exception|traceback|failed)\b", regular=True)
_NO_ERROR: Final = re.compile(
    r"\b(?:0|no|without|zero) (?:errors?|failed)\b|\b(?:errors?|failed)[=:] ?0\b", re.IGNORECASE
)
_VERTEX: Final = re.compile(r"#(\d+) (.*)")
_VERTEX_END: Final = re.compile(r"(DONE|CACHED|CANCELED|ERROR)\b:? ?(?:(\d+(?:\.\d+)?)s)?(.*)")
_GROUP: Final = re.compile(r"(?:::group::|##\[group\])(.*)")
_WORDS: Final = {"DONE": "done", "CACHED": "cached", "CANCELED": "cancelled", "ERROR": "error"}


@dataclass(frozen=True, slots=True)
class Section:
    """Lines [first, end) of a log. `seconds`: as the tool said it, else from the stamps, else None."""

    title: str
    first: int
    end: int
    state: str = ""  # done, cached, cancelled, error, or "" where nobody said
    seconds: float | None = None


async def find_sections(log: Log) -> tuple[Section, ...]:
    """The sections of what has been read so far, in order; a log without any gives an empty tuple."""
    search = log.search(_MARKS)
    if search is None:
        return ()
    await search.catch_up()
    numbers = search.lines(0, MOST_MARKS)
    return tuple(_sections((line for number in numbers for line in log.page(number, 1)), len(log)))


async def first_error(log: Log) -> int | None:
    """The first line that tells of an error; None where none does so far."""
    search = log.search(_ERRORS)
    if search is None:
        return None
    await search.catch_up()
    at = search.following(0)
    while at is not None:
        line = next(iter(log.page(at, 1)), None)
        if line is not None and not _NO_ERROR.search(line.text):
            return at
        at = search.following(at + 1)
    return None


def _sections(marks: Iterable[LogLine], lines: int) -> Iterator[Section]:
    titles: dict[str, str] = {}
    number, section, begun = "", None, LogLine(0, "")
    for line in marks:
        vertex, group = _VERTEX.match(line.text), _GROUP.match(line.text)
        if section is not None and (group or vertex is None or vertex[1] != number):
            yield _ended(section, begun, line, line.number + (vertex is None and group is None))
            section, number = None, ""
        if group:
            section, begun = Section(group[1].strip() or "group", line.number, lines), line
        elif vertex:
            title = titles.setdefault(vertex[1], vertex[2])
            if section is None:
                section, begun, number = Section(title, line.number, lines), line, vertex[1]
            section = _told(section, vertex[2])
    if section is not None:
        yield section


def _told(section: Section, text: str) -> Section:
    ended = _VERTEX_END.match(text)
    if ended is None:
        return section
    seconds = float(ended[2]) if ended[2] else section.seconds
    return replace(section, state=_WORDS[ended[1]], seconds=seconds)


def _ended(section: Section, begun: LogLine, next_mark: LogLine, end: int) -> Section:
    seconds = section.seconds
    if seconds is None and begun.time and next_mark.time:
        seconds = (next_mark.time - begun.time).total_seconds()
    return replace(section, end=end, seconds=seconds)
