"""Where a literal stands in a region of bytes: at the speed of memory, from its rarest bytes.

One that stands in few lines is counted by RE2, which leaps from one of its rarest bytes to the next and lets go of the
interpreter's lock; one that stands in many, by its rarest bytes with numpy. Nothing here knows queries or patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from threading import local
from typing import Any, Final

import numpy
import re2

Bytes = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint8]]
Mask = numpy.ndarray[tuple[int], numpy.dtype[numpy.bool_]]
Places = numpy.ndarray[tuple[int], numpy.dtype[numpy.intp]]

FEW: Final = 64  # hits of one region up to which each is looked at by itself
_END: Final = 10
_SAMPLE: Final = 64 << 10  # bytes of a log that tell which bytes are rare in it
_RARE: Final = 0.0005  # a byte as rare as that needs no second one beside it
_DENSE: Final = 400  # one match in so many bytes, from which on all are looked at
_TRIED: Final = 24  # bytes that are tried as the second one

_kept = local()


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
            if at < len(self.ahead) or data[at - len(self.ahead) : at] != self.ahead or lines == FEW:
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
        if len(places) <= FEW:
            break
        at = array[k:][places]
        is_same = _equal(at, literal[k], ignores_case, numpy.empty(len(at), numpy.bool_))
        places = places if is_same.all() else places[is_same]
    return _exact(array, literal, ignores_case, places) if len(places) <= FEW else places


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


def lines_of(array: Bytes, places: Places) -> Places:
    """The lines in which the places stand, each once; the places are in order."""
    if not len(places):
        return places
    if len(places) > FEW:
        ends = _set_places(_equal(array, _END, False, _scratch(0, len(array))))
        lines = numpy.searchsorted(ends, places)
    else:
        cuts = [0, *places.tolist()]
        between = [numpy.count_nonzero(array[a:b] == _END) for a, b in pairwise(cuts)]
        lines = numpy.cumsum(numpy.array(between, numpy.intp))
    return lines[numpy.diff(lines, prepend=-1) > 0]
