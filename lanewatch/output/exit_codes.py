"""One table of exit codes for every command (CONTRACTS §8)."""

from __future__ import annotations

from lanewatch.rollout.facts import ANSWERED, Outcome, Quality
from lanewatch.rollout.rollout import DONE as ENDED_WELL
from lanewatch.rollout.rollout import Rollout, Stage

DONE = 0
INTERNAL = 1
USAGE = 2
TIMED_OUT = 3
UNAUTHORISED = 4
FAILED = 5
CONTRADICTED = 6
UNKNOWN = 7
PENDING = 8


def of_rollout(rollout: Rollout) -> int:
    """The lane's exit code; where several hold, 5 before 6 before 7 before 8."""
    unread = nothing_read(rollout)
    if unread is not None:
        return unread
    match rollout.state:
        case "succeeded":
            return DONE
        case "failed":
            return FAILED
        case "superseded":
            return CONTRADICTED
        case "unknown":
            return CONTRADICTED if _contradicted(rollout) else UNKNOWN
        case "running" | "pending":
            return PENDING


def of_stage(stage: Stage) -> int:
    """The exit code of one stage by itself, for who waited for its end."""
    if stage.state in ENDED_WELL:
        return DONE
    match stage.state:
        case "failed" | "cancelled":
            return FAILED
        case "running" | "pending":
            return PENDING
        case _:
            return CONTRADICTED if stage.quality is Quality.CONFLICT else UNKNOWN


def nothing_read(rollout: Rollout) -> int | None:
    """Exit code when no authority answered at all, None when at least one did or none was asked."""
    outcomes = {read.outcome for read in rollout.reads if read.outcome not in (None, Outcome.UNCONFIGURED)}
    if outcomes & ANSWERED:
        return None
    return UNAUTHORISED if outcomes == {Outcome.DENIED} else INTERNAL


def _contradicted(rollout: Rollout) -> bool:
    """Whether the unknown rests on two good facts that disagree, or on evidence that is not there."""
    conflicting = any(stage.quality is Quality.CONFLICT for stage in rollout.stages)
    return (
        conflicting
        or bool(rollout.evidence.missing)
        or any(one.quality is Quality.CONFLICT for one in rollout.fields.values())
    )
