"""The keys of a log: first error, filter, folds, marks, times, a line whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.log_places import moment_of
from tui.screens.letter import Letter
from tui.screens.log_lines import LogLines
from tui.screens.log_rows import AllRows, MatchRows
from tui.screens.log_view import LogView
from tui.screens.prompt import Prompt
from tui.screens.whole_line import WholeLine

if TYPE_CHECKING:
    from lanewatch.logs.sections import Section

RETURN_SIGN = "␍"  # stands in a stored line where a carriage return was


class LogPane(LogView):
    """A log that a person reads. While it shows plain lines, the keys of a log do nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "first_error", "first error of the log", id="log.error"),
        Binding("ampersand", "matches", "only lines that match, or all again", id="log.matches"),
        Binding("minus", "fold_here", "fold or unfold the section here", id="log.fold"),
        Binding("underscore", "fold_all", "fold or unfold every section", id="log.fold-all"),
        Binding("left_curly_bracket", "section(-1)", "previous section", id="log.section-previous"),
        Binding("right_curly_bracket", "section(1)", "next section", id="log.section-next"),
        Binding("at", "time", "to a time", id="log.time"),
        Binding("enter", "whole", "a cut line whole", id="log.whole"),
        # These two act at once, before the letter after them is handed on.
        Binding("m", "mark", "mark a line with a letter", id="log.mark", priority=True),
        Binding("apostrophe", "to_mark", "to a marked line, '' goes back", id="log.to-mark", priority=True),
    ]
    LOG_ACTIONS: ClassVar[frozenset[str]] = frozenset(
        {"first_error", "matches", "fold_here", "fold_all", "section", "time", "whole", "mark", "to_mark"}
    )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        return action not in self.LOG_ACTIONS or self._log is not None

    def acts(self, action: str) -> bool:
        """Whether a key of the key line is this view's."""
        return hasattr(self, f"action_{action.partition('(')[0]}")

    async def action_first_error(self) -> None:
        error = self._first_error()
        if (line := await error.look()) is None:
            self.say("no line tells of an error")
        elif self._log is error.log:
            self._jump()
            self._reveal(line)

    def action_matches(self) -> None:
        if self._log is None:
            return
        if self.is_filtered:
            self._draw_rows(AllRows(self._log))
        elif self._searching.search is not None:
            self._draw_rows(MatchRows(self._log, self._searching.search))
        else:
            self.post_message(self.QueryWanted(self))
        self.post_message(self.Told(self))

    async def action_fold_here(self) -> None:
        if (section := await self._section_here()) is not None:
            self._place.folded ^= {section.first}
            self._refold()

    async def action_fold_all(self) -> None:
        if await self._section_here() is not None and self._sections is not None:
            self._place.folded = set() if self._place.folded else {one.first for one in self._sections.found}
            self._refold()

    async def action_section(self, step: int) -> None:
        here = await self._section_here()
        if here is None or self._sections is None or self._rows is None:
            return
        line = self._rows.line_of(self.here)
        firsts = [one.first for one in self._sections.found]
        beyond = [one for one in firsts if one > line] if step > 0 else [one for one in firsts if one < line]
        if beyond:
            self._jump()
            self._go_to_line(beyond[0] if step > 0 else beyond[-1])

    def action_mark(self) -> None:
        line = self._rows.line_of(self.here) if self._rows is not None else 0

        def mark(letter: str | None) -> None:
            if letter is not None and letter.isalpha():
                self._place.marks[letter] = line
                self.say(f"mark {letter} at line {line + 1:,}")

        self.app.push_screen(Letter("m", "mark the line with which letter?"), mark)

    def action_to_mark(self) -> None:
        known = "  ".join(f"{letter} line {line + 1:,}" for letter, line in sorted(self._place.marks.items()))

        def go(letter: str | None) -> None:
            if letter is None:
                return
            if (line := self._place.marks.get(letter)) is None:
                self.say(f"no mark {letter}")
            else:
                self._jump()
                self._go_to_line(line)

        self.app.push_screen(Letter("'", known or "no line is marked yet: m and a letter mark one"), go)

    def action_time(self) -> None:
        near = self.moment or self._zero

        def go(text: str | None) -> None:
            moment = moment_of(text, near, self._zero) if text is not None else None
            if moment is not None:
                self._jump()
                self.seek(moment)
                self.say(f"from {moment:%H:%M:%S}Z on")
            elif text is not None:
                self.say(f"no time: {text}")

        self.app.push_screen(Prompt("@", "14:02:31 (UTC), or +42.5 seconds from the push"), go)

    async def action_whole(self) -> None:
        """The line that was gone to if it is cut, else the first one in view that is."""
        lines, log = self._lines, self._log
        if log is None or not isinstance(lines, LogLines):
            return
        rows = dict.fromkeys((self.here, *(row for row, _ in self.in_view())))
        shown = [line for row in rows if (line := lines.log_line(row)) is not None]
        line = next((one for one in shown if one.whole_bytes or one.states), None)
        if line is None:
            self.say("no line here is cut")
            return
        text = await asyncio.to_thread(log.whole_line, line.number)
        size = f", {line.whole_bytes:,} bytes" if line.whole_bytes else ""
        self.app.push_screen(WholeLine(f"line {line.number + 1:,} of {log.title}{size}", text.split(RETURN_SIGN)))

    def action_top(self) -> None:
        self._jump()
        super().action_top()

    def action_bottom(self) -> None:
        self._jump()
        super().action_bottom()

    async def _section_here(self) -> Section | None:
        """The section of the line here, else the next one; looks for sections first."""
        log = self._log
        await self._find_sections()
        if log is not self._log or self._sections is None or self._rows is None:
            return None
        found, line = self._sections.found, self._rows.line_of(self.here)
        if not found:
            self.say("this log has no sections")
        return next((one for one in found if line < one.end), found[-1] if found else None)
