"""Raw log bytes in, harmless lines out: what is stored, searched, drawn and printed is only ever what leaves here.

Whole chunks are scanned (`suspicion`) and only suspected lines are looked at. How the bytes were cut into chunks never
changes what comes out: a line is handled when its end is here, and a very long one window by window, each window with
enough of its surroundings that a secret across their border is seen whole by both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lanewatch.logs.lines import RETURN, SGR, STAMP
from lanewatch.logs.secret_blocks import SecretBlocks
from lanewatch.logs.suspicion import PLAIN, SHORTEST_PIECE, Suspicion
from lanewatch.text import Redactor, as_seen, clean_block, decode

WINDOW: Final = 256 << 10  # bytes of a long line that are handled at once
SURROUNDINGS: Final = 24 << 10  # bytes on either side of a window: more than the longest secret that a rule knows
_PIECE_STEP: Final = 32  # any 40 characters of an encoded secret hold one of the pieces looked for

_LONGEST_COLOUR: Final = 36  # bytes of an SGR sequence that is kept
_PLAIN: Final = re.compile(f"[{PLAIN}]*")


class Ingress:
    """One log's way in. `feed` gives what is complete so far, `finish` what was left without a line end."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._know()
        self._blocks = SecretBlocks(redactor)
        self._pending = b""
        self._long: _LongLine | None = None

    def _know(self) -> None:
        self._known = self._redactor.exact
        self._suspicion = Suspicion((*self._redactor.exact, *self._redactor.encoded), _pieces(self._redactor))

    def begin_anywhere(self) -> None:
        """What comes next does not follow what came before: it may begin within a secret of several lines."""
        self._blocks.begin_anywhere()

    def feed(self, data: bytes) -> bytes:
        """Bytes as they came; gives stored lines, or parts of a long one."""
        if self._redactor.exact is not self._known:
            self._know()
        if self._long is not None:
            end = data.find(b"\n")
            if end < 0:
                return self._long.feed(data)
            rest, data = data[:end], data[end + 1 :]
            begun = self._long.feed(rest) + self._long.finish() + b"\n"
            self._long = None
            return begun + self.feed(data)
        complete = data.rfind(b"\n") + 1
        kept: list[bytes | memoryview] = []
        if complete:
            first = data.find(b"\n") + 1 if self._pending else 0
            kept = [*self._watched(self._pending + data[:first]), *self._watched(data, first, complete)]
            self._pending = data[complete:]
        else:
            self._pending += data
        if len(self._pending) > WINDOW + SURROUNDINGS:
            kept.append(self._begin_long())
        return b"".join(kept)

    def finish(self) -> bytes:
        """The last line, where the log ended without a line end; it gets one."""
        if self._long is not None:
            ended, self._long = self._long.finish() + b"\n", None
            return ended
        last, self._pending = self._pending, b""
        return b"".join(self._watched(last + b"\n")) if last else b""

    def _begin_long(self) -> bytes:
        self._long, begun = _LongLine(self._part), self._pending
        self._pending = b""
        return self._long.feed(begun)

    def _watched(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes | memoryview]:
        """Complete lines, each with its end, in pieces: first those that an open block of earlier ones still watches.

        Untouched pieces are views: a copy of each chunk costs more in fresh pages than in copying.
        """
        end = len(data) if end is None else end
        kept, at = self._while_watching(data, start, end)
        yield from kept
        view = memoryview(data)
        for begin, finish in self._suspicion.lines(data, at, end):
            if begin < at:
                continue  # an open block has taken this line with it
            yield view[at:begin]
            yield self._line(data[begin:finish]) + b"\n"
            watched, at = self._while_watching(data, finish + 1, end)
            yield from watched
        yield view[at:end]

    def _while_watching(self, data: bytes, at: int, limit: int) -> tuple[list[bytes], int]:
        kept: list[bytes] = []
        while self._blocks.watching and at < limit:
            end = data.index(b"\n", at)
            kept.append(self._line(data[at:end]) + b"\n")
            at = end + 1
        return kept, at

    def _line(self, raw: bytes) -> bytes:
        if len(raw) > WINDOW:
            line = _LongLine(self._part)
            return line.feed(raw) + line.finish()
        whole = decode(raw).rstrip("\r")
        stamp = STAMP.match(whole)
        head, text = (stamp.group(), whole[stamp.end() :]) if stamp else ("", whole)
        without = SGR.sub("", text) if "\x1b" in text else text
        is_plain = _PLAIN.fullmatch(without) is not None
        seen = without if is_plain else as_seen(text)
        suspected = self._suspicion.may_hold_secret(seen)
        if suspected or self._blocks.watching:
            hidden = self._blocks.redact(seen)
            text = text if hidden == seen else hidden
        if suspected or not is_plain:
            text = self._redactor.redact(text)
        return (head + (text if is_plain else _cleaned(text))).encode()

    def _part(self, before: bytes, part: bytes, after: bytes) -> bytes:
        """One window of a long line, told its surroundings."""
        if not self._suspicion.of(before + part + after):
            return part
        left, middle, right = decode(before), decode(part), decode(after)
        text = self._redactor.redact_part(left + middle + right, len(left), len(left) + len(middle))
        return _cleaned(text).encode()


@dataclass(slots=True)
class _LongLine:
    """One line that comes window by window. `part` sanitises a window: (before, window, after) to stored bytes."""

    part: Callable[[bytes, bytes, bytes], bytes]
    _before: bytes = b""
    _held: bytes = b""
    _given: list[bytes] = field(default_factory=list)

    def feed(self, data: bytes) -> bytes:
        self._held += data
        while len(self._held) > WINDOW + SURROUNDINGS:
            self._give(_character_start(self._held, WINDOW))
        return self._taken()

    def finish(self) -> bytes:
        while self._held:
            self._give(_character_start(self._held, WINDOW) if len(self._held) > WINDOW else len(self._held))
        return self._taken()

    def _give(self, size: int) -> None:
        window, self._held = self._held[:size], self._held[size:]
        self._given.append(self.part(self._before, window, self._held[:SURROUNDINGS]))
        self._before = (self._before + window)[-SURROUNDINGS:]

    def _taken(self) -> bytes:
        given, self._given = b"".join(self._given), []
        return given


def _cleaned(text: str) -> str:
    """Visible and harmless; colours stay, a carriage return becomes a sign that only it becomes."""
    text = text.replace(RETURN, "<U+240D>")
    if "\x1b" not in text:
        return clean_block(text)
    pieces = SGR.split(text)
    pieces[::2] = [clean_block(piece) for piece in pieces[::2]]
    pieces[1::2] = [f"\x1b[{parameters}m" for parameters in pieces[1::2]]
    return "".join(pieces)


def _character_start(data: bytes, at: int) -> int:
    """The nearest place at or before `at` that parts neither a UTF-8 character nor a colour."""
    escape = data.rfind(b"\x1b", at - _LONGEST_COLOUR, at)
    if escape > 0:
        return escape
    return next((place for place in range(at, at - 4, -1) if data[place] & 0xC0 != 0x80), at)


def _pieces(redactor: Redactor) -> set[str]:
    """What of an encoded secret a line holds that an encoder's line break begins or ends."""
    size = SHORTEST_PIECE
    parts = {form[at : at + size] for form in redactor.encoded for at in range(0, len(form) - size + 1, _PIECE_STEP)}
    return parts | {form[-size:] for form in redactor.encoded}
