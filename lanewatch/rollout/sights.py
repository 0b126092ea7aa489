"""What an observation shows that was perhaps not there before: keys whose first sight is remembered.

A key names one thing for ever, so that "when did it appear" has one answer: "head:SHA" (the mirror's branch), "run:ID",
"argo-closed:REVISION". The sight is live when an earlier answer to the same question did not show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.facts import Observation
from lanewatch.rollout.reports import (
    ActionsReport,
    ApplicationReport,
    GitopsReport,
    MirrorReport,
    PlanReport,
    ProvenanceReport,
    TektonReport,
    WorkloadReport,
)
from lanewatch.rollout.rollouts import is_rolled_out
from lanewatch.rollout.runs import epoch, has_ended

# Shown whatever was asked, by every answer that shows anything of the kind.
ALWAYS_SHOWN = frozenset({"head", "upstream", "argo", "template"})
# Conditions: shown by every answer about the object while they hold.
CONDITIONS = frozenset({"argo-closed", "rolled-out"})


def sights(observation: Observation) -> frozenset[str]:
    """The keys that this observation shows."""
    return frozenset(_keys(observation))


def would_show(key: str, observation: Observation, like: Observation) -> bool:
    """Whether `observation`, which does not show `key`, would have shown it had it been there; `like` shows it."""
    kind = key.partition(":")[0]
    if kind in ALWAYS_SHOWN:
        return any(shown.startswith(f"{kind}:") for shown in sights(observation))
    if kind in CONDITIONS:
        return observation.report is not None
    match observation.report:
        case WorkloadReport(health=health):
            return health is not None
        case MirrorReport(commit_in_mirror=held) if kind == "mirrored":
            return held is False and observation.subject == like.subject
        case _:
            return observation.subject == like.subject


def _keys(observation: Observation) -> Iterator[str]:
    match observation.report:
        case MirrorReport() as mirror:
            yield from _mirror(mirror)
        case ActionsReport() as actions:
            yield from _actions(actions)
        case PlanReport(plan=plan, ref=ref, invalid="") if plan is not None:
            yield f"plan:{ref}"
        case ProvenanceReport(provenance=found, invalid="") if found is not None:
            yield f"provenance:{found.source_commit}:{found.image_digest}:{found.reuse_decision}"
        case TektonReport() as tekton:
            yield from _tekton(tekton)
        case GitopsReport(revision=revision) if revision is not None:
            yield f"published:{revision.sha}"
        case ApplicationReport() as application:
            yield from _application(application)
        case WorkloadReport() as workload:
            yield from _workload(workload)
        case _:
            return


def _mirror(mirror: MirrorReport) -> Iterator[str]:
    target = mirror.target
    if target is not None and target.mirror_head:
        yield f"head:{target.mirror_head}"
    if target is not None and target.upstream_head:
        yield f"upstream:{target.upstream_head}"
    if mirror.commit is not None and mirror.commit_in_mirror:
        yield f"mirrored:{mirror.commit.sha}"
    if mirror.snapshot is not None and mirror.snapshot.sha:
        yield f"snapshot:{mirror.snapshot.ref}@{mirror.snapshot.sha}"


def _actions(actions: ActionsReport) -> Iterator[str]:
    for run in actions.runs:
        yield f"run:{run.id}"
        if has_ended(run):
            yield f"run-ended:{run.id}:{epoch(run)}"
    if actions.run is not None:
        for job in actions.run.jobs:
            if job.status == "completed":
                yield f"job-ended:{job.id}:{job.attempt}"


def _tekton(tekton: TektonReport) -> Iterator[str]:
    for run in tekton.runs:
        yield f"pipelinerun:{run.uid}"
        if run.condition is not None and run.condition.status in ("True", "False"):
            yield f"pipelinerun-ended:{run.uid}"


def _application(application: ApplicationReport) -> Iterator[str]:
    if application.sync_revision:
        yield f"argo:{application.sync_revision}"
        if application.sync_status == "Synced" and application.health_status == "Healthy":
            yield f"argo-closed:{application.sync_revision}"


def _workload(workload: WorkloadReport) -> Iterator[str]:
    deployment = workload.deployment
    if deployment is not None and deployment.source_commit:
        yield f"template:{deployment.source_commit}"
        if is_rolled_out(deployment):
            yield f"rolled-out:{deployment.source_commit}"
    if workload.health is not None and workload.health.status == 200:
        yield f"healthy:{workload.health.source_commit}"
