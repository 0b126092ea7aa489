"""Where a person types what to search for, below the view in which it is searched."""

from __future__ import annotations

from textual.widgets import Input

from tui.screens.log_view import LogView

SEARCH = "search a text, or ~ and a pattern"
FILTER = "show only lines with this text, or ~ and a pattern"


class SearchBox(Input):
    """Hidden until it is asked; `filters`: only what is found is then to be shown."""

    def __init__(self) -> None:
        super().__init__(id="search", compact=True, select_on_focus=True)
        self._view: LogView | None = None
        self._filters = False

    def ask(self, view: LogView, *, filters: bool) -> None:
        """Let the person type what to search for in this view."""
        self._view, self._filters = view, filters
        self.placeholder, self.display = FILTER if filters else SEARCH, True
        self.focus()

    def leave(self) -> None:
        self.display = False
        self.screen.set_focus(self._view)

    def on_input_submitted(self) -> None:
        """Search for what was typed."""
        self.leave()
        if self._view is not None:
            self._view.find(self.value, filters=self._filters)
