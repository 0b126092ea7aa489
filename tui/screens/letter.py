"""One letter is asked for at the bottom of the screen below: which mark."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from widgets.lines import EndsLine


class Letter(ModalScreen[str | None], inherit_bindings=False):
    """Gives the next key as a character; None for escape and for keys that are none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave it", id="letter.leave", priority=True)]
    DEFAULT_CSS = """
    Letter { align: left bottom; background: transparent; }
    Letter EndsLine { background: $surface; }
    """

    def __init__(self, sign: str, says: str) -> None:
        super().__init__()
        self._sign, self._says = sign, says

    def compose(self) -> ComposeResult:
        yield EndsLine(id="letter")

    def on_mount(self) -> None:
        sign = Content(self._sign).stylize("bold $accent")
        self.query_one(EndsLine).show([sign, Content(self._says)], [Content("esc").stylize("$text-muted")], shrinks=1)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss(event.character if event.is_printable else None)

    def action_leave(self) -> None:
        self.dismiss(None)
