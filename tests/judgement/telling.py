"""Lanes that make a finding which no scenario and no recording makes: one a finding's id, told by their authorities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    CERTIFICATE_ENDS,
    MIRROR,
    PLAN,
    Confirmation,
    Correlation,
    Fact,
    Knowledge,
    Outcome,
    Quality,
    Skew,
)
from lanewatch.rollout.reports import ArgoCondition, Condition, Snapshot, TektonReport
from lanewatch.rollout.reports.tekton import PipelineTaskState, StepState, TaskRunState
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import A, B, delivered, learned, moment, operator, says, seen_at, time

RUNNING = replace(story.PIPELINE_RUN, condition=Condition("Unknown", "Running", "", time(24)), completed_at=None)
WAITS: Mapping[str, Any] = {"gitops": replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
         "argo": story.OLD_APPLICATION, "runtime": story.OLD_WORKLOAD}  # fmt: skip


def _mirror(**changes: Any) -> Rollout:
    return seen_at(delivered(mirror=replace(story.MIRROR_REPORT, **changes)))


def _target(**changes: Any) -> Rollout:
    return _mirror(repositories=(replace(story.MIRRORED, **changes),))


def _argo(**changes: Any) -> Rollout:
    return seen_at(delivered(argo=replace(story.APPLICATION, **changes)))


def _early(authority: str, report: Any, **more: Any) -> Rollout:
    """Nothing but the mirror and this has answered."""
    subject = Correlation(commit=A)
    mirror = more.get("mirror", story.MIRROR_REPORT)
    return seen_at(learned(operator(), says(MIRROR, mirror, 60, subject), says(authority, report, 60, subject)), 60)


def _failing(authority: str, outcome: Outcome) -> Rollout:
    return seen_at(learned(says(authority, None, 91, Correlation(), outcome), known=delivered()), 91)


def _two_clocks() -> Rollout:
    known: Knowledge = delivered()
    for skew in (Skew(0, 1), Skew(40, 41)):
        known = learned(Confirmation(ARGO, moment(90), 0.0, skew=skew), known=known)
    return seen_at(known)


def _slow() -> Rollout:
    known = delivered()
    return seen_at(
        learned(replace(known.seen[MIRROR].last, seconds=61.0, reason="late", read_at=moment(91)), known=known), 91
    )


def _expiring() -> Rollout:
    known = delivered()
    last = known.seen[ARGO].last
    ends = Fact(CERTIFICATE_ENDS, ("argo on 2026-07-09",), Quality.GOOD, ARGO, "TLS")
    return seen_at(learned(replace(last, read_at=moment(91), facts=(*last.facts, ends)), known=known), 91)


def _moved() -> Rollout:
    """The branch had A as its head, and then its parent again."""
    back = replace(story.MIRROR_REPORT, head_commit=story.OLD_COMMIT,
                   repositories=(replace(story.MIRRORED, mirror_head=story.OLD, upstream_head=story.OLD),))  # fmt: skip
    known = delivered()
    return seen_at(learned(says(MIRROR, back, 95, known.seen[MIRROR].last.subject), known=known), 95)


def _snapshot_gone() -> Rollout:
    known = delivered()
    other = replace(story.MIRROR_REPORT, snapshot=Snapshot("refs/other", A, "prefix"))
    return seen_at(learned(says(MIRROR, other, 95, known.seen[MIRROR].last.subject), known=known), 95)


def _died() -> Rollout:
    step = StepState("build", "step-build", "terminated", 137, "OOMKilled")
    child = TaskRunState(
        kind="TaskRun", name="run-build", uid="uid-tr", condition=Condition("Unknown", "Running", "", time(24)),
        created_at=time(24), started_at=time(24), completed_at=None, attempts=1, pod_name="run-build-pod",
        pod_uids=("uid-pod",), pod_exists=True, pod_phase="Running", pod_reason="", steps=(step,), results={},
    )  # fmt: skip
    task = PipelineTaskState("build", "tasks", "running", "", (child,))
    return seen_at(delivered(tekton=replace(story.TEKTON_REPORT, runs=(replace(RUNNING, tasks=(task,)),))))


def _lagging() -> Rollout:
    """The Pod of the build is done since second 60, and its TaskRun says Running."""
    child = TaskRunState(
        kind="TaskRun", name="run-build", uid="uid-tr", condition=Condition("Unknown", "Running", "", time(24)),
        created_at=time(24), started_at=time(24), completed_at=None, attempts=1, pod_name="run-build-pod",
        pod_uids=("uid-pod",), pod_exists=True, pod_phase="Succeeded", pod_reason="", steps=(), results={},
        pod_ended_at=time(60),
    )  # fmt: skip
    task = PipelineTaskState("build", "tasks", "running", "", (child,))
    return seen_at(delivered(tekton=replace(story.TEKTON_REPORT, runs=(replace(RUNNING, tasks=(task,)),))))


def _not_picked_up() -> Rollout:
    run = replace(RUNNING, condition=None, started_at=None, tasks=())
    return seen_at(delivered(tekton=replace(story.TEKTON_REPORT, runs=(run,))))


MARKED = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, skip_marker="[skip ci]"))
NO_RUN = replace(story.ACTIONS_REPORT, runs=(), dispatch=None)
TELLS: Mapping[str, Callable[[], Rollout]] = {
    "snapshot-gone": _snapshot_gone,
    "commit-not-found": lambda: _mirror(commit=None, commit_in_mirror=False, commit_upstream=False),
    "branch-moved": _moved,
    "skip-marker": lambda: _early(ACTIONS, NO_RUN, mirror=MARKED),
    "actions-disabled": lambda: _early(ACTIONS, replace(NO_RUN, actions_enabled=False)),
    "no-pipelinerun": lambda: seen_at(
        delivered(
            provenance=replace(story.PROVENANCE_REPORT, provenance=None, job=None), tekton=TektonReport(()), **WAITS
        )
    ),
    "provenance-invalid": lambda: seen_at(
        delivered(provenance=replace(story.PROVENANCE_REPORT, provenance=None, invalid="$.imageDigest: no digest"))
    ),
    "step-died": _died,
    "not-picked-up": _not_picked_up,
    "tekton-lags": _lagging,
    "no-gitops-commit": lambda: seen_at(delivered(**WAITS)),
    "argo-frozen": lambda: _argo(skip_reconcile=True),
    "argo-condition": lambda: _argo(conditions=(ArgoCondition("ComparisonError", "cannot load", None),)),
    "argo-manual-sync": lambda: _argo(auto_sync=False, sync_status="OutOfSync"),
    "argo-stalled": lambda: _argo(reconciled_at=time(-300)),
    "pod-stuck": lambda: seen_at(
        delivered(
            argo=replace(story.APPLICATION, health_status="Progressing"),
            runtime=replace(
                story.WORKLOAD,
                deployment=replace(story.DEPLOYMENT, available=1, ready=1),
                pods=(replace(story.POD, ready=False, digest="", waiting_reason="ImagePullBackOff"),),
            ),
        )
    ),
    "stalled": lambda: seen_at(
        delivered(
            tekton=replace(
                story.TEKTON_REPORT, runs=(replace(RUNNING, events=("Warning FailedCreate: exceeded quota: ci",)),)
            )
        )
    ),
    "slow-sweep": _slow,
    "unconfigured": lambda: seen_at(
        learned(operator(unconfigured=((PLAN, "connections name no gitea"),)), known=delivered())
    ),
    "unreadable": lambda: _failing(ARGO, Outcome.DENIED),
    "absent": lambda: _failing(ARGO, Outcome.ABSENT),
    "certificate-ends": _expiring,
    "clock-inconsistent": _two_clocks,
    "upstream-unreadable": lambda: _target(upstream_head=None),
    "newer-commit": lambda: _target(upstream_head=B),
    "plan-source-unread": lambda: seen_at(
        delivered(plan=replace(story.PLAN_REPORT, source_digest=None, source_digest_reason="403"))
    ),
    "several-runs": lambda: seen_at(
        delivered(actions=replace(story.ACTIONS_REPORT, runs=(replace(story.RUN, id="43", number=4129), story.RUN)))
    ),
    "gitops-read-in-mirror": lambda: seen_at(delivered(gitops=replace(story.GITOPS_REPORT, read_where="mirror"))),
}
