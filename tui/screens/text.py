"""A text to read over the screen below, such as the gate's verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen

from tui.screens.fact_lines import ContentLines
from widgets.lines import Choice, ChoiceLine, Rule
from widgets.lines_view import LinesView


def wrapped(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _drawn(line: str, width: int) -> list[Content]:
    """What is not indented is a heading."""
    style = "" if line.startswith(" ") else "bold"
    return [Content(part).stylize(style) for part in wrapped(line, width)]


class TextScreen(ModalScreen[None], inherit_bindings=False):
    """Plain lines under a title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close it", id="text.close"),
        Binding("y", "copy", "copy all of it", id="text.copy"),
    ]
    CSS_PATH = "help.tcss"

    class Wanted(Message):
        """The text is to be put into the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title, self._lines = title, tuple(lines)

    def compose(self) -> ComposeResult:
        yield Rule(self._title)
        yield LinesView(id="text")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one(ChoiceLine).show((Choice("close", "esc", "close"), Choice("copy", "y", "copy")))
        self.query_one(LinesView).focus()
        self.show(self._lines)

    def on_resize(self) -> None:
        self.call_after_refresh(self.show, self._lines)

    def show(self, lines: Sequence[str]) -> None:
        """Wrap the lines at words to the width there is; what wraps stays under the text it belongs to."""
        self._lines = tuple(lines)
        view = self.query_one(LinesView)
        width = view.scrollable_content_region.width
        if not width:
            return  # before the first layout; on_resize comes then
        view.show(ContentLines([part for line in self._lines for part in _drawn(line, max(width, 20))]))

    def action_close(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.post_message(self.Wanted("\n".join(self._lines)))

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        await self.run_action(message.choice_id)
