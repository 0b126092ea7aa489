"""When a rollout will be done, from this target's own history; pure.

Method. For the same reuseDecision, every past rollout tells how long it took from the start of a stage to its end, and
to the end of the lane. From where the watched rollout stands now (its running stage, as long as it has run), the
forecast is the median of those that took at least so long; the interval runs from their shortest to their longest.
Nothing is assumed of the shape: of n past rollouts like this one, the next lies between shortest and longest with
probability (n - 1) / (n + 1), 67 % for five and 90 % for nineteen; from 21 on the outer twentieths are left out (their
order statistics then still cover at least 85 %). One odd rollout moves neither the median nor, then, the interval.
Fewer than five: unknown, with the reason. A test holds rollouts back and counts how many lie within.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lanewatch.rollout.record import Record

LEAST = 5  # rollouts of the same reuseDecision (CONTRACTS 4)
TRIMMED_FROM = 21
MOST = 100  # the newest: what was a year ago tells of another lane


@dataclass(frozen=True, slots=True)
class Interval:
    """Seconds: the likely value and where it should lie."""

    likely: float
    low: float
    high: float
    samples: int

    @property
    def coverage(self) -> float:
        """How likely the next lies within, if nothing has changed."""
        outside = 2 * _trimmed(self.samples) + 2
        return max(0.0, (self.samples + 1 - outside) / (self.samples + 1))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected seconds from the attempt's start; `reason` says why there is none."""

    total: Interval | None = None
    stages: Mapping[str, Interval] = field(default_factory=dict)  # running ones, by id: how long each will have taken
    ends: Mapping[str, Interval] = field(default_factory=dict)  # by stage id: when each that has not ended will end
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the watched rollout is. Seconds after its attempt's start."""

    decision: str  # "" while not known
    elapsed: float
    running: Mapping[str, float]  # stage id: second at which it started
    pending: frozenset[str] = frozenset()  # ids of the stages that have not started


def forecast(records: Iterable[Record], progress: Progress) -> Forecast:
    """From the records of delivered rollouts of the same decision; before the plan, of all of them."""
    past = own(records, progress.decision)
    if len(past) < LEAST:
        kind = f" with reuseDecision {progress.decision}" if progress.decision else ""
        return Forecast(reason=f"{len(past)} of {LEAST} earlier rollouts known{kind}")
    stages = {
        stage: found
        for stage, begun in progress.running.items()
        if (found := _stage(past, stage, progress.elapsed - begun)) is not None
    }
    total = _finish(past, progress, lambda record: record.elapsed_seconds)
    reason = "" if total else "slower than every rollout that was seen"
    return Forecast(total, stages, dict(_ends(past, progress, stages)), reason)


def own(records: Iterable[Record], decision: str) -> list[Record]:
    """Delivered rollouts with a known end, newest first, at most MOST."""
    found = [
        record
        for record in records
        if record.state == "succeeded" and record.elapsed_seconds is not None
        and (not decision or record.decision == decision)
    ]  # fmt: skip
    return sorted(found, key=lambda record: record.ended_at, reverse=True)[:MOST]


def interval(samples: Sequence[float]) -> Interval:
    """The median, and shortest to longest but for the outer twentieths. Needs one sample at least."""
    ordered = sorted(samples)
    cut = _trimmed(len(ordered))
    return Interval(statistics.median(ordered), ordered[cut], ordered[-1 - cut], len(ordered))


def _trimmed(count: int) -> int:
    """How many samples are left out at either end."""
    return count // 20 if count >= TRIMMED_FROM else 0


def _stage(past: Sequence[Record], stage: str, taken: float) -> Interval | None:
    """How long the stage will have taken, given that it has taken so long already."""
    told = [duration for record in past if (duration := record.duration(stage)) is not None]
    longer = [duration for duration in told if duration >= taken]
    return interval(longer) if len(told) >= LEAST and longer else None


def _ends(past: Sequence[Record], progress: Progress, stages: Mapping[str, Interval]) -> Iterator[tuple[str, Interval]]:
    for stage, begun in progress.running.items():
        if stage in stages:
            took = stages[stage]
            yield stage, Interval(took.likely + begun, took.low + begun, took.high + begun, took.samples)
    for stage in sorted(progress.pending):
        told = [record for record in past if stage in record.finished]
        found = _finish(told, progress, lambda record: record.finished[stage])  # noqa: B023  (called at once)
        if len(told) >= LEAST and found is not None:
            yield stage, found


def _finish(past: Sequence[Record], progress: Progress, end: Callable[[Record], float | None]) -> Interval | None:
    """When `end` will come, by what was left of it in the past from the start of the stage that began last."""
    stage, begun = max(progress.running.items(), key=lambda item: item[1], default=("", 0.0))
    like = [
        record
        for record in past
        if not stage or (stage in record.started and (record.duration(stage) or 0.0) >= progress.elapsed - begun)
    ]
    times = [begun + (end(record) or 0.0) - (record.started[stage] if stage else 0.0) for record in like]
    possible = [time for time in times if time >= progress.elapsed]
    return interval(possible) if possible else None
