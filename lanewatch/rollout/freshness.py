"""How old is too old: every age on the screen is judged here, from now, by how often its authority is asked.

CONTRACTS 5 and reliability reference 2.3. An unreachable read confirms nothing. Final facts do not age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    GITOPS,
    MIRROR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Fact,
    Moment,
    Quality,
    Seen,
)

ACTIVE_SECONDS = 10.0  # while its stage runs a fact is confirmed at least this often
RESTING_SECONDS = 30.0  # an ended stage while others of its lane still run
# How often at least an authority is asked once the whole lane has ended; its own period is read from here. A finished
# lane costs one request in ten seconds; what streams tell of it comes at once, and so does a branch that moves. The
# last two ask streams for the most part: oftener than silence makes a resting stage unknown, so that a lane that
# begins to move again is no moment unknown.
IDLE_SECONDS: Mapping[str, float] = {
    MIRROR: 600.0,
    ACTIONS: 600.0,
    PLAN: 600.0,
    PROVENANCE: 600.0,
    TEKTON: 120.0,
    GITOPS: 240.0,
    ARGO: 80.0,
    RUNTIME: 80.0,
}
READ_SECONDS = 5.0  # what one read may take


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Ages in seconds above which a fact is ageing, stale, and its stage unknown."""

    ageing: float
    stale: float
    unknown: float


def thresholds(period: float) -> Thresholds:
    """For facts asked every `period` seconds: one read late, one lost, two lost. 10 s gives 16, 25 and 35 s."""
    return Thresholds(period + READ_SECONDS + 1, 2 * period + READ_SECONDS, 3 * period + READ_SECONDS)


class Rest(Enum):
    """How far a stage has come to rest, and so how often its authority is asked."""

    NONE = "none"  # it has not ended
    STAGE = "stage"  # it has ended, another of its lane has not
    LANE = "lane"  # the whole lane has ended


_WHILE_LANE_RUNS = {Rest.NONE: thresholds(ACTIVE_SECONDS), Rest.STAGE: thresholds(RESTING_SECONDS)}
_IDLE = {authority: thresholds(period) for authority, period in IDLE_SECONDS.items()}


def thresholds_of(authority: str, rest: Rest) -> Thresholds:
    return _IDLE[authority] if rest is Rest.LANE else _WHILE_LANE_RUNS[rest]


def age_of(seen: Seen | None, now: Moment) -> float | None:
    """Seconds since the authority last answered; None when it never did."""
    return None if seen is None or seen.last_ok_at is None else max(0.0, now.steady - seen.last_ok_at.steady)


def quality_at(fact: Fact, age: float | None, limits: Thresholds) -> Quality:
    """The fact's own quality, or ageing or stale where its age is worse. A fact without a value has nothing to age."""
    if fact.final or age is None or fact.quality not in (Quality.GOOD, Quality.ESTIMATED, Quality.ABSENT):
        return fact.quality
    if age > limits.stale:
        return Quality.STALE
    return Quality.AGEING if age > limits.ageing else fact.quality
