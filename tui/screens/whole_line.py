"""One line of a log over the screen below, whole: however long it is, only what is on the screen is drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from textual.content import Content

from tui.screens.text import TextScreen
from widgets.lines_view import LinesView


class Pieces:
    """Texts cut into pieces of the width, each text beginning a new one."""

    def __init__(self, texts: Sequence[str], width: int) -> None:
        self._texts = [text.expandtabs(8) for text in texts]
        self._width = width if all(text.isascii() for text in self._texts) else width // 2  # wide ones take two cells
        self._ends = list(accumulate(max(-(-len(text) // self._width), 1) for text in self._texts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def line(self, index: int) -> Content:
        text = bisect_right(self._ends, index)
        at = (index - (self._ends[text - 1] if text else 0)) * self._width
        return Content(self._texts[text][at : at + self._width])


class WholeLine(TextScreen):
    """`lines`: the states of a progress line, or the one that there is."""

    def show(self, lines: Sequence[str]) -> None:
        view = self.query_one(LinesView)
        view.show(Pieces(lines, max(view.scrollable_content_region.width, 20)))
