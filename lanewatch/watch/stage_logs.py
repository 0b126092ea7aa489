"""Which logs a stage has: its own, and for the plan those of the Actions job that made it."""

from __future__ import annotations

from lanewatch.rollout.facts import ACTIONS, PLAN, Handle
from lanewatch.rollout.rollout import Rollout, Stage


def log_handles(rollout: Rollout, stage: Stage) -> tuple[Handle, ...]:
    """The logs behind a stage, in the order in which a reader wants them."""
    own = tuple(handle for handle in stage.handles if handle.kind == "log")
    if stage.authority != PLAN:
        return own
    jobs = (handle for other in rollout.stages if other.authority == ACTIONS for handle in other.handles)
    return (*own, *(job for job in jobs if job.kind == "log" and "plan" in job.title.casefold()))
