"""What the CI cluster knows of one PipelineRun's build: its TaskRuns, their results, and the builder Job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lanewatch.authorities.builder_job import JOB_NAME_RESULT, CorrelatedBy, Sought, find_job, pods_of
from lanewatch.authorities.native import Native, name, owner_uids, uid
from lanewatch.authorities.provenance_search import RESULT, raw_results
from lanewatch.authorities.tekton_children import Owned, child_state
from lanewatch.authorities.tekton_history import History, Kept
from lanewatch.rollout.reports import TaskRunState


@dataclass(frozen=True, slots=True)
class Build:
    """The build of one PipelineRun; empty before there is one."""

    pipeline_run_name: str = ""
    tasks: tuple[Kept, ...] = ()  # TaskRuns of the PipelineRun, oldest first
    job: Native | None = None
    correlated_by: CorrelatedBy = "name"
    pods: tuple[Native, ...] = ()
    results: dict[str, str] = field(default_factory=dict)  # of all TaskRuns, as written; the newest wins


def build_of(
    history: History, pipeline_run_uid: str | None, commit: str, jobs: Sequence[Native], pods: Sequence[Native]
) -> Build:
    """The build of the PipelineRun with this uid; without a uid only the Job is looked for, by label and name."""
    run = history.objects.get(pipeline_run_uid or "")
    run_name = "" if run is None else name(run.object)
    tasks = () if run is None else tuple(Owned(history).of(uid(run.object), "TaskRun"))
    results = {key: value for task in tasks for key, value in raw_results(task.object).items()}
    owners = {pipeline_run_uid or "", *(uid(task.object) for task in tasks)} - {""}
    owners |= {uid(pod) for pod in pods if not owners.isdisjoint(owner_uids(pod))}
    job_names = frozenset({results[JOB_NAME_RESULT]} if JOB_NAME_RESULT in results else ())
    found = find_job(jobs, Sought(commit, run_name, frozenset(owners), job_names))
    return Build(
        pipeline_run_name=run_name,
        tasks=tasks,
        job=None if found is None else found[0],
        correlated_by="name" if found is None else found[1],
        pods=() if found is None else pods_of(found[0], pods),
        results=results,
    )


def builder_task(history: History, build: Build, *, pods_readable: bool) -> TaskRunState | None:
    """The TaskRun that owns the Job, names it, or carries provenance; the newest of these."""
    job_owners = set() if build.job is None else set(owner_uids(build.job))
    job_name = "" if build.job is None else name(build.job)
    for task in reversed(build.tasks):
        results = raw_results(task.object)
        names_it = bool(job_name) and results.get(JOB_NAME_RESULT) == job_name
        if uid(task.object) in job_owners or names_it or RESULT in results:
            return child_state(task, Owned(history), pods_readable=pods_readable)
    return None
