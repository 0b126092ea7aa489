"""The rows of the fault table: how each fault is played, and what came of it.

Each room's faults are in a module of their own (`rows_*.py`); `ROWS` gathers them by id, `IDS` are those of the
reliability reference (section 3), `MISSING` are the ones that no row covers yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

QUIET = "(nothing changes)"


@dataclass(frozen=True, slots=True)
class Observed:
    """What a fault came to: how often it was injected, whatever was made of it, and the line a person saw, or QUIET.

    An injection is counted where it is made: an answer that is not the truth, a server's word, a refused system call, a
    signal to a living process, a closed descriptor, a file that was opened, a clock that was read.
    """

    fired: int
    line: str


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. `play` injects it, proves what must not happen, and gives what was seen."""

    id: str
    what: str
    sees: str  # part of the observed line
    do: str  # what a person does about it
    play: Callable[[Path], Observed]


ROWS: dict[str, Row] = {}


def row(
    id: str, what: str, *, sees: str = QUIET, do: str = "nothing"
) -> Callable[[Callable[[Path], Observed]], object]:
    """Enter a function as the row of this id."""

    def enter(play: Callable[[Path], Observed]) -> object:
        assert id not in ROWS, f"two rows of {id}"
        ROWS[id] = Row(id, what, sees, do, play)
        return play

    return enter


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:02}" for number in range(1, count + 1)]


IDS = (
    *_ids("N", 11),
    *_ids("T", 5),
    *_ids("A", 4),
    *_ids("H", 16),
    *_ids("J", 6),
    *_ids("S", 4),
    *_ids("V", 7),
    *_ids("L", 6),
    *_ids("G", 6),
    *_ids("D", 5),
    *_ids("P", 9),
    *_ids("C", 4),
)
