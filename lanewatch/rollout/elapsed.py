"""How long the rollout has taken: until now while it may run, else until its last finish or its failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import UNBOUNDED, Span, Stamp, later
from lanewatch.rollout.lane import is_failure
from lanewatch.rollout.rollout import LaneState


def is_open(case: Case, authorities: Sequence[str], state: LaneState) -> bool:
    """Whether the lane may still move: it runs, or something that is not known stands before a stage that has not."""
    if state != "unknown":
        return state in ("running", "pending")
    return any(case.signal(authority).state in ("pending", "running") for authority in authorities)


def elapsed_between(case: Case, authorities: Sequence[str], state: LaneState, start: Stamp | None) -> Span | None:
    """From `start` to now or to the end; None where the start or the end has no time.

    Where a stage is unknown for want of an answer, its end may lie later: then the duration is a lower bound.
    """
    if is_open(case, authorities, state):
        return case.clocks.until_now(start)
    span = case.clocks.between(start, _end(case, authorities, state))
    return replace(span, high=UNBOUNDED) if span is not None and is_unheard(case, authorities) else span


def is_unheard(case: Case, authorities: Sequence[str]) -> bool:
    """Whether a stage is unknown for want of an answer: it may have ended, and with it the lane, long ago."""
    return any(case.signal(one).state == "unknown" and not case.signal(one).conflict for one in authorities)


def _end(case: Case, authorities: Sequence[str], state: LaneState) -> Stamp | None:
    signals = [case.signal(authority) for authority in authorities]
    if state == "failed":
        failed = next((signal for signal in signals if is_failure(signal) and not signal.consequence_of), None)
        return failed.finished if failed else None
    finishes = [signal.finished for signal in signals if signal.state != "skipped" or signal.finished]
    if state == "succeeded" and None in finishes:
        return None
    none: Stamp | None = None
    return reduce(lambda first, second: later(case.clocks, first, second), finishes, none)
