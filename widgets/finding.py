"""Searching in lines: what a view asks of a search, and the search over lines that are in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from textual.content import Content


class Lines(Protocol):
    """What is viewed: may be a tuple in memory or pages read from a file. No line holds a line break."""

    def __len__(self) -> int: ...

    def line(self, index: int) -> Content: ...


class Found(Protocol):
    """The lines in which a query stands, as far as they were searched."""

    @property
    def hits(self) -> int: ...

    def following(self, line: int) -> int | None:
        """The first hit at or after `line`."""
        ...

    def preceding(self, line: int) -> int | None:
        """The last hit before `line`."""
        ...

    def number(self, line: int) -> int:
        """How many hits stand before `line`."""
        ...

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        """Where in a shown line the query stands."""
        ...


class FoundInMemory:
    """A literal search; case matters only to a query with capitals."""

    def __init__(self, lines: Lines, query: str) -> None:
        self._query = query
        self._exact = query != query.lower()
        texts = (lines.line(index).plain for index in range(len(lines)))
        self._at = [index for index, text in enumerate(texts) if query in self._folded(text)]

    @property
    def hits(self) -> int:
        return len(self._at)

    def following(self, line: int) -> int | None:
        index = bisect_left(self._at, line)
        return self._at[index] if index < len(self._at) else None

    def preceding(self, line: int) -> int | None:
        index = bisect_left(self._at, line)
        return self._at[index - 1] if index else None

    def number(self, line: int) -> int:
        return bisect_left(self._at, line)

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        folded, spans, start = self._folded(text), [], -1
        while (start := folded.find(self._query, start + 1)) >= 0:
            spans.append((start, start + len(self._query)))
        return spans

    def _folded(self, text: str) -> str:
        return text if self._exact else text.lower()
