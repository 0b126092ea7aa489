"""How lines stand in the rows of a view: one row each, or wrapped to its width. Pure; no widget here.

A row is counted from the first row of all; `top` is the row at which the view has been scrolled to, `y` a row of the
screen below it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Protocol

from rich.cells import cell_len

from widgets.finding import Lines

MOST_MEASURED = 2_000  # lines that are measured one by one before they are wrapped: some 20 ms


class Layout(Protocol):
    """`grow` takes in lines that have come since; the others are then immediate."""

    def grow(self) -> None: ...

    @property
    def rows(self) -> int:
        """How many rows there are to scroll through."""
        ...

    def at(self, top: int, y: int) -> tuple[int, int]:
        """The line that is shown there, and which of its parts; a line beyond the last one where none is."""
        ...

    def row_of(self, line: int) -> int:
        """The row in which a line begins, as a place to scroll to."""
        ...


class OneRowEach:
    """Lines that go on to the right: nothing is measured, so any number of them costs nothing."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def grow(self) -> None:
        """They are asked for when they are drawn."""

    @property
    def rows(self) -> int:
        return len(self._lines)

    def at(self, top: int, y: int) -> tuple[int, int]:
        return top + y, 0

    def row_of(self, line: int) -> int:
        return line


class Wrapped:
    """Lines that are measured, each once: every row can be scrolled to."""

    def __init__(self, lines: Lines, width: int) -> None:
        self._lines, self._width = lines, width
        self._ends = array("Q")  # the row after the last one of each line

    def grow(self) -> None:
        for index in range(len(self._ends), len(self._lines)):
            self._ends.append(self.rows + _parts(self._lines, index, self._width))

    @property
    def rows(self) -> int:
        return self._ends[-1] if self._ends else 0

    def at(self, top: int, y: int) -> tuple[int, int]:
        line = bisect_right(self._ends, top + y)
        return line, top + y - (self._ends[line - 1] if line else 0)

    def row_of(self, line: int) -> int:
        return self._ends[min(line, len(self._ends)) - 1] if line and self._ends else 0


class WrappedFromTop:
    """Any number of lines, of which only those on the screen are measured: what is scrolled through are lines.

    Of a line that is higher than the screen the rest cannot be scrolled to.
    """

    def __init__(self, lines: Lines, width: int, height: int) -> None:
        self._lines, self._width, self._height = lines, width, height
        self._fitting = 0  # lines that fill the screen at the end
        self._top = -1
        self._shown: list[tuple[int, int]] = []

    def grow(self) -> None:
        self._top, filled, first = -1, 0, len(self._lines)
        while first > 0 and (filled := filled + _parts(self._lines, first - 1, self._width)) <= self._height:
            first -= 1
        self._fitting = max(len(self._lines) - first, 1)

    @property
    def rows(self) -> int:
        return len(self._lines) - self._fitting + self._height

    def at(self, top: int, y: int) -> tuple[int, int]:
        if top != self._top:
            self._top, self._shown = top, []
        while len(self._shown) <= y:
            line = self._shown[-1][0] + 1 if self._shown else top
            parts = _parts(self._lines, line, self._width) if line < len(self._lines) else 1
            self._shown += [(line, part) for part in range(parts)]
        return self._shown[y]

    def row_of(self, line: int) -> int:
        return line


def _parts(lines: Lines, index: int, width: int) -> int:
    return max(-(-cell_len(lines.line(index).plain) // width), 1)
