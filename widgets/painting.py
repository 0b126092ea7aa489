"""Turns rows of Content into strips, and tells which cells of two strips differ. Pure; no widget here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

CLOSE = 4  # cells: to resend them is cheaper than to move over them

ParseStyle = Callable[[str | Style], Style]


def painted(row: Content, width: int, base: Style, parse: ParseStyle) -> Strip:
    """The row as exactly `width` cells on the base style; what is longer is cut."""
    pieces = row.render(base, end="", parse_style=parse)
    strip = Strip([Segment(text, style.rich_style) for text, style in pieces])
    return strip.adjust_cell_length(width, base.rich_style).simplify()


def changed_cells(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """The runs of cells (start, end) outside which both strips look the same; runs close together are one.

    Sending only these cells keeps a ticking screen at some hundred bytes a second.
    """
    if old == new:
        return []
    before, after = _cells(old), _cells(new)
    length = max(len(before), len(after))
    runs: list[tuple[int, int]] = []
    for index in range(length):
        if before[index : index + 1] == after[index : index + 1]:
            continue
        if runs and index - runs[-1][1] <= CLOSE:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


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
    head = set_cell_size(text, width - 1)
    return head + "…"


def shortened_middle(text: str, width: int) -> str:
    """As `shortened`, but the middle goes: of an identifier both ends tell."""
    if cell_len(text) <= width or width < 6 or not text.isascii():
        return shortened(text, width)
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :]


def _cells(strip: Strip) -> list[tuple[str, object]]:
    """One entry a cell; the second cell of a wide character is an empty one of the same style."""
    cells: list[tuple[str, object]] = []
    for text, style, _ in strip:
        if text.isascii():
            cells.extend(zip(text, repeat(style)))
            continue
        for character in text:
            size = cell_len(character)
            cells.append((character, style))
            cells.extend([("", style)] * (size - 1))
    return cells
