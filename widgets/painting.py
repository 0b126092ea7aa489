"""Turns rows of Content into strips, and tells which cells of two strips differ. Pure; no widget here."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

ParseStyle = Callable[[str | Style], Style]


def painted(row: Content, width: int, base: Style, parse: ParseStyle) -> Strip:
    """The row as exactly `width` cells on the base style; what is longer is cut."""
    pieces = row.render(base, end="", parse_style=parse)
    strip = Strip([Segment(text, style.rich_style) for text, style in pieces])
    return strip.adjust_cell_length(width, base.rich_style).simplify()


def changed_cells(old: Strip, new: Strip) -> tuple[int, int] | None:
    """The smallest run of cells (start, end) outside which both strips look the same; None: they are the same.

    Sending only these cells keeps a ticking screen at some hundred bytes a second.
    """
    before, after = _cells(old), _cells(new)
    if before == after:
        return None
    shared = min(len(before), len(after))
    start = next((index for index in range(shared) if before[index] != after[index]), shared)
    tail = next((index for index in range(shared - start) if before[-1 - index] != after[-1 - index]), shared - start)
    return start, max(len(before), len(after)) - tail


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Plain text as exactly `width` cells: padded, or cut with an ellipsis."""
    length = cell_len(text)
    if length > width:
        return shortened(text, width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def shortened(text: str, width: int) -> str:
    """Plain text of at most `width` cells, exactly `width` if it had to be cut; a cut ends in an ellipsis."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    kept: list[str] = []
    room = width - 1
    for character in text:
        room -= cell_len(character)
        if room < 0:
            break
        kept.append(character)
    cut = "".join(kept)
    return cut + " " * (width - 1 - cell_len(cut)) + "…"


def _cells(strip: Strip) -> list[tuple[str, object]]:
    """One entry a cell; the second cell of a wide character is an empty one of the same style."""
    cells: list[tuple[str, object]] = []
    for text, style, _ in strip:
        for character in text:
            size = cell_len(character)
            cells.append((character, style))
            cells.extend([("", style)] * (size - 1))
    return cells
