"""One question with a list of answers over the screen below: a commit, a value to copy, an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from widgets.lines import Choice, ChoiceLine, Rule
from widgets.pick_list import Pick, PickColumns, PickList


class Chooser(ModalScreen[str | None], inherit_bindings=False):
    """Gives the id of the picked row, None when left. `keys` are further ids that a key answers with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "leave it", id="chooser.leave"),
    ]
    CSS_PATH = "chooser.tcss"

    def __init__(
        self, title: str, columns: PickColumns, picks: Sequence[Pick], *, word: str, empty: str = "", note: str = ""
    ) -> None:
        super().__init__()
        self._title, self._columns, self._picks = title, columns, picks
        self._word, self._empty, self._note = word, empty, note

    def compose(self) -> ComposeResult:
        yield Rule(id="title")
        yield PickList(self._columns, empty=self._empty, id="picks")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self._show()
        self.query_one(PickList).focus()
        self.query_one(ChoiceLine).show((Choice("pick", "enter", self._word), Choice("leave", "esc", "leave")))

    def fill(self, picks: Sequence[Pick], note: str = "", *, empty: str | None = None) -> None:
        """What is to be chosen from came after the question was asked."""
        self._picks, self._note, self._empty = picks, note, self._empty if empty is None else empty
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        self.query_one(Rule).show(self._title, self._note)
        self.query_one(PickList).show(self._picks, empty=self._empty)

    def on_pick_list_picked(self, message: PickList.Picked) -> None:
        self.dismiss(message.pick_id)

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.choice_id == "pick":
            self.query_one(PickList).action_pick()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self.dismiss(None)
