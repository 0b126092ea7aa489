"""What is searched for, and how one region of a spool is searched: whole regions at once, never line by line.

A literal that stands in few lines is counted by RE2, which leaps from one of its rarest bytes to the next and lets go
of the interpreter's lock; one that stands in many, by its rarest bytes with numpy. A regular expression is left to
RE2, which takes linear time whatever the pattern, and only on lines that hold the literal that the pattern requires,
where it requires one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from threading import local
from typing import Any, Final

import numpy
import re2

from lanewatch.logs.lines import STAMP

Bytes = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint8]]
Mask = numpy.ndarray[tuple[int], numpy.dtype[numpy.bool_]]
Places = numpy.ndarray[tuple[int], numpy.dtype[numpy.intp]]

_END: Final = 10
_FEW: Final = 64  # hits of one region up to which each is looked at by itself
_SGR: Final = re.compile(rb"\x1b\[[0-9;]{0,32}m")
_SAMPLE: Final = 64 << 10  # bytes of a log that tell which bytes are rare in it
_RARE: Final = 0.0005  # a byte as rare as that needs no second one beside it

_DENSE: Final = 400  # one match in so many bytes, from which on all are looked at
_TRIED: Final = 24  # bytes that are tried as the second one

_kept = local()


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
        self._is_frequent = found > _FEW
        return found

    def lines_in(self, data: bytes | memoryview) -> Places:
        """The lines of a region, counted from its first, in which the query stands. It holds no colours."""
        array = numpy.frombuffer(data, numpy.uint8)
        if not self._literal:
            return self._by_pattern(bytes(data), array)
        places = literal_places(array, self._literal, self.query.ignores_case, self._rarity_in(array))
        if self._pattern is None or not len(places):
            return _lines_of(array, places)
        return self._checked(bytes(data), array, places)

    def _rarity_in(self, array: Bytes) -> Rarity:
        if self._rarity is None:
            self._rarity = Rarity.of(self._literal, self.query.ignores_case, array)
        return self._rarity

    def _checked(self, data: bytes, array: Bytes, places: Places) -> Places:
        """Of the lines that hold the required literal, those in which the pattern stands."""
        if len(places) > _FEW * 16:
            return self._by_pattern(data, array)
        found = []
        for place in places.tolist():
            start = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place)
            if self._pattern.search(data[start : len(data) if end < 0 else end]):
                found.append(place)
        return _lines_of(array, numpy.array(found, numpy.intp))

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
        return _lines_of(array, numpy.array(places, numpy.intp))


def without_colours(data: bytes) -> bytes:
    return _SGR.sub(b"", data)


@dataclass(frozen=True, slots=True)
class Rarity:
    """The places of a literal's bytes, the rarest in a given log first; `is_rare` when the first needs no second."""

    order: tuple[int, ...]
    is_rare: bool

    @classmethod
    def of(cls, literal: bytes, ignores_case: bool, array: Bytes) -> Rarity:
        """From a sample: the rarest byte, then the one that leaves the fewest places beside it, then the others."""
        sample = array[:_SAMPLE]
        sample = numpy.where((sample >= 65) & (sample <= 90), sample | 0x20, sample) if ignores_case else sample
        counts = numpy.bincount(sample, minlength=256)
        first, *rest = sorted(range(len(literal)), key=lambda k: counts[literal[k]])
        room = len(sample) - len(literal) + 1
        if room > 0 and rest:
            matches = sample[first : first + room] == literal[first]
            together = {k: numpy.count_nonzero(matches & (sample[k : k + room] == literal[k])) for k in rest[:_TRIED]}
            second = min(together, key=lambda k: together[k])
            rest = [second, *sorted((k for k in rest if k != second), key=lambda k: together.get(k, _SAMPLE))]
        return cls((first, *rest), bool(counts[literal[first]] <= _RARE * len(sample)))


@dataclass(frozen=True, slots=True)
class Leap:
    """A literal, parted before its rarest byte: what begins with a rare byte is found at the speed of memory."""

    ahead: bytes
    tail: Any  # with the rest of its line, so that each line takes one call

    @classmethod
    def of(cls, literal: bytes, rarity: Rarity) -> Leap:
        at = rarity.order[0]
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        return cls(literal[:at], re2.compile(re2.escape(literal[at:]) + b"[^\n]*", options))

    def count(self, data: bytes | memoryview) -> int | None:
        """Lines in which the literal stands; None where there are many, or where its tail also stands alone."""
        lines = 0
        for found in self.tail.finditer(data):
            at = found.start()
            if at < len(self.ahead) or data[at - len(self.ahead) : at] != self.ahead or lines == _FEW:
                return None
            lines += 1
        return lines


