"""A view on many lines: draws only the rows on the screen, scrolls or wraps, follows what grows, searches."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.finding import Found, FoundInMemory, Lines
from widgets.painting import painted

HIT_STYLE = "reverse"
CURRENT_STYLE = "bold reverse $accent"
SIDE_STEP = 16  # cells that one press to the side scrolls
MOST_MEASURED = 20_000  # lines whose width is counted: of longer texts only what was shown is known, and none wraps


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
        self._measured = 0  # lines that are counted in `_ends` and `_widest`
        self._width = 0  # the width for which they are
        self._widest = 0
        self._query = ""
        self._found: Found | None = None
        self._hit: int | None = None  # the line of the current hit

    @property
    def lines(self) -> Lines:
        """What is viewed."""
        return self._lines

    @property
    def wraps(self) -> bool:
        return self._wraps

    @property
    def can_wrap(self) -> bool:
        return len(self._lines) <= MOST_MEASURED

    @property
    def query_text(self) -> str:
        return self._query

    def show(self, lines: Lines) -> None:
        """View other lines; position, wrapping and a literal search stay."""
        self._lines = lines
        self._measured = 0
        self._measure()
        if self._query:
            self._found = FoundInMemory(lines, self._query)
            self._tell()

    def grown(self) -> None:
        """The same lines are more now; who stood at the end stays at the end."""
        at_end = self.scroll_offset.y >= self.max_scroll_y
        self._measure()
        if at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def in_view(self) -> list[tuple[int, str]]:
        """The lines that are on the screen, each with its number from 0; each once, however often it is wrapped."""
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        rows = range(top, min(bottom, self.virtual_size.height))
        lines = dict.fromkeys(self._line_at(row)[0] for row in rows) if len(self._lines) else {}
        return [(line, self._lines.line(line).plain) for line in lines]

    def search(self, query: str, found: Found | None = None) -> None:
        """Find a text literally, without regard to case unless it has capitals; "" ends the search.

        `found`: a search that somebody else made, which may still go on; `searched` then says that it went on.
        """
        self._query = query
        self._found = (found or FoundInMemory(self._lines, query)) if query else None
        self._hit = None
        self.searched()

    def searched(self) -> None:
        """More was searched: go to a hit if there was none before."""
        if self._found is not None and self._hit is None and len(self._lines):
            here = self._line_at(self.scroll_offset.y)[0]
            self._hit = _or_first(self._found, self._found.following(here))
        self._land()

    def go_to(self, line: int) -> None:
        """Bring a line into view, a third from the top."""
        row = self._row_of(line)
        if not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=row - self.size.height // 3, animate=False, force=True)

    def action_step(self, step: int) -> None:
        if self._found is None or self._hit is None:
            return
        if step > 0:
            self._hit = _or_first(self._found, self._found.following(self._hit + 1))
        else:
            before = self._found.preceding(self._hit)
            self._hit = self._found.preceding(len(self._lines)) if before is None else before
        self._land()

    def action_wrap(self) -> None:
        top = self._line_at(self.scroll_offset.y)[0] if len(self._lines) else 0
        self._wraps = not self._wraps
        self._measured = 0
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
        left = part * width if self._ends is not None else self.scroll_offset.x
        content = self._marked(index)
        if self._ends is None and content.cell_length > self._widest:
            self._widest = content.cell_length
            self.call_later(self._resize_virtual)
        strip = painted(content, max(content.cell_length, left + width), base, self._get_style)
        return strip.crop(left, left + width)

    def _measure(self) -> None:
        """How many rows and columns there are; each line is counted once a width, so that a step costs nothing."""
        width = self.scrollable_content_region.width
        if not width:
            return
        if width != self._width or self._measured > len(self._lines):
            self._measured = 0
        wraps = self._wraps and self.can_wrap
        if not self._measured or wraps != (self._ends is not None):
            self._measured, self._widest, self._width = 0, 0, width
            self._ends = array("Q") if wraps else None
        for index in range(self._measured, min(len(self._lines), MOST_MEASURED)):
            length = cell_len(self._lines.line(index).plain)
            self._widest = max(self._widest, length)
            if self._ends is not None:
                self._ends.append((self._ends[-1] if self._ends else 0) + max(-(-length // width), 1))
        self._measured = len(self._lines)
        self._resize_virtual()
        self.refresh()

    def _resize_virtual(self) -> None:
        if self._ends is None:
            self.virtual_size = Size(self._widest, len(self._lines))
        else:
            self.virtual_size = Size(self._width, self._ends[-1] if self._ends else 0)

    def _line_at(self, row: int) -> tuple[int, int]:
        """The line shown in a row, and which of its wrapped parts."""
        if self._ends is None:
            return min(row, len(self._lines) - 1), 0
        index = min(bisect_right(self._ends, row), len(self._ends) - 1)
        return index, row - (self._ends[index - 1] if index else 0)

    def _row_of(self, line: int) -> int:
        return line if self._ends is None or line == 0 else self._ends[line - 1]

    def _land(self) -> None:
        """Bring the current hit into view, and tell."""
        if self._hit is not None:
            self.go_to(self._hit)
        self.refresh()
        self._tell()

    def _tell(self) -> None:
        found, hit = self._found, self._hit
        number = found.number(hit) + 1 if found is not None and hit is not None else 0
        self.post_message(self.Searched(self._query, number, found.hits if found is not None else 0))

    def _marked(self, index: int) -> Content:
        content = self._lines.line(index)
        if self._found is None:
            return content
        for start, end in self._found.spans(content.plain):
            content = content.stylize(CURRENT_STYLE if index == self._hit else HIT_STYLE, start, end)
        return content


def _or_first(found: Found, line: int | None) -> int | None:
    """The hit, or where there is none further on, the first of all."""
    return found.following(0) if line is None else line
