"""A table of rows to pick from: columns as wide as they must be, a cursor that stays with its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from widgets.canvas import Canvas
from widgets.painting import fitted, shortened

GAP = 2


@dataclass(frozen=True, slots=True)
class Pick:
    """One row: its id, and a text with its style for each column."""

    id: str
    cells: tuple[tuple[str, str | Style], ...]


@dataclass(frozen=True, slots=True)
class PickColumns:
    """`titles`: "" for none. `flexible`: the column that takes what room there is. `right`: those aligned right."""

    titles: tuple[str, ...]
    flexible: int
    right: frozenset[int] = frozenset()
    least: int = 8  # cells that the flexible column keeps; columns behind it go for that, the last one first


class PickList(Canvas, can_focus=True, inherit_bindings=False):
    """Says `Picked` when a row is to be taken, `Moved` when the cursor is on another one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "previous row", id="row.up", show=False),
        Binding("down,j", "move(1)", "next row", id="row.down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "page up", id="scroll.page-up", show=False),
        Binding("pagedown,space,ctrl+d", "page(1)", "page down", id="scroll.page-down", show=False),
        Binding("g", "move_to(0)", "first row", id="row.top", show=False),
        Binding("G", "move_to(-1)", "last row", id="row.bottom", show=False),
        Binding("enter", "pick", "take this row", id="row.open", show=False),
    ]
    DEFAULT_CSS = """
    PickList { height: 1fr; }
    """

    class Moved(Message):
        def __init__(self, pick_id: str) -> None:
            super().__init__()
            self.pick_id = pick_id

    class Picked(Moved):
        pass

    def __init__(self, columns: PickColumns, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._empty = empty
        self._picks: tuple[Pick, ...] = ()
        self._cursor = ""
        self._drawn: dict[Pick, Content] = {}
        self._drawn_for: tuple[int, ...] = ()
        self._widths_for: dict[int, tuple[int, ...]] = {}  # by the width of the whole

    @property
    def cursor(self) -> str:
        """The id of the row under the cursor, "" while there is none."""
        return self._cursor

    def show(self, picks: Sequence[Pick], *, empty: str | None = None) -> None:
        """Draw these rows; the cursor stays on its row, and where that is gone it goes to the first."""
        if tuple(picks) != self._picks:
            self._picks, self._widths_for = tuple(picks), {}
        self._empty = self._empty if empty is None else empty
        if all(pick.id != self._cursor for pick in self._picks):
            self._cursor = self._picks[0].id if self._picks else ""
        self.repaint()

    def select(self, pick_id: str) -> None:
        if pick_id != self._cursor and any(pick.id == pick_id for pick in self._picks):
            self._cursor = pick_id
            self.repaint()
            self._reveal()
            self.post_message(self.Moved(pick_id))

    def rows(self, width: int) -> Sequence[Content]:
        widths = self._widths_for.get(width) or self._widths(width)
        self._widths_for[width] = widths
        head = [self._head(widths)] if any(self._columns.titles) else []
        if not self._picks:
            return [*head, Content(f" {self._empty}").stylize("$text-muted")]
        if widths != self._drawn_for:
            self._drawn, self._drawn_for = {}, widths
        self._drawn = {pick: self._drawn.get(pick) or self._row(pick, widths) for pick in self._picks}
        return [*head, *(self._marked(pick, width) for pick in self._picks)]

    def action_move(self, step: int) -> None:
        if self._picks:
            self.select(self._picks[min(max(self._index() + step, 0), len(self._picks) - 1)].id)

    def action_page(self, direction: int) -> None:
        self.action_move(direction * max(self.size.height - 1, 1))

    def action_move_to(self, index: int) -> None:
        if self._picks:
            self.select(self._picks[index].id)

    def action_pick(self) -> None:
        if self._cursor:
            self.post_message(self.Picked(self._cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y - any(self._columns.titles)
        if 0 <= index < len(self._picks):
            self.select(self._picks[index].id)
            if event.chain == 2:
                self.action_pick()

    def _index(self) -> int:
        return next((index for index, pick in enumerate(self._picks) if pick.id == self._cursor), 0)

    def _reveal(self) -> None:
        row, top, height = self._index() + any(self._columns.titles), self.scroll_offset.y, self.size.height
        if not top <= row < top + height:
            self.scroll_to(y=max(row - (height - 1 if row >= top + height else 1), 0), animate=False)

    def _widths(self, width: int) -> tuple[int, ...]:
        """As wide as the widest cell; the flexible column takes the rest, and the last ones go where none is left."""
        columns = self._columns
        widths = [cell_len(title) for title in columns.titles]
        for pick in self._picks:
            widths = [max(wide, cell_len(text)) for wide, (text, _) in zip(widths, pick.cells, strict=True)]
        while len(widths) > columns.flexible + 1:
            if self._room(widths, width) >= columns.least:
                break
            widths.pop()
        widths[columns.flexible] = max(self._room(widths, width), 1)
        return tuple(widths)

    def _room(self, widths: Sequence[int], width: int) -> int:
        fixed = sum(wide for column, wide in enumerate(widths) if column != self._columns.flexible)
        return width - 2 - fixed - GAP * (len(widths) - 1)

    def _head(self, widths: tuple[int, ...]) -> Content:
        cells = [
            fitted(title, wide, right=column in self._columns.right)
            for column, (title, wide) in enumerate(zip(self._columns.titles, widths, strict=False))
        ]
        return Content(" " + (" " * GAP).join(cells)).stylize("$text-muted")

    def _row(self, pick: Pick, widths: tuple[int, ...]) -> Content:
        parts: list[str | tuple[str, str | Style]] = [" "]
        for column, (wide, (text, style)) in enumerate(zip(widths, pick.cells, strict=False)):
            parts.append(" " * (GAP if column else 0))
            parts.append((fitted(shortened(text, wide), wide, right=column in self._columns.right), style))
        return Content.assemble(*parts)

    def _marked(self, pick: Pick, width: int) -> Content:
        row = self._drawn[pick]
        if pick.id != self._cursor:
            return row
        marked = Content.assemble(("›", "bold $accent"), row[1:])
        return marked.pad_right(width - marked.cell_length).stylize_before("on $cursor-row")