def literal_places(array: Bytes, literal: bytes, ignores_case: bool, rarity: Rarity) -> Places:
    """Where `literal` stands in `array`: places of its two rarest bytes first, then every other byte checked."""
    room = len(array) - len(literal) + 1
    if room <= 0:
        return numpy.empty(0, numpy.intp)
    first, *rest = rarity.order
    matches = _equal(array[first : first + room], literal[first], ignores_case, _scratch(0, room))
    if rest and not rarity.is_rare:
        second, *rest = rest
        matches &= _equal(array[second : second + room], literal[second], ignores_case, _scratch(1, room))
    if not matches.any():
        return numpy.empty(0, numpy.intp)
    places = _set_places(matches)
    for k in rest:
        if len(places) <= _FEW:
            break
        at = array[k:][places]
        is_same = _equal(at, literal[k], ignores_case, numpy.empty(len(at), numpy.bool_))
        places = places if is_same.all() else places[is_same]
    return _exact(array, literal, ignores_case, places) if len(places) <= _FEW else places


def frequent_lines(array: Bytes, literal: bytes, ignores_case: bool, rarity: Rarity) -> int:
    """How many lines hold a literal that most lines hold: its places and the line ends are looked through at once."""
    room = len(array) - len(literal) + 1
    if room <= 0:
        return 0
    first, *rest = rarity.order
    marks = _equal(array[first : first + room], literal[first], ignores_case, _scratch(0, room))
    for k in rest[:1]:
        marks &= _equal(array[k : k + room], literal[k], ignores_case, _scratch(1, room))
    marks |= numpy.equal(array[:room], _END, out=_scratch(1, room))
    places = numpy.flatnonzero(marks)
    is_end = array[places] == _END
    for k in rest[1:]:
        at = array[k:][places]
        kept = _equal(at, literal[k], ignores_case, numpy.empty(len(at), numpy.bool_)) | is_end
        if not kept.all():
            places, is_end = places[kept], is_end[kept]
    begins = numpy.concatenate([[True], is_end[:-1]])[: len(is_end)]
    return int(numpy.count_nonzero(begins & ~is_end))


def _set_places(matches: Mask) -> Places:
    """Where `matches` is set: eight bytes at a time where most hold nothing."""
    if numpy.count_nonzero(matches) > len(matches) // _DENSE:
        return numpy.flatnonzero(matches)
    whole = len(matches) // 8 * 8
    words = numpy.flatnonzero(matches[:whole].view(numpy.uint64) != 0)
    rows, columns = numpy.nonzero(matches[:whole].reshape(-1, 8)[words])
    return numpy.concatenate([words[rows] * 8 + columns, numpy.flatnonzero(matches[whole:]) + whole])


def _exact(array: Bytes, literal: bytes, ignores_case: bool, places: Places) -> Places:
    """Those of a few places at which the whole literal stands."""
    size = len(literal)
    found = ((place, array[place : place + size].tobytes()) for place in places.tolist())
    kept = [place for place, stands in found if (stands.lower() if ignores_case else stands) == literal]
    return numpy.array(kept, numpy.intp)


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


def _equal(array: Bytes, byte: int, ignores_case: bool, into: Mask) -> Mask:
    if ignores_case and 97 <= byte <= 122:
        letters = into.view(numpy.uint8)
        numpy.bitwise_or(array, 0x20, out=letters)
        return numpy.equal(letters, byte, out=into)
    return numpy.equal(array, byte, out=into)


def _scratch(number: int, size: int) -> Mask:
    """Memory that a thread uses again and again: fresh pages for each region would cost more than the search."""
    kept: dict[int, Mask] = _kept.__dict__.setdefault("masks", {})
    if number not in kept or len(kept[number]) < size:
        kept[number] = numpy.empty(size, numpy.bool_)
    return kept[number][:size]


def _lines_of(array: Bytes, places: Places) -> Places:
    """The lines in which the places stand, each once; the places are in order."""
    if not len(places):
        return places
    if len(places) > _FEW:
        ends = _set_places(_equal(array, _END, False, _scratch(0, len(array))))
        lines = numpy.searchsorted(ends, places)
    else:
        cuts = [0, *places.tolist()]
        between = [numpy.count_nonzero(array[a:b] == _END) for a, b in pairwise(cuts)]
        lines = numpy.cumsum(numpy.array(between, numpy.intp))
    return lines[numpy.diff(lines, prepend=-1) > 0]


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
