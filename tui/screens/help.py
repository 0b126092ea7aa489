"""Help: the keys that work on the screen below it, and what its glyphs mean. Read from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen

from tui.look import BASELINE, END_TO_END, LANE, QUALITY, STAGE, Mark
from tui.screens.fact_lines import ContentLines
from tui.screens.key_line import key_name
from widgets.bar import BUDGET_END, OVERRUN, TRACK
from widgets.lines import Choice, ChoiceLine, Rule
from widgets.lines_view import LinesView

KEY_WIDTH = 22
TWO_COLUMNS_FROM_WIDTH = 110
MARKS_A_ROW = 3
KEYS = (Choice("close", "esc", "close"), Choice("page", "space", "next page"))
# Ids of bindings that belong in one row: one way and the other.
PAIRS = {
    "row.up": "row.down",
    "row.top": "row.bottom",
    "scroll.up": "scroll.down",
    "scroll.left": "scroll.right",
    "scroll.page-up": "scroll.page-down",
    "scroll.top": "scroll.bottom",
    "pane.next": "pane.previous",
    "search.next": "search.previous",
    "rewind.back": "rewind.forward",
    "rewind.start": "rewind.live",
}
LAST = ("stage", "row", "scroll")  # roots of ids that only move something: known from elsewhere


def working_keys(screen: Screen[object]) -> list[tuple[str, str]]:
    """The keys that do something on this screen now, with what they do: what acts first, what moves last.

    The keys of one action are joined, and so are an action and its opposite.
    """
    found: dict[str, tuple[list[str], str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and active.binding.id:
            keys, _ = found.setdefault(active.binding.id, ([], active.binding.description))
            keys.append(key_name(key))
    if stages := [found.pop(id_) for id_ in list(found) if id_.startswith("stage.")]:
        found["stage"] = ([f"{stages[0][0][0]}-{stages[-1][0][0]}"], "go to that stage")
    for one, other in PAIRS.items():
        if one in found and other in found:
            (keys, says), (more, also) = found[one], found.pop(other)
            found[one] = ([*keys, *more], f"{says}, {also}")
    rows = sorted(found, key=lambda id_: LAST.index(root) if (root := id_.partition(".")[0]) in LAST else -1)
    return [(" ".join(found[id_][0]), found[id_][1]) for id_ in rows]


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """Over the screen whose keys it lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1", "close", "close the help", id="help.close"),
    ]
    CSS_PATH = "help.tcss"

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._rows = working_keys(below)  # now: over that screen other keys work

    def compose(self) -> ComposeResult:
        yield Rule("keys that work here")
        yield LinesView(id="text")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one(ChoiceLine).show(KEYS)
        self.query_one(LinesView).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(LinesView).show(ContentLines(list(_lines(self._rows, event.size.width))))

    def action_page(self) -> None:
        self.query_one(LinesView).action_page_down()

    def action_close(self) -> None:
        self.dismiss()

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        await self.run_action(message.choice_id)


def _lines(rows: list[tuple[str, str]], width: int) -> Iterable[Content]:
    columns = 2 if width >= TWO_COLUMNS_FROM_WIDTH else 1
    height = -(-len(rows) // columns)
    for index in range(height):
        parts = [_key_row(*row, width // columns) for row in rows[index::height]]
        yield Content.assemble(*parts)
    for title, marks in (("stages", STAGE.values()), ("lane", LANE.values()), ("values", QUALITY.values())):
        yield Content("")
        yield from _glyphs(title, list(marks))
    yield Content("")
    yield Content.assemble((" bars".ljust(KEY_WIDTH + 1), "$text-muted"), f"█ used   {TRACK} left of the budget   ")
    yield Content(" " * (KEY_WIDTH + 1) + f"{BUDGET_END} where the budget ended   {OVERRUN} over it")
    yield Content(
        " " * (KEY_WIDTH + 1) + f"{BASELINE} baseline   {END_TO_END} end-to-end budget   ┐┘ one shared budget"
    )


def _key_row(keys: str, says: str, width: int) -> Content:
    row = Content.assemble(" ", (keys.ljust(KEY_WIDTH), "bold $accent"), says)
    return row.pad_right(max(width - row.cell_length, 0))


def _glyphs(title: str, marks: list[Mark]) -> Iterable[Content]:
    for start in range(0, len(marks), MARKS_A_ROW):
        head = (f" {title if start == 0 else ''}".ljust(KEY_WIDTH + 1), "$text-muted")
        row = marks[start : start + MARKS_A_ROW]
        yield Content.assemble(head, *((f"{mark.glyph} {mark.word}".ljust(16), mark.style) for mark in row))
