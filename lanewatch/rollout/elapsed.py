"""How long the rollout has taken: until now while it runs, else until its last finish or its failure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Span, Stamp, later
from lanewatch.rollout.lane import is_failure
from lanewatch.rollout.rollout import LaneState


def elapsed_between(case: Case, authorities: Sequence[str], state: LaneState, start: Stamp | None) -> Span | None:
    """From `start` to now or to the end; None where the start or the end has no time."""
    if state in ("running", "pending"):
        return case.clocks.until_now(start)
    return case.clocks.between(start, _end(case, authorities, state))


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
