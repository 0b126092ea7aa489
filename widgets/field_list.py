"""Named values with how far each can be trusted and how old it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from widgets.canvas import ScrollingCanvas
from widgets.painting import fitted, shortened, shortened_middle

ROOMY_FROM_WIDTH = 46  # narrower: a good value goes without its word, another with its glyph alone if that must be
SOURCE_FROM_WIDTH = 84  # narrower: no column that says who said it
WORD_WIDTH = 14
AGE_WIDTH = 4


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field. `word` is its quality with a glyph, `plain`: the quality goes without saying."""

    name: str
    value: str
    style: str
    word: str
    word_style: str
    age: str
    source: str
    plain: bool


class FieldList(ScrollingCanvas):
    """The fields in their order, one a row."""

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._empty = empty
        self._fields: tuple[FieldRow, ...] = ()

    def show(self, fields: tuple[FieldRow, ...]) -> None:
        self._fields = fields
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        if not self._fields:
            return [Content(f" {self._empty}").stylize("$text-muted")]
        name = max((cell_len(field.name) for field in self._fields), default=0)
        return [self._row(field, name, width) for field in self._fields]

    def _row(self, field: FieldRow, name: int, width: int) -> Content:
        source = (width - name) // 3 if width >= SOURCE_FROM_WIDTH else 0
        left = max(width - 3 - name - source - AGE_WIDTH - 1, 0)  # for the value and the word
        word, word_width = field.word, WORD_WIDTH
        if width < ROOMY_FROM_WIDTH:
            fits = cell_len(field.word) + cell_len(field.value) <= left
            word = "" if field.plain else field.word if fits else field.word[:1]
            word_width = cell_len(word)
        room = max(left - word_width, 0)
        value = shortened(field.value, room) if " " in field.value else shortened_middle(field.value, room)
        return Content.assemble(
            " ",
            (fitted(field.name, name + 1), "$text-muted"),
            (value, field.style),
            " " * (room - cell_len(value) + 1),
            (fitted(field.source, source - 1) + " " if source else "", "$text-muted"),
            (fitted(word, word_width), field.word_style),
            (fitted(field.age, AGE_WIDTH, right=True), "$text-muted"),
        )
