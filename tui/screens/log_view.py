"""The view on a log that may still grow: which of its lines are shown, where one is in them, and what is found.

It also shows plain lines, so that one view serves every pane.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import Worker

from tui.log_places import BEFORE, Place
from tui.screens.log_lines import LogLines, footer, no_line
from tui.screens.log_rows import AllRows, FoldedRows, FoundRows, LogRows, MatchRows
from tui.screens.log_searching import LogSearching
from tui.screens.text_lines import STAMPS, Stamps
from widgets.finding import Lines
from widgets.lines_view import LinesView, TextLines

if TYPE_CHECKING:
    from lanewatch.logs.log import Log
    from lanewatch.logs.sections import FirstError, Section, Sections

MOST_LOOKED_THROUGH = 64 << 20  # bytes of a log in which the first error is looked for unasked; `E` knows no limit


class LogView(LinesView):
    """`show` views plain lines, `show_log` a log. Says `Told` when there is something else to say of the log."""

    class Told(Message):
        """The footer, or what was just found out, is another one."""

        def __init__(self, view: LogView) -> None:
            super().__init__()
            self.view = view

    class Moved(Message):
        """Other lines are at the top now."""

        def __init__(self, view: LogView) -> None:
            super().__init__()
            self.view = view

    class QueryWanted(Message):
        """What to search for is to be asked, and given to `find` as a filter: only the hits are to be shown."""

        def __init__(self, view: LogView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.note = ""  # what was just found out
        self._log: Log | None = None
        self._place = Place()
        self._stamps: Stamps = STAMPS[0]
        self._zero: datetime | None = None
        self._rows: LogRows | None = None
        self._searching = LogSearching(self._found_more)
        self._sections: Sections | None = None
        self._error: FirstError | None = None
        self._sought: datetime | None = None  # a time that the log has not reached yet
        self._beside: dict[str, Worker[None]] = {}

    @property
    def log_shown(self) -> Log | None:
        return self._log

    @property
    def is_searched(self) -> bool:
        return bool(self._query)

    @property
    def is_filtered(self) -> bool:
        return isinstance(self._rows, MatchRows)

    @property
    def searched_share(self) -> float:
        """How much of the log has been searched, from 0 to 1."""
        return self._searching.search.share if self._searching.search is not None else 1.0

    @property
    def footer(self) -> str:
        """What was just found out, and how much of the log is here and shown."""
        if self._log is None:
            return self.note
        hidden = len(self._log) - len(self._rows) if self._rows is not None else 0
        error = self._error.line if self._error is not None else None
        return "; ".join(part for part in (self.note, footer(self._log, hidden, error)) if part)

    @property
    def instead(self) -> str:
        """Why there is no line to see, and since when one is waited for."""
        if self._log is None:
            return super().instead
        return "no line matches: & shows all" if len(self._log) else no_line(self._log)

    @property
    def moment(self) -> datetime | None:
        """When the line was written that is looked at; None at the end of a log that goes on, and without stamps."""
        if self._log is None or self._rows is None or (self.is_at_end and self._log.state.value == "reading"):
            return None
        line = self._rows.line_of(self.here)
        return next((one.time for one in self._log.page(line, 32) if one.time is not None), None)

    def show(self, lines: Lines, found: object = None) -> None:
        """View plain lines, no log."""
        self._leave_log()
        super().show(lines)

    def show_nothing(self) -> None:
        self.show(TextLines(()))

    def pass_time(self) -> None:
        """What is said while there is no line tells how long that is."""
        if self._log is not None and not len(self._lines):
            self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._log is not None and round(old_value) != round(new_value):
            self.post_message(self.Moved(self))

    def show_log(self, log: Log, place: Place, stamps: Stamps, zero: datetime | None) -> None:
        """View a log, or the same one with other stamps; position, search and folds stay."""
        if log is not self._log:
            self._leave_log()
            self._log, self._place, self._rows = log, place, AllRows(log)
            if place.folded:
                self._work_beside(self._find_sections)
        self._stamps, self._zero = stamps, zero
        self._draw_rows(self._rows or AllRows(log))
        self.grown()

    def grown(self) -> None:
        super().grown()
        if self._log is None:
            return
        self._searching.go_on()
        if self._sections is not None and self._place.folded:
            self._work_beside(self._find_sections)
        if self._log.received <= MOST_LOOKED_THROUGH:
            self._work_beside(self._look_for_error)
        if self._sought is not None:
            self.seek(self._sought)
        self.post_message(self.Told(self))

    def find(self, query: str, *, filters: bool = False) -> None:
        """Search in the log with the engine, else in the lines; of a bad pattern it is said what is wrong with it."""
        self._searching.stop()
        if self._log is None or not query:
            if self.is_filtered and self._log is not None:
                self._draw_rows(AllRows(self._log))
            self.search(query)
            return
        from lanewatch.logs.query import QueryError

        try:
            search = self._searching.start(self._log, query)
        except QueryError as error:
            self.say(f"no pattern: {error}")
            return
        if search is None:
            return
        self._jump()
        rows = MatchRows(self._log, search) if filters else self._rows_unfiltered()
        self._query = ""
        self._draw_rows(rows)
        self.search(query, FoundRows(search, rows))

    def seek(self, moment: datetime) -> None:
        """Bring what was written then into view; a log that has not come so far is waited for."""
        if self._log is None or self._rows is None:
            return
        line = self._log.line_at(moment)
        if line < len(self._log):
            self.show_from(self._rows.row_of(line))
            self._sought = None
        else:
            self._sought = moment if self._log.state.value in ("waiting", "reading") else None

    def on_unmount(self) -> None:
        self._searching.stop()

    def _land(self) -> None:
        """A hit in a folded section opens it."""
        search = self._searching.search
        if self._hit is not None and isinstance(self._rows, FoldedRows) and search is not None:
            line = search.following(self._rows.line_of(self._hit))
            if line is not None and self._unfold(line):
                self._hit = self._rows.row_of(line)
        super()._land()

    def _leave_log(self) -> None:
        if self._log is not None:
            self._searching.stop()
            self.search("")
        self._log = self._rows = self._sections = self._error = self._sought = None
        self._gone_to, self.note = None, ""

    def _rows_unfiltered(self) -> LogRows:
        assert self._log is not None
        folded = self._folded()
        return FoldedRows(self._log, folded) if folded else AllRows(self._log)

    def _folded(self) -> list[Section]:
        found = self._sections.found if self._sections is not None else ()
        return [one for one in found if one.first in self._place.folded]

    def _draw_rows(self, rows: LogRows) -> None:
        """Other rows of the same log: the line that one looks at stays where it is on the screen."""
        log, before, at_end = self._log, self._rows or rows, self.is_at_end and self.max_scroll_y > 0
        assert log is not None
        hit, gone_to = self._hit, self._gone_to
        anchor = hit if hit is not None and self._is_in_view(hit) else self.here
        above, line = self._rows_above(anchor), before.line_of(anchor)
        self._rows = rows
        self._hit = None if hit is None else rows.row_of(before.line_of(hit))
        self._gone_to = None if gone_to is None else rows.row_of(before.line_of(gone_to))
        sections = {one.first: one for one in self._sections.found} if self._sections is not None else {}
        drawn = LogLines(log, rows, self._stamps, self._zero, sections, frozenset(self._place.folded))
        search = self._searching.search
        super().show(drawn, None if search is None else FoundRows(search, rows))
        if at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        else:
            self.show_from(rows.row_of(line), above)

    def _refold(self) -> None:
        if self._log is not None and not self.is_filtered:
            self._draw_rows(self._rows_unfiltered())
        self.post_message(self.Told(self))

    def _unfold(self, line: int) -> bool:
        """Open the section that hides a line; whether one did."""
        hiding = next((one for one in self._folded() if one.first < line and (line < one.end or one.is_open)), None)
        if hiding is not None:
            self._place.folded.discard(hiding.first)
            self._refold()
        return hiding is not None

    def _reveal(self, line: int) -> None:
        """Bring a line into view, whatever hides it."""
        if self._log is not None and self.is_filtered:
            self._draw_rows(self._rows_unfiltered())
        self._unfold(line)
        self._go_to_line(line)

    def _go_to_line(self, line: int) -> None:
        if self._rows is not None:
            self.go_to(self._rows.row_of(line))

    def _jump(self) -> None:
        """Remember where one was, for a way back."""
        if self._rows is not None:
            self._place.marks[BEFORE] = self._rows.line_of(self.top_line)

    async def _find_sections(self) -> None:
        from lanewatch.logs.sections import Sections

        log = self._log
        if log is None:
            return
        sections = self._sections = self._sections or Sections(log)
        known = sections.found
        await sections.catch_up()
        if self._log is log and sections.found != known:
            self._refold()

    def _first_error(self) -> FirstError:
        from lanewatch.logs.sections import FirstError

        assert self._log is not None
        self._error = self._error or FirstError(self._log)
        return self._error

    async def _look_for_error(self) -> None:
        error = self._first_error()
        if error.line is None and await error.look() is not None:
            self.post_message(self.Told(self))

    def _work_beside(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """One at a time of each kind: what comes meanwhile is looked at with the next growth."""
        known = self._beside.get(work.__name__)
        if known is None or known.is_finished:
            self._beside[work.__name__] = self.run_worker(work())

    def _found_more(self) -> None:
        if self.is_attached:
            if self.is_filtered:
                super().grown()
            self.searched()

    def say(self, note: str) -> None:
        self.note = note
        self.post_message(self.Told(self))
