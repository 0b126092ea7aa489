"""The view of a stage's drill-down and, on demand beside it, a second log that stays at the same moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from lanewatch.rollout.facts import Handle
from tui.log_places import Place
from tui.screens.log_pane import LogPane
from tui.screens.log_view import LogView
from tui.screens.text_lines import Stamps
from widgets.lines import Rule
from widgets.lines_view import LinesView
from widgets.painting import shortened, shortened_middle

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

SEARCHED = 0.995  # from then on what is left are the lines that have just come
HALF_TITLE = 12  # cells of the title of one of two views


class TwoViews(Horizontal):
    """`main` shows what the screen gives it; `kept` a log that stays while the person goes elsewhere in `main`."""

    DEFAULT_CSS = """
    TwoViews { height: 1fr; }
    TwoViews Vertical { width: 1fr; height: 1fr; }
    TwoViews #kept-side { display: none; border-left: solid $text-muted; }
    TwoViews.-split #kept-side { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.main, self.kept = LogPane(id="text"), LogPane(id="kept")
        self.kept_handle: Handle | None = None
        self._titles: dict[LogView, str] = {self.main: "", self.kept: ""}
        self._notes: dict[LogView, str] = {self.main: "", self.kept: ""}

    def compose(self) -> ComposeResult:
        with Vertical(id="side"):
            yield Rule(id="source")
            yield self.main
        with Vertical(id="kept-side"):
            yield Rule(id="kept-source")
            yield self.kept

    @property
    def is_split(self) -> bool:
        return self.kept_handle is not None

    @property
    def in_use(self) -> LogPane:
        """The view that keys are for."""
        return self.kept if self.is_split and self.screen.focused is self.kept else self.main

    def keep(self, handle: Handle, log: Log, place: Place, stamps: Stamps, zero: datetime | None) -> None:
        """Show a log beside from now on."""
        self.kept_handle = handle
        self.add_class("-split")
        self.kept.show_log(log, place, stamps, zero)
        self.kept.show_from(self.main.top_line)
        self.tell(self.kept, handle.title, "")

    def close_kept(self) -> None:
        self.kept_handle = None
        self.remove_class("-split")
        self.kept.show_nothing()
        self.screen.set_focus(self.main)
        self._draw(self.main)

    def other_side(self) -> None:
        self.screen.set_focus(self.main if self.in_use is self.kept else self.kept)
        self._draw(self.main)
        self._draw(self.kept)

    def tell(self, view: LogView, title: str, note: str) -> None:
        """What stands above a view: where its text comes from, and what a reader must know of it."""
        self._titles[view], self._notes[view] = title, note
        self._draw(view)

    def on_log_view_told(self, message: LogView.Told) -> None:
        message.stop()
        self._draw(message.view)

    def on_log_view_moved(self, message: LogView.Moved) -> None:
        """The other log stays at the same moment."""
        message.stop()
        other = self.kept if message.view is self.main else self.main
        if self.is_split and message.view is self.in_use and other.log_shown is not message.view.log_shown:
            moment = message.view.moment
            if moment is not None:
                other.seek(moment)

    def on_lines_view_searched(self, message: LinesView.Searched) -> None:
        message.stop()
        view, share = self.in_use, self.in_use.searched_share
        found = f"{message.hit:,} of {message.hits:,}" if message.hits else "not found"
        so_far = f", {share:.0%} searched" if share < SEARCHED else ""
        view.note = f"“{message.query}” {found}{so_far}" if message.query else ""
        self._draw(view)

    def _draw(self, view: LogView) -> None:
        rule = self.query_one("#source" if view is self.main else "#kept-source", Rule)
        title, note = self._titles[view], view.footer or self._notes[view]
        if self.is_split:
            title = shortened_middle(("› " if view is self.in_use else "") + title, HALF_TITLE)
            note = shortened(note, rule.size.width - HALF_TITLE - 10)  # on half a screen the count is worth more
        rule.show(title, note)
