"""A stored log line as a reader meets it: plain text, the colours it asked for, its stamp, and what is hidden of it.

What is stored (by `ingress`) holds no control byte but SGR sequences, so everything here is safe to draw or print.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from lanewatch.logs.spool import Spool

LINE_BYTES: Final = 16 << 10  # of a line that is shown; all of it can be opened
WHOLE_BYTES: Final = 8 << 20  # of a line that is opened whole: a hundred thousand rows
TAIL_BYTES: Final = 4 << 10  # of a cut progress line: where its last state stands
MARK: Final = "\x01"
"""Begins a line that is ours (a gap, a restart): no log can hold it, so no log can forge one."""
SECTION: Final = "section: "
"""Begins a line of ours that begins a section: the log of one of several containers."""
RETURN: Final = "␍"
"""Stands where a carriage return was: between the states of a progress line."""

STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
SGR: Final = re.compile(r"\x1b\[([0-9;]{0,32})m")
_KEPT_PARAMETERS: Final = 16  # more than any real line nests


@dataclass(frozen=True, slots=True)
class Style:
    """Characters [start, end) of a line under the SGR parameters that were in force, as written ("1;31")."""

    start: int
    end: int
    parameters: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `text` has neither stamp nor escapes nor line break; `stamp` is "" or RFC 3339 as written."""

    number: int  # from 0, within its log
    text: str
    stamp: str = ""
    styles: tuple[Style, ...] = ()
    is_mark: bool = False  # a line of ours
    states: int = 0  # earlier states of a progress line that are not shown
    whole_bytes: int = 0  # 0, or the stored length of a line that is shown cut

    @property
    def time(self) -> datetime | None:
        """The stamp as a time; None without one, or where its digits are no time."""
        return stamp_time(self.stamp)

    def shown(self, stamps: bool = True) -> str:
        """As plain text: with the stamp if wanted, and with what is not shown of it."""
        head = f"{self.stamp} " if stamps and self.stamp else ""
        rest = f"… ({self.note()})" if self.whole_bytes else ""
        sign = RETURN if self.states else ""  # earlier states of a progress line are not shown
        return f"--- {self.text} ---" if self.is_mark else f"{head}{sign}{self.text}{rest}"

    def coloured(self, stamps: bool = True) -> str:
        """As `shown`, with the log's own colours as SGR sequences, each ended within the line: for a terminal only."""
        if self.is_mark or not self.styles:
            return self.shown(stamps)
        parts: list[str] = []
        at = 0
        for style in self.styles:
            parts += (
                self.text[at : style.start],
                f"\x1b[{style.parameters}m",
                self.text[style.start : style.end],
                "\x1b[0m",
            )
            at = style.end
        plain = self.shown(stamps)
        head, _, rest = plain.partition(self.text)
        return head + "".join([*parts, self.text[at:]]) + rest

    def note(self) -> str:
        """What is not shown of this line; "" when all of it is."""
        parts = [f"cut; the line has {self.whole_bytes} bytes"] if self.whole_bytes else []
        parts += [f"{self.states} earlier states"] if self.states else []
        return "; ".join(parts)


@dataclass(slots=True)
class LongLines:
    """Counts the lines that are shown cut, as they are stored: a leap of LINE_BYTES at a time passes all short ones."""

    count: int = 0
    _open: int = 0  # bytes of the line that has not ended

    def take(self, data: bytes) -> None:
        at = 0
        while True:
            last = at + LINE_BYTES - self._open  # where the end of a line that is not cut may be
            end = data.rfind(b"\n", at, last + 1) if last >= at else -1
            if end < 0:
                end = data.find(b"\n", max(at, last))
                self.count += end >= 0
            if end < 0:
                self._open += len(data) - at
                return
            self._open, at = 0, end + 1


def page(spool: Spool, first: int, count: int) -> list[LogLine]:
    """Up to `count` lines from `first` on. Reads at most LINE_BYTES of each line, so time is bounded by the page."""
    starts = spool.starts(first, count)
    if len(starts) < 2:
        return []
    if starts[-1] - starts[0] <= count * LINE_BYTES:
        together = spool.read(starts[0], starts[-1] - starts[0])
        stored = [together[a - starts[0] : b - starts[0] - 1] for a, b in pairwise(starts)]
        return [_line(spool, first + k, starts[k], data) for k, data in enumerate(stored)]
    spans = pairwise(starts)
    return [
        _line(spool, first + k, a, spool.read(a, min(b - a - 1, LINE_BYTES + 1)), b - a - 1)
        for k, (a, b) in enumerate(spans)
    ]


def whole(spool: Spool, number: int) -> str:
    """All of one line up to WHOLE_BYTES, with every state of a progress line, colours left out."""
    starts = spool.starts(number, 1)
    if len(starts) < 2:
        return ""
    stored = spool.read(starts[0], min(starts[1] - starts[0] - 1, WHOLE_BYTES))
    return SGR.sub("", stored.decode(errors="ignore")).removeprefix(MARK)


def read_line(number: int, stored: str) -> LogLine:
    """The stored text of one line, without its line end, taken apart."""
    if stored.startswith(MARK):
        return LogLine(number, stored.removeprefix(MARK), is_mark=True)
    matched = STAMP.match(stored)
    stamp = matched.group() if matched else ""
    *earlier, last = stored[len(stamp) :].split(RETURN)
    text, styles = _styled(last)
    return LogLine(number, text, stamp.rstrip(), styles, states=len(earlier))


def stamp_time(stamp: str) -> datetime | None:
    """A stamp as UTC time, to the microsecond; None for "" and for digits that are no time."""
    try:
        return datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00").astimezone(UTC) if stamp else None
    except ValueError:
        return None


def _line(spool: Spool, number: int, start: int, data: bytes, length: int | None = None) -> LogLine:
    length = len(data) if length is None else length
    if length <= LINE_BYTES:
        return read_line(number, data.decode())
    line = read_line(number, data[:LINE_BYTES].decode(errors="ignore"))
    tail = spool.read(start + length - TAIL_BYTES, TAIL_BYTES).decode(errors="ignore")
    if RETURN in tail:
        last = read_line(number, tail[tail.rindex(RETURN) + 1 :])
        line = replace(last, stamp=line.stamp, states=line.states + tail.count(RETURN))
    return replace(line, whole_bytes=length)


def _styled(text: str) -> tuple[str, tuple[Style, ...]]:
    if "\x1b" not in text:
        return text, ()
    pieces: Sequence[str] = SGR.split(text)  # text, parameters, text, …
    plain, styles, at = [pieces[0]], [], len(pieces[0])
    in_force: list[str] = []
    for parameters, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        in_force = _in_force(in_force, parameters)
        if piece and in_force:
            styles.append(Style(at, at + len(piece), ";".join(in_force)))
        plain.append(piece)
        at += len(piece)
    return "".join(plain), tuple(styles)


def _in_force(before: list[str], parameters: str) -> list[str]:
    """The parameters after one more sequence: 0, or none, resets; later ones win, so old ones may be forgotten."""
    for number in parameters.split(";"):
        before = [] if number.strip("0") == "" else [*before, number]
    return before[-_KEPT_PARAMETERS:]
