"""Rows as they are given, each cut at the width there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from widgets.canvas import ScrollingCanvas


class RowsList(ScrollingCanvas):
    """`empty` is what is said when there is none."""

    def __init__(self, *, empty: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._given: Sequence[Content] = ()
        self._empty = empty

    def show(self, rows: Sequence[Content]) -> None:
        self._given = rows
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        return self._given or [Content(f" {self._empty}").stylize("$text-muted")]
