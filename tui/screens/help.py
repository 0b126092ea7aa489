"""Help: the keys that work on the screen below it, and what its glyphs mean. Read from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.keys import format_key
from textual.screen import ModalScreen, Screen

from tui.look import BASELINE, END_TO_END, LANE, QUALITY, STAGE, Mark
from tui.screens.fact_lines import ContentLines
from widgets.bar import BUDGET_END, OVERRUN, TRACK
from widgets.lines import Choice, ChoiceLine, Rule
from widgets.lines_view import LinesView

KEY_WIDTH = 22
MARKS_A_ROW = 3
KEYS = (Choice("close", "esc", "close"),)


def working_keys(screen: Screen[object]) -> list[tuple[str, str]]:
    """The keys that do something on this screen now, with what they do; keys for one action are joined."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and active.binding.id:
            found.setdefault((active.binding.id, active.binding.description), []).append(key_name(key))
    stages = [keys[0] for (id_, _), keys in found.items() if id_.startswith("stage.")]
    rows = [(" ".join(keys), says) for (id_, says), keys in found.items() if not id_.startswith("stage.")]
    return [*rows, (f"{stages[0]}-{stages[-1]}", "go to that stage")] if stages else rows


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """Over the screen whose keys it lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1", "close", "close the help", id="help.close"),
    ]
    CSS_PATH = "help.tcss"

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._lines = ContentLines(list(_lines(below)))  # now: over that screen other keys work

    def compose(self) -> ComposeResult:
        yield Rule("keys that work here")
        yield LinesView(id="text")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one(LinesView).show(self._lines)
        self.query_one(ChoiceLine).show(KEYS)
        self.query_one(LinesView).focus()

    def action_close(self) -> None:
        self.dismiss()

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        await self.run_action(message.choice_id)


def key_name(key: str) -> str:
    return "enter" if key == "enter" else format_key(key)


def _lines(below: Screen[object]) -> Iterable[Content]:
    for keys, says in working_keys(below):
        yield Content.assemble(" ", (keys.ljust(KEY_WIDTH), "bold $accent"), says)
    for title, marks in (("stages", STAGE.values()), ("lane", LANE.values()), ("values", QUALITY.values())):
        yield Content("")
        yield from _glyphs(title, list(marks))
    yield Content("")
    yield Content.assemble((" bars".ljust(KEY_WIDTH + 1), "$text-muted"), f"█ used   {TRACK} left of the budget   ")
    yield Content(" " * (KEY_WIDTH + 1) + f"{BUDGET_END} where the budget ended   {OVERRUN} over it")
    yield Content(
        " " * (KEY_WIDTH + 1) + f"{BASELINE} baseline   {END_TO_END} end-to-end budget   ┐┘ one shared budget"
    )


def _glyphs(title: str, marks: list[Mark]) -> Iterable[Content]:
    for start in range(0, len(marks), MARKS_A_ROW):
        head = (f" {title if start == 0 else ''}".ljust(KEY_WIDTH + 1), "$text-muted")
        row = marks[start : start + MARKS_A_ROW]
        yield Content.assemble(head, *((f"{mark.glyph} {mark.word}".ljust(16), mark.style) for mark in row))
