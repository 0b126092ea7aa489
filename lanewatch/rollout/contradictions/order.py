"""Causes come before their effects, and the follower beside the new lane."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.contradictions.comparing import (
    AGREES,
    Comparison,
    Scene,
    Side,
    contradicts,
    lagging,
    unknown,
)
from lanewatch.rollout.facts import ACTIONS, ARGO, GITOPS, MIRROR, PLAN, PROVENANCE, TEKTON, Fact, Quality
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.runs import attempt_started
from lanewatch.rollout.stages.gitops import published_at
from lanewatch.rollout.start import started
from lanewatch.rollout.wording import seconds, short

LEAST_SECONDS = 2.0  # stamps are whole seconds, so two of them may be two seconds off
FOLLOWER_SECONDS = 180.0  # where the follower does not tell how long its runs take

Event = tuple[str, str, Stamp]  # authority, what happened, when


def causal_order(scene: Scene) -> Comparison:
    """No effect is surely earlier than its cause, from the taken run to Argo's operation."""
    events = list(_events(scene))
    if len(events) < 2:
        return unknown("fewer than two times were told")
    for cause, effect in pairwise(events):
        span = scene.case.clocks.between(effect[2], cause[2])
        if span is not None and span.low > LEAST_SECONDS:
            return contradicts(
                f"{effect[1]} is {seconds(span.seconds)} before {cause[1]}, its cause: "
                "a clock is wrong, or one of them is another rollout's.",
                *(
                    Side(who, f"{what} {stamp.at.isoformat()}", stamp.fact.source)
                    for who, what, stamp in (cause, effect)
                ),
            )
    return AGREES


def _events(scene: Scene) -> Iterator[Event]:
    """In causal order, as far as told and of this attempt."""
    case, run, report = scene.case, scene.case.run, scene.case.provenance_report
    pipeline = case.pipeline_run
    told = (
        (ACTIONS, "run taken", case.stamp(ACTIONS, attempt_started(run), "first job startedAt") if run else None),
        (PLAN, "plan", case.signal(PLAN).finished if case.signal(PLAN).is_done else None),
        (TEKTON, "PipelineRun", case.stamp(TEKTON, pipeline.created_at, "creationTimestamp") if pipeline else None),
        (PROVENANCE, "provenance", case.stamp(PROVENANCE, _built_at(scene), "completionTime") if report else None),
        (GITOPS, "gitops commit", _committed(scene)),
        (ARGO, "sync", _synced(scene)),
    )
    return ((who, what, stamp) for who, what, stamp in told if stamp is not None)


def _built_at(scene: Scene) -> datetime | None:
    """When the TaskRun that carries provenance ended; an artifact is uploaded any time after."""
    report = scene.case.provenance_report
    is_result = report is not None and report.origin == "taskrun-result" and scene.case.signal(PROVENANCE).is_done
    return report.recorded_at if report and is_result else None


def _committed(scene: Scene) -> Stamp | None:
    gitops = scene.case.gitops
    return published_at(scene.case, gitops.revision) if gitops and gitops.revision else None


def _synced(scene: Scene) -> Stamp | None:
    """The end of Argo's operation at R itself."""
    argo, gitops = scene.case.application, scene.case.gitops
    operation, published = (argo.operation if argo else None), (gitops.revision if gitops else None)
    if operation is None or published is None or operation.revision != published.sha:
        return None
    return scene.case.stamp(ARGO, operation.finished_at, "operation finishedAt")


def same_commit_as_follower(scene: Scene) -> Comparison:
    """The deprecated follower and the new lane look at the same commit."""
    follower, commit = scene.follower, scene.case.commit
    if follower is None or not follower.observed_commit or commit is None:
        return unknown(f"follower: {scene.follower_reason}" if follower is None else "one of the two names no commit")
    if follower.observed_commit == commit:
        return AGREES
    begun, looked = started(scene.case), _looked(follower)
    if looked is not None and begun is not None and scene.case.clocks.is_before(looked, begun):
        return unknown(f"the follower has not looked since {looked.at:%Y-%m-%d %H:%M}Z, before this push")
    at = follower.updated_at.isoformat() if follower.updated_at else "an unknown time"
    sides = (
        Side("branch-follower", f"{follower.observed_commit}, {follower.phase}, as of {at}", follower.source),
        scene.side(MIRROR, f"watched commit {commit}", "sourceCommit"),
    )
    said = f"The follower is at {short(follower.observed_commit)}, this lane at {short(commit)}"
    return lagging(scene, said, sides, begun, follower.last_run_seconds or FOLLOWER_SECONDS)


def _looked(follower: FollowerStatus) -> Stamp | None:
    """When the follower last said anything, on its cluster's clock."""
    if follower.updated_at is None:
        return None
    at = follower.updated_at
    fact = Fact("updatedAt", at.isoformat(), Quality.GOOD, "branch-follower", follower.source, at)
    return Stamp(at, follower.host, fact)
