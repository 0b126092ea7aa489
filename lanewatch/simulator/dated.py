"""Values that change at known seconds: what held at second `at`?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Dated(Generic[K, V]):
    """Changes by key. Of two changes at the same second the one given later holds."""

    def __init__(self, changes: Iterable[tuple[float, K, V]]) -> None:
        self._changes: dict[K, tuple[list[float], list[V]]] = {}
        for at, key, value in sorted(changes, key=lambda change: change[0]):
            seconds, values = self._changes.setdefault(key, ([], []))
            seconds.append(at)
            values.append(value)

    def get(self, key: K, at: float) -> V | None:
        """The newest value of `key` at `at`; None when it has none yet."""
        past = self.past(key, at)
        return past[-1][1] if past else None

    def past(self, key: K, at: float) -> tuple[tuple[float, V], ...]:
        """Every change of `key` up to and including second `at`, oldest first."""
        seconds, values = self._changes.get(key, ([], []))
        count = bisect_right(seconds, at)
        return tuple(zip(seconds[:count], values[:count], strict=True))

    def __iter__(self) -> Iterator[K]:
        """Every key that ever changes, by its first change."""
        return iter(self._changes)
