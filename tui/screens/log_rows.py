"""Which lines of a log stand in the rows of its view: all, those that match a search, or all but the folded ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lanewatch.logs.log import Log
    from lanewatch.logs.search import Search
    from lanewatch.logs.sections import Section


class LogRows(Protocol):
    """Rows and lines are counted from 0; a row beyond the last one stands for a line beyond the last one."""

    def __len__(self) -> int: ...

    def line_of(self, row: int) -> int: ...

    def row_of(self, line: int) -> int:
        """The row of a line; where it is not shown, of the one that stands for it."""
        ...


class AllRows:
    """Every line."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __len__(self) -> int:
        return len(self._log)

    def line_of(self, row: int) -> int:
        return row

    def row_of(self, line: int) -> int:
        return line


class MatchRows:
    """The lines in which a search stands, as far as it has searched; for another line stands the next hit."""

    def __init__(self, log: Log, search: Search) -> None:
        self._log, self._search = log, search

    def __len__(self) -> int:
        return self._search.hits

    def line_of(self, row: int) -> int:
        found = self._search.lines(row, 1)
        return found[0] if found else len(self._log)

    def row_of(self, line: int) -> int:
        return max(0, min(self._search.number(line), len(self) - 1))


class FoldedRows:
    """All lines but those of folded sections, of which only the first is shown; it stands for the others."""

    def __init__(self, log: Log, folded: Sequence[Section]) -> None:
        self._log = log
        self._starts = [section.first + 1 for section in folded]  # where the hidden lines begin
        self._sizes = [section.end - section.first - 1 for section in folded]
        self._is_open = bool(folded) and folded[-1].is_open
        self._before = [0, *accumulate(self._sizes)]  # lines that are hidden before each section

    @property
    def hidden(self) -> int:
        last = len(self._log) - self._starts[-1] - self._sizes[-1] if self._is_open else 0
        return self._before[-1] + last

    def __len__(self) -> int:
        return len(self._log) - self.hidden

    def line_of(self, row: int) -> int:
        firsts = [start - before for start, before in zip(self._starts, self._before, strict=False)]
        index = bisect_right(firsts, row)
        if self._is_open and index == len(self._starts):
            return len(self._log) + row - len(self)
        return row + self._before[index]

    def row_of(self, line: int) -> int:
        index = bisect_right(self._starts, line) - 1
        if index < 0:
            return line
        is_last = index == len(self._starts) - 1
        if line < self._starts[index] + self._sizes[index] or (self._is_open and is_last and line < len(self._log)):
            return self._starts[index] - 1 - self._before[index]
        return line - self._before[index + 1] if line < len(self._log) else len(self)


class FoundRows:
    """A search of the log engine in the rows of a view; what is found is what was searched so far."""

    def __init__(self, search: Search, rows: LogRows) -> None:
        self._search, self._rows = search, rows

    @property
    def hits(self) -> int:
        return self._search.hits

    def following(self, row: int) -> int | None:
        line = self._search.following(self._rows.line_of(row))
        return None if line is None else self._rows.row_of(line)

    def preceding(self, row: int) -> int | None:
        line = self._search.preceding(self._rows.line_of(row))
        return None if line is None else self._rows.row_of(line)

    def number(self, row: int) -> int:
        return self._search.number(self._rows.line_of(row))

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        return self._search.finder.spans(text)
