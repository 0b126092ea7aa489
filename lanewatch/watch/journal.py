"""The append-only sequence of what was read: the one source of everything that is shown, exported or replayed."""

from __future__ import annotations

from collections.abc import Sequence

from lanewatch.rollout.facts import Confirmation, Entry, Observation
from lanewatch.rollout.knowledge import same_words

# A two-hour lane polled every two seconds by eight authorities gives some 30,000 entries, nearly all confirmations of
# about 200 bytes; observations with reports are some 10 KiB. The cap keeps a forgotten window below 100 MB.
MOST_ENTRIES = 50_000


class Journal:
    """Entries in the order they were read. Past the cap the oldest confirmations go first: they change ages only."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._entries: list[Entry] = []
        self._last: dict[str, Observation] = {}
        self._most = most
        self.appended = 0  # how many entries there have ever been; the newest of them are the end of `entries`

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries

    def append(self, observation: Observation) -> Entry:
        """Keep what was read, as a Confirmation where it repeats its authority's last word; gives what was kept."""
        last = self._last.get(observation.authority)
        repeats = last is not None and same_words(last, observation)
        entry: Entry = _confirmation(observation) if repeats else observation
        self._last[observation.authority] = observation
        self._add(entry)
        return entry

    def recall(self, entries: Sequence[Entry]) -> None:
        """Begin with what an earlier run had read."""
        for entry in entries:
            if isinstance(entry, Observation):
                self._last[entry.authority] = entry
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.appended += 1
        if len(self._entries) > self._most:
            self._forget()

    def _forget(self) -> None:
        """Drop the older half's confirmations; where nothing but observations is left, the oldest eighth of those."""
        half = len(self._entries) // 2
        kept = [entry for entry in self._entries[:half] if isinstance(entry, Observation)]
        if len(kept) == half:
            kept = kept[half // 4 :]
        self._entries[:half] = kept


def _confirmation(observation: Observation) -> Confirmation:
    return Confirmation(
        observation.authority, observation.read_at, observation.seconds, observation.cost, observation.skew
    )
