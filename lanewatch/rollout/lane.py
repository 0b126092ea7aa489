"""The state of the whole lane: the first of six that holds (CONTRACTS 3)."""

from __future__ import annotations

from collections.abc import Sequence

from lanewatch.rollout.case import Case
from lanewatch.rollout.rollout import ENDED, Evidence, LaneState
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.skipping import blocked


def lane_state(case: Case, authorities: Sequence[str], evidence: Evidence) -> LaneState:
    """failed, superseded, unknown, running, pending or succeeded; `authorities` are those of the lane's stages."""
    signals = [case.signal(authority) for authority in authorities]
    if any(is_failure(signal) for signal in signals):
        return "failed"
    if any(signal.superseded_by for signal in signals):
        return "superseded"
    if any(signal.conflict for signal in signals):
        return "unknown"
    if all(signal.state in ENDED for signal in signals) and signals:
        complete = not (evidence.missing or evidence.unreadable or evidence.pending)
        return "succeeded" if complete and all(signal.is_done for signal in signals) else "unknown"
    if not any(_may_proceed(case, authority) for authority in authorities):
        return "unknown"
    return "pending" if all(signal.state == "pending" for signal in signals) else "running"


def is_failure(signal: Signal) -> bool:
    """A stage that failed, or was cancelled by anything but a newer commit."""
    return signal.state == "failed" or (signal.state == "cancelled" and not signal.superseded_by)


def _may_proceed(case: Case, authority: str) -> bool:
    """Whether something is seen running here, or nothing unknown stands in its way."""
    signal = case.signal(authority)
    return signal.state == "running" or (signal.state == "pending" and not blocked(case, authority))
