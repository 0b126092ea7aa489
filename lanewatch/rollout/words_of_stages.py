"""A signal's reason in the words of the spec: rules know authorities, people know stage ids."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.wording import short
from lanewatch.spec.lane import Lane


def stage_name(lane: Lane, authority: str) -> str:
    """The id of the stage whose authority this is, else the authority's own word."""
    stage = lane.stage_of(authority)
    return stage.id if stage else authority


def reason_of(case: Case, lane: Lane, signal: Signal) -> str:
    """Why the stage is as it is; a skipped one names the stage that failed, or the newer commit."""
    if signal.state != "skipped" or not signal.consequence_of:
        return signal.reason
    if signal.superseded_by:
        return f"superseded by {short(signal.superseded_by)}"
    cause = case.signal(signal.consequence_of)
    name = stage_name(lane, signal.consequence_of)
    if cause.state == "skipped":
        return cause.reason
    return f"{name} {'was cancelled' if cause.state == 'cancelled' else 'failed'}"
