"""The timeline: one row a stage, all bars on one axis, a cursor that stays with its stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from widgets.bar import Axis, Bar, drawn, labels
from widgets.canvas import Canvas
from widgets.painting import fitted

WORD_FROM_WIDTH = 110  # narrower: the state word joins what the row says
ROOMY_FROM_WIDTH = 72  # narrower: used, budget and age move closer together
NAME_WIDTH = 20


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """What one row shows. Styles are Textual style texts; `bracket` joins rows that share one budget."""

    id: str
    glyph: str
    word: str
    style: str
    name: str
    bar: Bar | None
    used: str
    budget: str
    used_style: str
    bracket: str
    says: str
    says_style: str
    age: str
    age_style: str
    tells_word: bool = False  # the state is news: say its word even where there is no column for it


@dataclass(frozen=True, slots=True)
class Columns:
    """The width of each column, for one width of the whole. Between used and says stands " ┐ "."""

    roomy: bool
    name: int
    word: int
    bar: int
    used: int
    says: int
    age: int

    @staticmethod
    def fit(width: int, names: Sequence[str]) -> Columns:
        roomy = width >= ROOMY_FROM_WIDTH
        name = min(max((cell_len(name) for name in names), default=8), NAME_WIDTH)
        word = 10 if width >= WORD_FROM_WIDTH else 0
        used, age = (13 if word else 11, 5) if roomy else (9, 4)
        left = max(width - 3 - name - 1 - word - used - 3 - age - 1, 8)
        bar = left // 2 if word else left * 2 // 5  # where room is short, words tell more than the bars
        return Columns(roomy, name, word, bar, used, left - bar, age)


class Timeline(Canvas, can_focus=True, inherit_bindings=False):
    """Rows of stages. Says `Moved` when the cursor lands on another stage, `Chosen` when one is to be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "previous stage", id="row.up", show=False),
        Binding("down,j", "move(1)", "next stage", id="row.down", show=False),
        Binding("g", "move_to(0)", "first stage", id="row.top", show=False),
        Binding("G", "move_to(-1)", "last stage", id="row.bottom", show=False),
        Binding("enter", "choose", "open the stage", id="row.open", show=False),
    ]

    class Moved(Message):
        def __init__(self, stage_id: str) -> None:
            super().__init__()
            self.stage_id = stage_id

    class Chosen(Moved):
        pass

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._axis = Axis(1.0)
        self._rows: tuple[TimelineRow, ...] = ()
        self._cursor = ""
        self._chosen = False  # whether a person put the cursor where it is
        self._labelled = True
        self._empty = ""
        self._ahead = 0.0  # seconds by which open bars are drawn longer than they were told

    @property
    def cursor(self) -> str:
        """The id of the stage under the cursor, "" while there is none."""
        return self._cursor

    def show(
        self, axis: Axis, rows: tuple[TimelineRow, ...], *, labelled: bool = True, empty: str = "", matters: str = ""
    ) -> None:
        """Draw these rows; a cursor that a person moved stays on its stage, else it is on the one that `matters`.

        `labelled`: with a first row of times and column names. `empty` is what is said where there is no row.
        """
        self._axis, self._rows, self._labelled, self._empty, self._ahead = axis, rows, labelled, empty, 0.0
        shown = [row.id for row in rows]
        if not self._chosen and matters in shown:
            self._cursor = matters
        elif shown and self._cursor not in shown:
            self._cursor = shown[0]
        self.repaint()

    def advance(self, seconds: float) -> None:
        """Draw the open bars so many seconds longer than they were told, so that they move between two tellings."""
        if any(row.bar is not None and row.bar.open for row in self._rows):
            self._ahead = seconds
            self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        if not self._rows and self._empty:
            return [Content(f"   {self._empty}").stylize("$text-muted")]
        columns = Columns.fit(width, [row.name for row in self._rows])
        head = [self._head(columns)] if self._labelled else []
        return [*head, *(self._row(row, columns) for row in self._rows)]

    def select(self, stage_id: str) -> None:
        """Put the cursor on a stage; an id that is not shown changes nothing."""
        if all(row.id != stage_id for row in self._rows):
            return
        self._chosen = True
        if stage_id != self._cursor:
            self._cursor = stage_id
            self.repaint()
            self.post_message(self.Moved(stage_id))
            if self.max_scroll_y > 0:  # more stages than rows: keep the chosen one in the middle
                self.scroll_to(y=self._index() + self._labelled - self.size.height // 2, animate=False)

    def action_move(self, step: int) -> None:
        if self._rows:
            self.select(self._rows[min(max(self._index() + step, 0), len(self._rows) - 1)].id)

    def action_move_to(self, index: int) -> None:
        if self._rows:
            self.select(self._rows[index].id)

    def action_choose(self) -> None:
        if self._cursor:
            self.post_message(self.Chosen(self._cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y - self._labelled
        if 0 <= index < len(self._rows):
            self.select(self._rows[index].id)
            if event.chain == 2:
                self.action_choose()

    def _grown(self, bar: Bar | None) -> Bar | None:
        return bar if bar is None or not bar.open else replace(bar, end=bar.end + self._ahead)

    def _index(self) -> int:
        return next((index for index, row in enumerate(self._rows) if row.id == self._cursor), 0)

    def _head(self, columns: Columns) -> Content:
        return Content.assemble(
            "   ",
            fitted("stage", columns.name + 1 + columns.word),
            labels(self._axis, columns.bar, gap=3),
            fitted("used / budget" if columns.used >= 13 else "used", columns.used, right=True),
            "   ",
            fitted("says", columns.says),
            fitted("age", columns.age, right=True),
        ).stylize("$text-muted")

    def _row(self, row: TimelineRow, columns: Columns) -> Content:
        chosen = row.id == self._cursor
        says = (
            row.says
            if columns.word
            else f"{row.word}: {row.says}"
            if row.tells_word and row.says
            else row.says or row.word
        )
        used = f"{row.used} / {row.budget}" if columns.roomy else f"{row.used}/{row.budget}"
        content = Content.assemble(
            ("›" if chosen else " ", "bold $accent"),
            (row.glyph + " ", row.style),
            (fitted(row.name, columns.name + 1), "bold" if chosen else ""),
            (fitted(row.word, columns.word), row.style),
            drawn(self._grown(row.bar), self._axis, columns.bar),
            (fitted(used, columns.used, right=True), row.used_style),
            (f" {row.bracket or ' '} ", "$text-muted"),
            (fitted(says, columns.says), row.says_style),
            (fitted(row.age, columns.age, right=True), row.age_style),
        )
        return content.pad_right(1).stylize_before("on $cursor-row") if chosen else content
