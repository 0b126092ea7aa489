"""A followed log as lines to view: its stamps in one of three ways, the colours it asked for, marks of ours apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui import wording
from tui.screens.text_lines import Stamps, stamp_text

if TYPE_CHECKING:
    from lanewatch.logs.lines import LogLine
    from lanewatch.logs.log import Log
    from lanewatch.logs.search import Search

PAGE: Final = 128  # lines that are read at once: a screen, and what is scrolled to next
COLOURS: Final = {
    "1": "bold", "2": "dim", "3": "italic", "4": "underline", "7": "reverse", "9": "strike",
    "31": "$bad", "32": "$good", "33": "$doubt", "34": "$primary", "35": "$accent", "36": "$running",
    "91": "$bad", "92": "$good", "93": "$doubt", "94": "$primary", "95": "$accent", "96": "$running",
}  # fmt: skip


class LogLines:
    """Lines of a log that may still grow; reads pages, never the whole."""

    def __init__(self, log: Log, stamps: Stamps, zero: datetime | None) -> None:
        self._log, self._stamps, self._zero = log, stamps, zero
        self._page: dict[int, LogLine] = {}
        self._counted = 0

    def __len__(self) -> int:
        return len(self._log)

    def line(self, index: int) -> Content:
        """The last line may still grow: a page is read anew once there are more."""
        if index not in self._page or self._counted != len(self._log):
            self._counted = len(self._log)
            first = index - index % PAGE
            self._page = {line.number: line for line in self._log.page(first, PAGE)}
        line = self._page.get(index)
        return Content("") if line is None else self._drawn(line)

    def _drawn(self, line: LogLine) -> Content:
        if line.is_mark:
            return Content(f"--- {line.text} ---").stylize("bold $doubt")
        text = Content(line.text)
        for style in line.styles:
            words = [COLOURS[one] for one in style.parameters.split(";") if one in COLOURS]
            if words:
                text = text.stylize(" ".join(words), style.start, style.end)
        note = f"… ({line.note()})" if line.note() else ""
        return Content.assemble((self._stamp(line), "$text-muted"), text, (note, "$text-muted")).expand_tabs(8)

    def _stamp(self, line: LogLine) -> str:
        if not line.stamp or self._stamps == "none":
            return ""
        return f"{stamp_text(line.stamp, line.time, self._stamps, self._zero)} "


class LogFound:
    """A search of the log engine as the view wants it; what is found is what was searched so far."""

    def __init__(self, search: Search) -> None:
        self.search = search

    @property
    def hits(self) -> int:
        return self.search.hits

    def following(self, line: int) -> int | None:
        return self.search.following(line)

    def preceding(self, line: int) -> int | None:
        return self.search.preceding(line)

    def number(self, line: int) -> int:
        return self.search.number(line)

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        return self.search.finder.spans(text)


def footer(log: Log) -> str:
    """How much of the log is here, and what is not: nothing is left out in silence."""
    parts = [f"{len(log):,} lines, {wording.size(log.received)}, {STATES.get(log.state.value, log.state.value)}"]
    parts += [f"{log.lost} gaps"] if log.lost else []
    parts += [f"{wording.size(log.unkept)} not kept"] if log.unkept else []
    parts += [log.reason] if log.reason else []
    return "; ".join(parts)


STATES: Final = {"reading": "following", "ended": "complete", "failed": "not readable", "waiting": "waiting"}
