"""Sentences a person must read, each with its mark, wrapped to the width there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from widgets.canvas import ScrollingCanvas


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the list."""

    glyph: str
    style: str
    text: str


class NoteList(ScrollingCanvas):
    """Notes one below the other; `empty` is what is said when there is none."""

    def __init__(self, *, empty: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._notes: tuple[Note, ...] = ()
        self._empty = empty

    def show(self, notes: tuple[Note, ...]) -> None:
        self._notes = notes
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        if not self._notes:
            return [Content(f" {self._empty}").stylize("$text-muted")]
        return [row for note in self._notes for row in _wrapped(note, width)]


def _wrapped(note: Note, width: int) -> list[Content]:
    lines = Content(note.text).wrap(max(width - 4, 8))
    heads = [Content.assemble(" ", (note.glyph, note.style), " "), *[Content("   ")] * (len(lines) - 1)]
    return [head + line for head, line in zip(heads, lines, strict=True)]
