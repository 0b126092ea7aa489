"""The base of every widget that shows rows: it draws Content, scrolls when it must, and resends only changed cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from widgets.painting import changed_cells, painted


class Canvas(ScrollView, can_focus=False, inherit_bindings=False):
    """Rows of Content, one a terminal line. A subclass says the rows for a width, and calls `repaint` on news."""

    DEFAULT_CSS = """
    Canvas { overflow-x: hidden; overflow-y: auto; scrollbar-size: 1 1; height: auto; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._contents: Sequence[Content] = ()
        self._strips: list[Strip] = []
        self._painted_for: tuple[int, Style] | None = None  # what the strips were made for
        self._shown_for: tuple[int, Style] | None = None  # what the terminal was last sent in whole

    def rows(self, width: int) -> Sequence[Content]:
        """What to show in `width` cells: a row that is longer is cut."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw anew; only cells that differ are sent to the terminal."""
        width = self.scrollable_content_region.width
        if not self.is_attached or not width:
            return
        look = (width, self.visual_style)
        old = self._strips
        self._paint(*look)
        self._set_height(width)
        if look != self._shown_for or len(old) != len(self._strips):
            self._shown_for = look
            self.refresh()
            return
        for y, (before, after) in enumerate(zip(old, self._strips, strict=True)):
            for start, end in changed_cells(before, after) if before is not after else ():
                self.refresh(Region(start, y - self.scroll_offset.y, end - start, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        look = (self.scrollable_content_region.width, self.visual_style)
        if look != self._painted_for and look[0]:
            self._paint(*look)
            self._shown_for = look
        line = y + self.scroll_offset.y
        if line < len(self._strips):
            return self._strips[line]
        return Strip.blank(width, self.visual_style.rich_style)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows(width)) if width else 1

    def on_resize(self, event: events.Resize) -> None:
        self.repaint()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painted_for = self._shown_for = None  # a new theme or focus: the old strips have the old colours

    def _paint(self, width: int, base: Style) -> None:
        """Make the strips; a row that says the same in the same styles keeps its own."""
        rows, kept = self.rows(width), self._contents if self._painted_for == (width, base) else ()
        self._strips = [
            self._strips[y] if y < len(kept) and _same(row, kept[y]) else painted(row, width, base, self._get_style)
            for y, row in enumerate(rows)
        ]
        self._contents, self._painted_for = rows, (width, base)

    def _set_height(self, width: int) -> None:
        grown = self.virtual_size.height != len(self._strips)
        self.virtual_size = Size(width, len(self._strips))
        if grown and self.styles.height is not None and self.styles.height.is_auto:
            self.refresh(layout=True)


class ScrollingCanvas(Canvas, can_focus=True, inherit_bindings=False):
    """A canvas that a person scrolls with the same keys as everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", id="scroll.up", show=False),
        Binding("down,j", "scroll_down", "down", id="scroll.down", show=False),
        Binding("pageup,ctrl+u", "page_up", "page up", id="scroll.page-up", show=False),
        Binding("pagedown,space,ctrl+d", "page_down", "page down", id="scroll.page-down", show=False),
        Binding("g", "scroll_home", "top", id="scroll.top", show=False),
        Binding("G", "scroll_end", "bottom", id="scroll.bottom", show=False),
    ]
    DEFAULT_CSS = """
    ScrollingCanvas { height: 1fr; }
    """


def _same(first: Content, second: Content) -> bool:
    """Whether both look alike; Content itself compares texts only."""
    return first is second or (first.plain == second.plain and first.spans == second.spans)
