"""A followed log as lines to view: its stamps in the wanted form, the colours it asked for, marks of ours apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui import wording
from tui.screens.log_rows import LogRows
from tui.screens.text_lines import Stamps, stamp_text

if TYPE_CHECKING:
    from lanewatch.logs.lines import LogLine
    from lanewatch.logs.log import Log
    from lanewatch.logs.sections import Section

PAGE: Final = 32  # lines that are read at once
KEPT: Final = 1024  # lines that are kept for the next picture
OPEN, FOLDED = "▾ ", "▸ "
COLOURS: Final = {
    "1": "bold", "2": "dim", "3": "italic", "4": "underline", "7": "reverse", "9": "strike",
    "31": "$bad", "32": "$good", "33": "$doubt", "34": "$primary", "35": "$accent", "36": "$running",
    "91": "$bad", "92": "$good", "93": "$doubt", "94": "$primary", "95": "$accent", "96": "$running",
}  # fmt: skip
STATES: Final = {"reading": "following", "ended": "complete", "failed": "not readable", "waiting": "waiting"}


class LogLines:
    """Lines of a log that may still grow; reads pages, never the whole. `sections`: by their first line."""

    def __init__(
        self,
        log: Log,
        rows: LogRows,
        stamps: Stamps,
        zero: datetime | None,
        sections: Mapping[int, Section] | None = None,
        folded: frozenset[int] = frozenset(),
    ) -> None:
        self._log, self._rows, self._stamps, self._zero = log, rows, stamps, zero
        self._sections, self._folded = sections or {}, folded
        self._read: dict[int, LogLine] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def line(self, index: int) -> Content:
        line = self.log_line(index)
        return Content("") if line is None else self._drawn(line)

    def log_line(self, index: int) -> LogLine | None:
        """The line of the log that stands in a row."""
        number = self._rows.line_of(index)
        if number not in self._read:
            if len(self._read) > KEPT:
                self._read.clear()
            self._read |= {line.number: line for line in self._log.page(number - number % PAGE, PAGE)}
        return self._read.get(number)

    def _drawn(self, line: LogLine) -> Content:
        section = self._sections.get(line.number)
        if line.is_mark:
            shown = Content(f"--- {line.text} ---").stylize("bold $doubt")
        else:
            note = f"… ({line.note()})" if line.note() else ""
            shown = Content.assemble((self._stamp(line), "$text-muted"), self._coloured(line), (note, "$text-muted"))
        if section is not None:
            is_folded = line.number in self._folded
            told = _told(section, len(self._log), is_folded=is_folded)
            shown = Content.assemble(
                (FOLDED if is_folded else OPEN, "bold"), (told, "$text-muted"), shown.stylize("bold")
            )
        return shown.expand_tabs(8)

    def _coloured(self, line: LogLine) -> Content:
        text = Content(line.text)
        for style in line.styles:
            words = [COLOURS[one] for one in style.parameters.split(";") if one in COLOURS]
            if words:
                text = text.stylize(" ".join(words), style.start, style.end)
        return text

    def _stamp(self, line: LogLine) -> str:
        if not line.stamp or self._stamps == "none":
            return ""
        return f"{stamp_text(line.stamp, line.time, self._stamps, self._zero)} "


def _told(section: Section, lines: int, *, is_folded: bool) -> str:
    """How long a section took and, where it did not just end well, how it ended; folded, how much is in it."""
    count = (lines if section.is_open else section.end) - section.first
    took = f"{section.seconds:6.1f} s  " if section.seconds is not None else f"{'–':>6}    "
    state = f"{section.state}  " if section.state not in ("", "done") else ""
    return f"{took}{state}{f'{count:,} lines  ' if is_folded else ''}"


def footer(log: Log, hidden: int = 0, error: int | None = None) -> str:
    """How much of the log is here, and what is not: received, hidden, cut and lost are counted, none in silence."""
    received = len(log) + log.unkept_lines
    parts = [f"{received:,} lines, {wording.size(log.received)}, {STATES.get(log.state.value, log.state.value)}"]
    parts += [f"{hidden:,} hidden"] if hidden else []
    parts += [f"{log.cut:,} cut"] if log.cut else []
    parts += [f"{log.lost} {'gap' if log.lost == 1 else 'gaps'}"] if log.lost else []
    parts += [f"{log.unkept_lines:,} lost: {wording.size(log.unkept)} not kept"] if log.unkept else []
    parts += [f"E error at {error + 1:,}"] if error is not None else []
    parts += [log.reason] if log.reason else []
    parts += [f"nothing comes: {log.awaits}"] if log.awaits and received else []
    return "; ".join(parts)


def no_line(log: Log) -> str:
    """What is to be said of a log without a line: whether one may come, since when, and why none does."""
    if log.state.value == "failed":
        return f"This log cannot be read: {log.reason}. r tries again."
    if log.state.value == "ended":
        return "This log has ended without a line."
    why = f": {log.awaits}" if log.awaits else ""
    return f"No line yet, asked for {wording.span(log.seconds)} ago{why}"
