"""A time axis and the bars on it, drawn with eighths of a cell. Pure: seconds in, Content out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from textual.content import Content

EIGHTHS = " ▏▎▍▌▋▊▉█"
RIGHT_HALF = "▐"
OVERRUN = "▓"
TRACK = "░"
BUDGET_END = "┃"
TICK_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICK_ROOM = 6  # cells from one label to the next


@dataclass(frozen=True, slots=True)
class Line:
    """A vertical line through the whole timeline at one second, such as the end-to-end budget."""

    seconds: float
    glyph: str
    style: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `limit` seconds, left to right."""

    limit: float
    lines: tuple[Line, ...] = ()

    def eighth(self, seconds: float, width: int) -> int:
        """The position of a second in eighths of a cell, within 0 … 8 × width."""
        share = seconds / self.limit if self.limit > 0 else 0.0
        return round(min(max(share, 0.0), 1.0) * width * 8)

    def cell(self, seconds: float, width: int) -> int:
        return min(self.eighth(seconds, width) // 8, width - 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of time. `budget_end`: the second at which its budget is used up; `open`: it still grows."""

    start: float
    end: float
    style: str
    budget_end: float | None = None
    open: bool = False
    over_style: str = ""
    track_style: str = ""


def labels(axis: Axis, width: int, gap: int = 0) -> Content:
    """The numbers under which the bars stand: as many as there is room for before the last `gap` cells."""
    cells = [" "] * width
    step = next((step for step in TICK_STEPS if step / axis.limit * width >= TICK_ROOM), math.ceil(axis.limit) or 1)
    for index in range(int(axis.limit // step) + 1):
        text = "0s" if index == 0 else str(index * step)
        at = axis.cell(index * step, width)
        if at + len(text) <= width - gap:
            cells[at : at + len(text)] = text
    return Content("".join(cells))


def drawn(bar: Bar | None, axis: Axis, width: int) -> Content:
    """The bar on its axis in exactly `width` cells; where it is empty, the vertical lines of the axis shine through."""
    cells = [(" ", "")] * width
    for line in axis.lines:
        if line.seconds <= axis.limit:
            cells[axis.cell(line.seconds, width)] = (line.glyph, line.style)
    if bar is not None:
        _track(cells, bar, axis)
        _fill(cells, bar, axis)
    return Content.assemble(*cells).simplify()


def _track(cells: list[tuple[str, str]], bar: Bar, axis: Axis) -> None:
    """What is left of the budget of a bar that still grows, up to its end."""
    width = len(cells)
    if bar.open and bar.budget_end is not None and bar.budget_end > bar.end:
        last = axis.cell(bar.budget_end, width)
        for index in range(axis.cell(bar.end, width), last + 1):
            cells[index] = (TRACK, bar.track_style)
        if bar.budget_end <= axis.limit:
            cells[last] = (BUDGET_END, bar.track_style)


def _fill(cells: list[tuple[str, str]], bar: Bar, axis: Axis) -> None:
    width = len(cells)
    start = min(axis.eighth(bar.start, width), width * 8 - 1)
    end = max(axis.eighth(bar.end, width), start + 1)  # a thing that happened is never invisible
    first, last = start // 8, (end - 1) // 8
    for index in range(first, last + 1):
        cells[index] = (EIGHTHS[8] if index < last else EIGHTHS[end - index * 8], bar.style)
    if start % 8 >= 4:
        cells[first] = (RIGHT_HALF, bar.style)
    if bar.budget_end is not None and bar.end > bar.budget_end:
        limit = axis.cell(bar.budget_end, width)
        for index in range(limit + 1, last + 1):
            cells[index] = (OVERRUN, bar.over_style)
        cells[limit] = (BUDGET_END, bar.over_style)
