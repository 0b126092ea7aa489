"""What is searched for, and how one region of a spool is searched: whole regions at once, never line by line.

A regular expression is left to RE2, which takes linear time whatever the pattern, and only on lines that hold the
literal that the pattern requires, where it requires one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy
import re2

from lanewatch.logs.lines import STAMP
from lanewatch.logs.literals import FEW, Bytes, Leap, Places, Rarity, frequent_lines, lines_of, literal_places

_SGR: Final = re.compile(rb"\x1b\[[0-9;]{0,32}m")


class QueryError(ValueError):
    """The pattern is no regular expression of RE2; its message says why."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text or a pattern. Smart case: without capitals, case does not matter."""

    text: str
    regular: bool = False

    @property
    def ignores_case(self) -> bool:
        return self.text == self.text.lower()


@dataclass(slots=True)
class Finder:
    """Searches regions for one query. Shared by threads: between calls it keeps only which bytes are rare.

    Raises QueryError when made from a pattern that RE2 does not take.
    """

    query: Query
    _literal: bytes = b""
    _rarity: Rarity | None = None
    _pattern: Any = None
    _highlight: Any = None
    _leap: Leap | None = None
    _is_frequent: bool = False

    def __post_init__(self) -> None:
        query = self.query
        self._highlight = _compiled(query.text if query.regular else re2.escape(query.text), query.ignores_case)
        needed = required_literal(query.text) if query.regular else query.text
        if needed.isascii() or not query.ignores_case:
            self._literal = needed.lower().encode() if query.ignores_case else needed.encode()
        if query.regular or not self._literal:
            self._pattern = _compiled(_after_stamp(query.text) if query.regular else re2.escape(query.text),
                                      query.ignores_case)  # fmt: skip

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a shown line the query stands, for highlighting."""
        return [found.span() for found in self._highlight.finditer(text) if found.end() > found.start()]

    def count_in(self, data: bytes | memoryview) -> int:
        """How many lines of a region `lines_in` would give, in a fraction of its time."""
        if self._pattern is not None or not self._literal or b"\n" in self._literal:
            return len(self.lines_in(data))
        array = numpy.frombuffer(data, numpy.uint8)
        if self._is_frequent:
            return frequent_lines(array, self._literal, self.query.ignores_case, self._rarity_in(array))
        if not self.query.ignores_case:
            self._leap = self._leap or Leap.of(self._literal, self._rarity_in(array))
            if (few := self._leap.count(data)) is not None:
                return few
        found = len(self.lines_in(data))
        self._is_frequent = found > FEW
        return found

    def lines_in(self, data: bytes | memoryview) -> Places:
        """The lines of a region, counted from its first, in which the query stands. It holds no colours."""
        array = numpy.frombuffer(data, numpy.uint8)
        if not self._literal:
            return self._by_pattern(bytes(data), array)
        places = literal_places(array, self._literal, self.query.ignores_case, self._rarity_in(array))
        if self._pattern is None or not len(places):
            return lines_of(array, places)
        return self._checked(bytes(data), array, places)

    def _rarity_in(self, array: Bytes) -> Rarity:
        if self._rarity is None:
            self._rarity = Rarity.of(self._literal, self.query.ignores_case, array)
        return self._rarity

    def _checked(self, data: bytes, array: Bytes, places: Places) -> Places:
        """Of the lines that hold the required literal, those in which the pattern stands."""
        if len(places) > FEW * 16:
            return self._by_pattern(data, array)
        found = []
        for place in places.tolist():
            start = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place)
            if self._pattern.search(data[start : len(data) if end < 0 else end]):
                found.append(place)
        return lines_of(array, numpy.array(found, numpy.intp))

    def _by_pattern(self, data: bytes, array: Bytes) -> Places:
        places, at = [], 0
        while (found := self._pattern.search(data, at)) is not None:
            if found.start() >= len(data):
                break  # behind the last line end nothing stands
            end = data.find(b"\n", found.start())
            places.append(found.start())
            if end < 0 or end + 1 >= len(data):
                break
            at = end + 1
        return lines_of(array, numpy.array(places, numpy.intp))


def without_colours(data: bytes) -> bytes:
    return _SGR.sub(b"", data)


def required_literal(pattern: str) -> str:
    """The longest plain text that every match of `pattern` holds; "" where none is certain.

    Only runs of plain characters at the top level count, and none where the pattern has alternatives or flags.
    """
    if "|" in pattern or "(?" in pattern or "\\Q" in pattern:
        return ""
    outside = re.sub(r"\\[pPx]\{[^}]*\}|\\[pP][A-Za-z]|\\x[0-9A-Fa-f]{2}|\\[0-9]{1,3}|\\[A-Za-z]", "\0", pattern)
    outside = re.sub(r"\\[^A-Za-z0-9]", "\1", outside)  # an escaped sign is plain, but ends a run here
    outside = re.sub(r"\[\^?\]?[^\]]*\]", "\0", outside)
    while "(" in outside:
        shorter = re.sub(r"\([^()]*\)", "\0", outside)
        if shorter == outside:
            return ""
        outside = shorter
    certain = re.sub(r"(?s).(?:\{[0-9,]*\}|[*?])", "\0", outside)
    runs = re.split(r"[\0\1.*+?{}\[\]^$()]", certain)
    return max(runs, key=len, default="")


def _after_stamp(pattern: str) -> str:
    """`^` means the beginning of what a reader reads; before it stands the system's time stamp."""
    if not pattern.startswith("^"):
        return pattern
    return f"^(?:{STAMP.pattern})?{pattern[1:]}"


def _compiled(pattern: str, ignores_case: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = not ignores_case
    options.never_nl = True
    options.log_errors = False
    try:
        return re2.compile(f"(?m:{pattern})", options)
    except re2.error as error:
        told = error.args[0] if error.args else b""
        raise QueryError(told.decode(errors="replace") if isinstance(told, bytes) else str(told)) from None
