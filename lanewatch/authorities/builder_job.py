"""The builder Job of one rollout and its Pods, out of native objects (Tekton reference 12).

Tekton knows nothing of the Job, so it is found by what the producers left behind (CONTRACTS §6), best first, and how it
was found is reported: a name alone is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lanewatch.authorities.native import (
    Native,
    created,
    label,
    leaf,
    moment,
    name,
    number,
    owner_uids,
    rows,
    said,
    text,
    uid,
)
from lanewatch.authorities.tekton_children import pod_reason
from lanewatch.rollout.reports import BuilderJob, JobPod

COMMIT_LABEL = "agentrun.lane/source-commit"
PIPELINE_RUN_LABEL = "agentrun.lane/pipelinerun"
JOB_NAME_RESULT = "builderJobName"
SHORT_SHA = 12  # hex digits of the commit in labels and names

CorrelatedBy = Literal["owner", "result", "label", "name"]


@dataclass(frozen=True, slots=True)
class Sought:
    """The rollout whose Job is looked for; empty where not known yet."""

    commit: str
    pipeline_run_name: str
    owner_uids: frozenset[str]  # of the PipelineRun, its TaskRuns and their Pods
    job_names: frozenset[str]  # told by TaskRun results


def find_job(jobs: Iterable[Native], sought: Sought) -> tuple[Native, CorrelatedBy] | None:
    """The newest Job of the best kind of correlation that there is."""
    short = sought.commit[:SHORT_SHA]
    candidates = [job for job in jobs if not _is_of_another_run(job, sought)]
    ways: tuple[tuple[CorrelatedBy, Callable[[Native], bool]], ...] = (
        ("owner", lambda job: not sought.owner_uids.isdisjoint(owner_uids(job))),
        ("result", lambda job: name(job) in sought.job_names),
        ("label", lambda job: label(job, COMMIT_LABEL) == short),
        ("name", lambda job: short in name(job)),
    )
    for way, fits in ways:
        found = [job for job in candidates if fits(job)]
        if found:
            return max(found, key=_age_key), way
    return None


def _is_of_another_run(job: Native, sought: Sought) -> bool:
    """Two PipelineRuns of one commit may each have a Job; the label tells them apart."""
    labelled = label(job, PIPELINE_RUN_LABEL)
    return bool(labelled and sought.pipeline_run_name) and labelled != sought.pipeline_run_name


def _age_key(thing: Native) -> tuple[str, str]:
    return text(thing, "metadata", "creationTimestamp"), uid(thing)


def job_report(job: Native, found_by: CorrelatedBy, pods: Sequence[Native], progress: str) -> BuilderJob:
    """What the Job and its Pods say; `pods` are those of `pods_of`."""
    ending = _ending(job)
    state: Literal["running", "complete", "failed"] = "running"
    if ending is not None:
        state = "complete" if text(ending, "type") == "Complete" else "failed"
    return BuilderJob(
        name=said(job, "metadata", "name"),
        uid=uid(job),
        state=state,
        reason=said(ending, "reason") or ("Suspended" if leaf(job, "spec", "suspend") is True else ""),
        message=said(ending, "message"),
        started_at=moment(job, "status", "startTime") or created(job),
        finished_at=_finished(job, ending),
        correlated_by=found_by,
        pods=tuple(_job_pod(pod) for pod in pods),
        progress=progress if state == "running" else "",
    )


def _ending(job: Native) -> Native | None:
    """Complete or Failed; SuccessCriteriaMet and FailureTarget are decided but Pods are still ending."""
    conditions = rows(job, "status", "conditions")
    ended = (row for row in conditions if text(row, "type") in ("Complete", "Failed") and text(row, "status") == "True")
    return next(ended, None)


def _finished(job: Native, ending: Native | None) -> datetime | None:
    """completionTime is written only on success."""
    return None if ending is None else moment(job, "status", "completionTime") or moment(ending, "lastTransitionTime")


def pods_of(job: Native, pods: Iterable[Native]) -> tuple[Native, ...]:
    """The Job's Pods by owner uid, oldest first."""
    return tuple(sorted((pod for pod in pods if uid(job) in owner_uids(pod)), key=_age_key))


def builder_container(pod: Native) -> str:
    """The container whose log is the build's: the one of a Job's Pod that is not an init container; "" without any."""
    containers = rows(pod, "spec", "containers")
    return text(containers[0], "name") if containers else ""


def _job_pod(pod: Native) -> JobPod:
    ended = next(iter(_terminations(pod)), None)
    return JobPod(
        name=said(pod, "metadata", "name"),
        uid=uid(pod),
        phase=said(pod, "status", "phase"),
        exit_code=number(ended, "exitCode"),
        reason=said(ended, "reason") or pod_reason(pod) or _waiting_reason(pod),
        message=said(ended, "message") or said(pod, "status", "message") or _scheduling(pod),
    )


def _terminations(pod: Native) -> list[object]:
    """How the containers ended, bad ends first."""
    found = [
        leaf(status, "state", "terminated")
        for status in rows(pod, "status", "containerStatuses")
        if leaf(status, "state", "terminated") is not None
    ]
    return sorted(found, key=lambda ended: number(ended, "exitCode") == 0)


def _scheduling(pod: Native) -> str:
    """Why no node takes it, in the scheduler's words."""
    told = (row for row in rows(pod, "status", "conditions") if text(row, "type") == "PodScheduled")
    return next((said(row, "message") for row in told if text(row, "status") == "False"), "")


def _waiting_reason(pod: Native) -> str:
    statuses = rows(pod, "status", "containerStatuses")
    return next((why for status in statuses if (why := said(status, "state", "waiting", "reason"))), "")
