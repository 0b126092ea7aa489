"""One line of text at the bottom of the screen below: a command, a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input

from widgets.lines import EndsLine


class Prompt(ModalScreen[str | None], inherit_bindings=False):
    """Gives the text, None when left or empty. `words` are offered while typing; right or tab takes the offer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", id="prompt.leave", priority=True),
        Binding("tab", "complete", "take the word that is offered", id="prompt.complete", priority=True),
    ]
    CSS_PATH = "prompt.tcss"

    def __init__(self, sign: str, placeholder: str, words: Sequence[str] = ()) -> None:
        super().__init__()
        self._sign, self._placeholder, self._words = sign, placeholder, list(words)

    def compose(self) -> ComposeResult:
        with Horizontal(id="prompt"):
            yield EndsLine(id="sign")
            suggester = SuggestFromList(self._words, case_sensitive=False) if self._words else None
            yield Input(id="text", placeholder=self._placeholder, compact=True, suggester=suggester, max_length=500)

    def on_mount(self) -> None:
        sign = self.query_one("#sign", EndsLine)
        sign.styles.width = len(self._sign) + 2
        sign.show([Content(self._sign).stylize("bold $accent")])
        self.query_one(Input).focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip() or None)

    def action_complete(self) -> None:
        self.query_one(Input).action_cursor_right()

    def action_leave(self) -> None:
        self.dismiss(None)
