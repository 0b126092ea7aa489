"""Stepping the journal back and forth in time: where a person stands, and the picture as it was known there.

A step is an Observation: something that was said anew. Confirmations in between only moved ages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from lanewatch.rollout.facts import Entry, Knowledge, Observation
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.past import Past
from lanewatch.watch.session import Remembering, Replayed, Session
from tui.showing import PastMark


class Rewind:
    """Live until `back` or `start`; the journal as it was then is walked, while the session goes on recording.

    Whatever may have to fold a long journal is awaited: it folds a stride at a time, and the screen goes on between.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._live = True
        self._past: Past | None = None  # kept while live: what was folded once is not folded again
        self._steps: list[float] = []  # our steady seconds at which something was said anew
        self._here = 0
        self._recorded = 0  # entries when the past was taken

    @property
    def is_live(self) -> bool:
        return self._live

    async def start(self) -> None:
        """To the first thing that was said."""
        await self._take()
        self._here = 0

    async def back(self) -> None:
        if self._live:
            await self._take()
            self._here = len(self._steps)
        self._here = max(self._here - 1, 0)

    async def forward(self) -> None:
        """To the next thing that was said; beyond the last one it is live again."""
        if self._live:
            return
        if self._here + 1 >= len(self._steps):
            here = self._steps[self._here]
            await self._take()
            self._here = sum(step <= here for step in self._steps) - 1
        if self._here + 1 >= len(self._steps):
            self.live()
        else:
            self._here += 1

    def live(self) -> None:
        self._live = True

    def rollout(self) -> Rollout:
        """The picture here."""
        return self._session.rollout if self._shown is None else self._shown.rollout(self._steps[self._here])

    def knowledge(self) -> Knowledge:
        """What was known here."""
        return self._session.knowledge if self._shown is None else self._shown.knowledge(self._steps[self._here])

    def entries(self) -> Sequence[Entry]:
        """What had been read until here."""
        return self._session.entries if self._shown is None else self._shown.until(self._steps[self._here])

    def mark(self) -> PastMark | None:
        """Where this is; None while live."""
        if self._live:
            return None
        ago = self._session.rollout.now.steady - self._steps[self._here]
        news = max(len(self._session.entries) - self._recorded, 0)
        return PastMark(self._here + 1, len(self._steps), max(ago, 0.0), news)

    @property
    def _shown(self) -> Past | None:
        """The past that is walked; None while live."""
        return None if self._live else self._past

    async def _take(self) -> None:
        """Take the journal as it is now, and fold it; what an empty one gives is the live picture."""
        entries, now = tuple(self._session.entries), self._session.rollout.now
        said = [entry.read_at.steady for entry in entries if isinstance(entry, Observation)]
        if said:
            history = self._session.history if isinstance(self._session, Remembering) else ()
            past = self._past
            past = Past(self._session.lane, entries, now, history) if past is None else past.grown(entries, now)
            for _ in past.folding():
                await asyncio.sleep(0)
            self._past, self._live = past, False
        self._recorded = len(entries)
        self._steps = [one for one, after in pairwise([*said, float("inf")]) if one != after]


class RecordedRewind(Rewind):
    """Over a recording: its session itself is moved, and its end is where it is live."""

    def __init__(self, session: Session, recording: Replayed) -> None:
        super().__init__(session)
        self._recording = recording
        said = sorted({one.read_at.steady for one in session.entries if isinstance(one, Observation)})
        self._said = said or [recording.past.end.steady]

    @property
    def is_live(self) -> bool:
        return self._recording.at >= self._recording.past.end.steady

    async def start(self) -> None:
        self._recording.seek(self._said[0])

    async def back(self) -> None:
        earlier = [step for step in self._said if step < self._recording.at]
        self._recording.seek(earlier[-1] if earlier else self._said[0])

    async def forward(self) -> None:
        self._recording.seek(next((step for step in self._said if step > self._recording.at), float("inf")))

    def live(self) -> None:
        self._recording.seek(float("inf"))

    def rollout(self) -> Rollout:
        return self._session.rollout

    def knowledge(self) -> Knowledge:
        return self._session.knowledge

    def entries(self) -> Sequence[Entry]:
        return self._recording.past.until(self._recording.at)

    def mark(self) -> PastMark | None:
        if self.is_live:
            return None
        at = self._recording.at
        return PastMark(
            sum(step <= at for step in self._said), len(self._said), self._recording.past.end.steady - at, 0
        )


def rewind_of(session: Session) -> Rewind:
    return RecordedRewind(session, session) if isinstance(session, Replayed) else Rewind(session)
