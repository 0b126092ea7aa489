"""A text to read over the screen below, such as the gate's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from widgets.lines import Choice, ChoiceLine, Rule
from widgets.lines_view import LinesView, TextLines


class TextScreen(ModalScreen[None], inherit_bindings=False):
    """Plain lines under a title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close it", id="text.close"),
    ]
    CSS_PATH = "help.tcss"

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title, self._lines = title, tuple(lines)

    def compose(self) -> ComposeResult:
        yield Rule(self._title)
        yield LinesView(id="text")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one(ChoiceLine).show((Choice("close", "esc", "close"),))
        self.query_one(LinesView).focus()
        self.query_one(LinesView).action_wrap()
        self.show(self._lines)

    def show(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)
        self.query_one(LinesView).show(TextLines(self._lines))

    def action_close(self) -> None:
        self.dismiss()

    def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        self.action_close()
