"""A journal seen at any instant of its past: what was known then, and the picture of it. Serves rewind and replay."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import timedelta

from lanewatch.rollout.facts import Entry, Knowledge, Moment
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane

STRIDE = 256  # entries between two kept states: a step back folds at most so many, some milliseconds


def _steady(entry: Entry) -> float:
    return entry.read_at.steady


class Past:
    """The entries of a journal until one instant, `end`; instants are our steady seconds."""

    def __init__(self, lane: Lane, entries: Sequence[Entry], end: Moment, history: Sequence[Record] = ()) -> None:
        self._lane = lane
        self._history = history  # what forecasts rest on; it is not part of the journal
        self._entries = tuple(entries)
        self._kept = [Knowledge()]  # after 0, STRIDE, 2 STRIDE … entries, as far as anyone looked
        self.end = end

    @property
    def begin(self) -> float:
        """When the first entry was read."""
        return self._entries[0].read_at.steady if self._entries else self.end.steady

    def folding(self) -> Iterator[None]:
        """Fold what nobody has looked at yet, a stride at a step: fifty thousand entries take half a second."""
        for count in range(STRIDE * len(self._kept), len(self._entries) + 1, STRIDE):
            self._after(count)
            yield

    def grown(self, entries: Sequence[Entry], end: Moment) -> Past:
        """The same journal later; what was folded of it serves on, unless the journal has dropped entries since."""
        later = Past(self._lane, entries, end, self._history)
        last = len(self._entries) - 1
        if last < len(entries) and self._entries and entries[last] is self._entries[last]:
            later._kept = list(self._kept)
        return later

    def until(self, steady: float) -> tuple[Entry, ...]:
        """The entries that had been read at an instant."""
        return self._entries[: self._count(steady)]

    def knowledge(self, steady: float) -> Knowledge:
        """All that was known at an instant."""
        return self._after(self._count(steady))

    def moment(self, steady: float) -> Moment:
        """Both clocks at an instant: as far after the last entry before it as the steady clock says."""
        if steady >= self.end.steady:
            return self.end
        count = self._count(steady)
        known = self._entries[count - 1].read_at if count else self._first()
        return Moment(known.wall + timedelta(seconds=steady - known.steady), steady)

    def rollout(self, steady: float) -> Rollout:
        """The picture as it was drawn then."""
        return picture(self._lane, self.knowledge(steady), self.moment(steady), self._history)

    def _first(self) -> Moment:
        return self._entries[0].read_at if self._entries else self.end

    def _count(self, steady: float) -> int:
        """How many entries had been read; at the end all, in whatever order their clocks stand."""
        return len(self._entries) if steady >= self.end.steady else bisect_right(self._entries, steady, key=_steady)

    def _after(self, count: int) -> Knowledge:
        index = min(count // STRIDE, len(self._kept) - 1)
        known = self._kept[index]
        for number in range(index * STRIDE, count):
            known = learn(known, self._entries[number])
            if (number + 1) % STRIDE == 0 and (number + 1) // STRIDE == len(self._kept):
                self._kept.append(known)
        return known
