"""What this run observed of one authority, as a log: for systems that keep none of their own, and for what changes.

Each line is one fact that an authority said otherwise than before, or one of its events, with our time of reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lanewatch.logs.sources import Asked, Piece
from lanewatch.rollout.facts import ARGO, MIRROR, RUNTIME, Entry, Fact, Observation, Outcome, Quality
from lanewatch.rollout.reports import ApplicationReport

POLL_SECONDS: Final = 1.0
BEGINNINGS: Final = {
    MIRROR: "Gitea offers no log of mirror syncs: this is what was observed of mirror and refs since this run began",
    ARGO: "what was observed of the Application since this run began: operation, resources, conditions, health, events",
    RUNTIME: "what was observed of the workload since this run began",
}

Entries = Callable[[], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class ObservedLog:
    """The observations of `authority` in a journal that grows."""

    authority: str
    entries: Entries

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source. It ends only without `follow`."""
        yield f"{BEGINNINGS.get(self.authority, 'what was observed since this run began')}\n".encode()
        previous: Observation | None = None
        while True:
            for observation in self._after(previous):
                for line in changes(previous, observation):
                    yield f"{observation.read_at.wall:%Y-%m-%dT%H:%M:%S.%f}Z {line}\n".encode()
                previous = observation
            if not asked.follow:
                return
            await asyncio.sleep(POLL_SECONDS)

    def _after(self, previous: Observation | None) -> list[Observation]:
        """Oldest first. The journal forgets its oldest entries, so places in it are no marks."""
        found = []
        for entry in reversed(self.entries()):
            if previous is not None and entry.read_at.steady <= previous.read_at.steady:
                break
            if isinstance(entry, Observation) and entry.authority == self.authority:
                found.append(entry)
        return found[::-1]


def changes(previous: Observation | None, now: Observation) -> Iterator[str]:
    """What `now` says that `previous` did not."""
    if now.outcome is not Outcome.OK:
        if previous is None or (previous.outcome, previous.reason) != (now.outcome, now.reason):
            yield f"not read ({now.outcome}): {now.reason}"
        return
    known = {fact.name: _said(fact) for fact in previous.facts} if previous else {}
    for fact in now.facts:
        if known.get(fact.name) != _said(fact):
            yield f"{fact.name}: {_said(fact)}"
    told = {fact.name for fact in now.facts}
    yield from (f"{name}: no longer told" for name in known if name not in told)
    yield from _new_events(previous, now)


def _new_events(previous: Observation | None, now: Observation) -> Iterator[str]:
    if isinstance(now.report, ApplicationReport):
        before = previous.report.events if previous and isinstance(previous.report, ApplicationReport) else ()
        yield from (f"event: {event}" for event in now.report.events if event not in before)


def _said(fact: Fact) -> str:
    value = (
        ", ".join(fact.value) if isinstance(fact.value, tuple) else "none" if fact.value is None else str(fact.value)
    )
    return (
        value if fact.quality is Quality.GOOD else f"{value} ({fact.quality}{': ' if fact.reason else ''}{fact.reason})"
    )
