"""A view on many lines: draws only the rows on the screen, scrolls or wraps, searches."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar, Protocol

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.painting import painted

HIT_STYLE = "reverse"
CURRENT_STYLE = "bold reverse $accent"
SIDE_STEP = 16  # cells that one press to the side scrolls


class Lines(Protocol):
    """What is viewed: may be a tuple in memory or pages read from a file. No line holds a line break."""

    def __len__(self) -> int: ...

    def line(self, index: int) -> Content: ...


class TextLines:
    """Plain texts in memory as Lines."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def line(self, index: int) -> Content:
        return Content(self._texts[index].expandtabs(8))


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows `Lines`. Says `Searched` after each search and each step from hit to hit."""

    DEFAULT_CSS = """
    LinesView { height: 1fr; scrollbar-size: 0 1; overflow-y: scroll; overflow-x: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", id="scroll.up", show=False),
        Binding("down,j", "scroll_down", "down", id="scroll.down", show=False),
        Binding("left", "aside(-1)", "left", id="scroll.left", show=False),
        Binding("right", "aside(1)", "right", id="scroll.right", show=False),
        Binding("pageup,ctrl+u", "page_up", "page up", id="scroll.page-up", show=False),
        Binding("pagedown,space,ctrl+d", "page_down", "page down", id="scroll.page-down", show=False),
        Binding("g", "top", "top", id="scroll.top", show=False),
        Binding("G", "bottom", "bottom", id="scroll.bottom", show=False),
        Binding("w", "wrap", "wrap long lines", id="view.wrap"),
        Binding("n", "step(1)", "next hit", id="search.next"),
        Binding("N", "step(-1)", "previous hit", id="search.previous"),
    ]

    class Searched(Message):
        """`hit` is 1 … `hits`, 0 when nothing was found or nothing is searched."""

        def __init__(self, query: str, hit: int, hits: int) -> None:
            super().__init__()
            self.query, self.hit, self.hits = query, hit, hits

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Lines = TextLines(())
        self._wraps = False
        self._ends: array[int] | None = None  # when wrapping: the row after the last one of each line
        self._query = ""
        self._hits: list[int] = []  # line numbers
        self._hit = -1

    @property
    def lines(self) -> Lines:
        """What is viewed."""
        return self._lines

    @property
    def wraps(self) -> bool:
        return self._wraps

    def show(self, lines: Lines) -> None:
        """View other lines, or the same ones grown; position, wrapping and search stay."""
        self._lines = lines
        self._measure()
        if self._query:
            self._hits = self._found()
            self._hit = min(self._hit, len(self._hits) - 1)

    def in_view(self) -> list[tuple[int, str]]:
        """The lines that are on the screen, each with its number from 0; each once, however often it is wrapped."""
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        rows = range(top, min(bottom, self.virtual_size.height))
        lines = dict.fromkeys(self._line_at(row)[0] for row in rows) if len(self._lines) else {}
        return [(line, self._lines.line(line).plain) for line in lines]

    def search(self, query: str) -> None:
        """Find a text literally, without regard to case unless it has capitals; "" ends the search."""
        self._query = query
        self._hits = self._found()
        here = self._line_at(self.scroll_offset.y)[0] if len(self._lines) else 0
        self._hit = next((index for index, line in enumerate(self._hits) if line >= here), 0) if self._hits else -1
        self._land()

    def action_step(self, step: int) -> None:
        if self._hits:
            self._hit = (self._hit + step) % len(self._hits)
            self._land()

    def action_wrap(self) -> None:
        top = self._line_at(self.scroll_offset.y)[0] if len(self._lines) else 0
        self._wraps = not self._wraps
        self._measure()
        self.scroll_to(x=0, y=self._row_of(top), animate=False, force=True)

    def action_top(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_aside(self, direction: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + direction * SIDE_STEP, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        self._measure()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.visual_style
        row = y + self.scroll_offset.y
        if not width or row >= self.virtual_size.height or not len(self._lines):
            return Strip.blank(self.size.width, base.rich_style)
        index, part = self._line_at(row)
        left = part * width if self._wraps else self.scroll_offset.x
        content = self._marked(index)
        strip = painted(content, max(content.cell_length, left + width), base, self._get_style)
        return strip.crop(left, left + width)

    def _measure(self) -> None:
        """How many rows and columns there are; counted once for each width, so that a scroll step costs nothing."""
        width = self.scrollable_content_region.width
        if not width:
            return
        lengths = [cell_len(self._lines.line(index).plain) for index in range(len(self._lines))]
        if self._wraps:
            self._ends = array("Q", accumulate(max(-(-length // width), 1) for length in lengths))
            self.virtual_size = Size(width, self._ends[-1] if self._ends else 0)
        else:
            self._ends = None
            self.virtual_size = Size(max(lengths, default=0), len(lengths))
        self.refresh()

    def _line_at(self, row: int) -> tuple[int, int]:
        """The line shown in a row, and which of its wrapped parts."""
        if self._ends is None:
            return min(row, len(self._lines) - 1), 0
        index = min(bisect_right(self._ends, row), len(self._lines) - 1)
        return index, row - (self._ends[index - 1] if index else 0)

    def _row_of(self, line: int) -> int:
        return line if self._ends is None or line == 0 else self._ends[line - 1]

    def _found(self) -> list[int]:
        if not self._query:
            return []
        exact = self._query != self._query.lower()
        texts = (self._lines.line(index).plain for index in range(len(self._lines)))
        return [index for index, text in enumerate(texts) if self._query in (text if exact else text.lower())]

    def _land(self) -> None:
        """Bring the current hit into view, and tell."""
        if self._hits:
            row = self._row_of(self._hits[self._hit])
            if not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
                self.scroll_to(y=row - self.size.height // 3, animate=False)
        self.refresh()
        self.post_message(self.Searched(self._query, self._hit + 1, len(self._hits)))

    def _marked(self, index: int) -> Content:
        content = self._lines.line(index)
        if not self._query:
            return content
        exact = self._query != self._query.lower()
        text = content.plain if exact else content.plain.lower()
        current = bool(self._hits) and self._hits[self._hit] == index
        start = text.find(self._query)
        while start >= 0:
            content = content.stylize(CURRENT_STYLE if current else HIT_STYLE, start, start + len(self._query))
            start = text.find(self._query, start + len(self._query))
        return content
