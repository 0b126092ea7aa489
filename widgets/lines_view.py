"""A view on many lines: draws only the rows on the screen, scrolls or wraps, follows what grows, searches."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.finding import Found, FoundInMemory, Lines
from widgets.layouts import MOST_MEASURED, Layout, OneRowEach, Wrapped, WrappedFromTop
from widgets.painting import painted

HIT_STYLE = "reverse"
CURRENT_STYLE = "bold reverse $accent"
SIDE_STEP = 16  # cells that one press to the side scrolls
GONE_TO_STYLE = "underline"  # the line that a key or the mouse went to


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
        self._layout: Layout = OneRowEach(self._lines)
        self._laid_out: tuple[type[Layout], Lines, int, int] | None = None  # what for
        self._widest = 0  # cells of the lines that were shown
        self._query = ""
        self._found: Found | None = None
        self._hit: int | None = None  # the line of the current hit
        self._gone_to: int | None = None

    @property
    def lines(self) -> Lines:
        """What is viewed."""
        return self._lines

    @property
    def wraps(self) -> bool:
        return self._wraps

    @property
    def instead(self) -> str:
        """What is said while there is no line."""
        return ""

    @property
    def is_at_end(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    @property
    def top_line(self) -> int:
        return self._line_at(0)

    @property
    def here(self) -> int:
        """The line that was gone to while it is on the screen, else the one at the top."""
        line = self._gone_to
        return line if line is not None and self._is_in_view(line) else self.top_line

    def show(self, lines: Lines, found: Found | None = None) -> None:
        """View other lines; position, wrapping and a search stay. `found`: the search, where another one made it."""
        self._lines = lines
        self._widest, self._laid_out = 0, None
        self._measure()
        if self._query:
            self._found = found or FoundInMemory(lines, self._query)
            self._tell()

    def grown(self) -> None:
        """The same lines are more now; who went to the end stays there. What fitted the screen begins at its top."""
        at_end = self.is_at_end and self.max_scroll_y > 0
        self._measure()
        if at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def in_view(self) -> list[tuple[int, str]]:
        """The lines that are on the screen, each with its number from 0; each once, however often it is wrapped."""
        shown = dict.fromkeys(self._line_at(y) for y in range(self.size.height))
        return [(line, self._lines.line(line).plain) for line in shown if line < len(self._lines)]

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
            self._hit = _or_first(self._found, self._found.following(self.top_line))
        self._land()

    def go_to(self, line: int) -> None:
        """Bring a line into view, a third from the top; it is marked until another one is gone to."""
        self._gone_to = line
        if not self._is_in_view(line):
            self.scroll_to(y=self._layout.row_of(line) - self.size.height // 3, animate=False, force=True)
        if not self._is_in_view(line):
            self.show_from(line)  # the lines above it are wrapped, and fill the screen
        self.refresh()

    def show_from(self, line: int, above: int = 0) -> None:
        """Bring a line to the top, or below so many rows."""
        self.scroll_to(y=self._layout.row_of(line) - above, animate=False, force=True)

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
        top = self.top_line
        self._wraps = not self._wraps
        self._measure()
        self.scroll_to(x=0, y=self._layout.row_of(top), animate=False, force=True)

    def action_top(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_aside(self, direction: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + direction * SIDE_STEP, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        self._measure()

    def on_click(self, event: events.Click) -> None:
        line = self._line_at(event.y)
        if line < len(self._lines):
            self.go_to(line)

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.visual_style
        line, part = self._layout.at(self.scroll_offset.y, y) if width else (len(self._lines), 0)
        if line >= len(self._lines):
            said = Content(self.instead).wrap(max(width - 2, 8)) if not len(self._lines) else []
            if y >= len(said):
                return Strip.blank(self.size.width, base.rich_style)
            return painted(Content.assemble(" ", said[y]).stylize("$text-muted"), width, base, self._get_style)
        left = part * width if self._is_wrapped else self.scroll_offset.x
        content = self._marked(line)
        if not self._is_wrapped and content.cell_length > self._widest:
            self._widest = content.cell_length
            self.call_later(self._widen)
        strip = painted(content, max(content.cell_length, left + width), base, self._get_style)
        return strip.crop(left, left + width)

    @property
    def _is_wrapped(self) -> bool:
        return not isinstance(self._layout, OneRowEach)

    def _measure(self) -> None:
        """How many rows and columns there are, with the lines that have come since."""
        width, height = self.scrollable_content_region.width, self.size.height
        if not width:
            return
        kind: type[Layout] = OneRowEach
        if self._wraps:
            kind = Wrapped if len(self._lines) <= MOST_MEASURED else WrappedFromTop
        wanted = (kind, self._lines, width, height)
        if wanted != self._laid_out:
            self._lay_out(*wanted)
        self._layout.grow()
        self._resize_virtual()
        self.refresh()

    def _lay_out(self, kind: type[Layout], lines: Lines, width: int, height: int) -> None:
        """Another form of the same lines keeps the line at the top: also where they became too many to measure."""
        top = self.top_line if self._laid_out is not None and self._laid_out[1] is lines else None
        self._laid_out = (kind, lines, width, height)
        if kind is Wrapped:
            self._layout = Wrapped(lines, width)
        elif kind is WrappedFromTop:
            self._layout = WrappedFromTop(lines, width, height)
        else:
            self._layout = OneRowEach(lines)
        if top is not None:
            self._layout.grow()
            self._resize_virtual()
            self.scroll_to(y=self._layout.row_of(top), animate=False, force=True)

    def _resize_virtual(self) -> None:
        self.virtual_size = Size(0 if self._is_wrapped else self._widest, self._layout.rows)

    def _widen(self) -> None:
        """Only the width: there may be more lines by now, and `grown` must find who stood at the end at the end."""
        if not self._is_wrapped:
            self.virtual_size = Size(self._widest, self.virtual_size.height)

    def _line_at(self, y: int) -> int:
        """The line that is shown in a row of the screen; one beyond the last where none is."""
        return self._layout.at(self.scroll_offset.y, y)[0]

    def _rows_above(self, line: int) -> int:
        """How many rows of the screen are above a line that is on it."""
        return self._layout.row_of(line) - self.scroll_offset.y

    def _is_in_view(self, line: int) -> bool:
        return self._line_at(0) <= line <= self._line_at(max(self.size.height - 1, 0))

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
        if index == self._gone_to and index != self._hit:
            content = content.stylize(GONE_TO_STYLE)
        if self._found is None:
            return content
        for start, end in self._found.spans(content.plain):
            content = content.stylize(CURRENT_STYLE if index == self._hit else HIT_STYLE, start, end)
        return content


def _or_first(found: Found, line: int | None) -> int | None:
    """The hit, or where there is none further on, the first of all."""
    return found.following(0) if line is None else line
