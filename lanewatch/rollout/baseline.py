"""Past rollouts summed up: durations against budgets and against the predecessor, and where the time goes. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from lanewatch.rollout.record import Record
from lanewatch.rollout.waits import WAITS, Wait
from lanewatch.spec.lane import Lane
from lanewatch.spec.tables import ARGO, GITOPS


@dataclass(frozen=True, slots=True)
class Series:
    """The durations of one thing, oldest first; None where a rollout has none. Seconds."""

    name: str
    values: tuple[float | None, ...]
    budget: float | None

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def median(self) -> float | None:
        return statistics.median(self.known) if self.known else None

    @property
    def high(self) -> float | None:
        """The 95th percentile by nearest rank: a duration that really happened."""
        ordered = sorted(self.known)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else None

    @property
    def over(self) -> int:
        """How many broke the budget."""
        return 0 if self.budget is None else sum(value > self.budget for value in self.known)


@dataclass(frozen=True, slots=True)
class Share:
    """One kind of waiting: its mean, as what it costs adds up, and the part of all the time that it takes."""

    wait: Wait
    seconds: float
    part: float | None  # of the end-to-end time of the timed rollouts, 0 to 1; None where none is timed
    saved: float  # seconds a rollout, at most, by the change that the wait names


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the last rollouts took."""

    records: tuple[Record, ...]  # oldest first
    total: Series
    stages: tuple[Series, ...]
    shares: tuple[Share, ...]  # the longest first
    follower_seconds: float
    faster: int  # rollouts faster than the predecessor

    @property
    def best_change(self) -> Share | None:
        """The one change that would save most."""
        useful = [share for share in self.shares if share.saved > 0]
        return max(useful, key=lambda share: share.saved, default=None)


def baseline(lane: Lane, records: Sequence[Record], count: int) -> Baseline:
    """Over the newest `count` rollouts."""
    chosen = tuple(sorted(records, key=lambda record: record.ended_at)[-count:])
    total = Series("end to end", tuple(record.elapsed_seconds for record in chosen), lane.end_to_end_seconds)
    return Baseline(
        chosen,
        total,
        tuple(_stages(lane, chosen)),
        _shares(chosen),
        lane.baseline_seconds,
        sum(value < lane.baseline_seconds for value in total.known),
    )


def _stages(lane: Lane, records: Sequence[Record]) -> list[Series]:
    """One row a stage; the two that share a clock have one row, from build done to argo-closeout done."""
    rows = []
    gitops, argo = lane.stage_of(GITOPS), lane.stage_of(ARGO)
    for stage in lane.stages:
        if gitops and argo and stage is argo:
            continue
        if gitops and argo and stage is gitops:
            values = tuple(_between(record, gitops.id, argo.id) for record in records)
            rows.append(Series(f"{gitops.id} + {argo.id}", values, stage.budget_seconds))
            continue
        rows.append(Series(stage.id, tuple(record.duration(stage.id) for record in records), stage.budget_seconds))
    return rows


def _between(record: Record, first: str, last: str) -> float | None:
    if first not in record.started or last not in record.finished:
        return None
    return max(0.0, record.finished[last] - record.started[first])


def _shares(records: Sequence[Record]) -> tuple[Share, ...]:
    whole = [record for record in records if record.elapsed_seconds]
    total = sum(record.elapsed_seconds or 0.0 for record in whole)
    found = []
    for name, wait in WAITS.items():
        told = [record.waits[name] for record in records if name in record.waits]
        if not told:
            continue
        part = sum(record.waits.get(name, 0.0) for record in whole) / total if total else None
        saved = sum(max(0.0, seconds - wait.least_seconds) for seconds in told) / len(records)
        found.append(Share(wait, statistics.fmean(told), part, saved))
    return tuple(sorted(found, key=lambda share: (share.part or 0.0, share.seconds), reverse=True))
