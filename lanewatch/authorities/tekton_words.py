"""PipelineRuns as facts and handles: what the Facts pane lists, and where each log and object is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanewatch.authorities.reading import Witness
from lanewatch.rollout.facts import Fact, Handle
from lanewatch.rollout.reports import PipelineRunState, PipelineTaskState, TaskRunState
from lanewatch.spec.lane import Lane

CHILDREN: Final = {"TaskRun": "taskruns", "PipelineRun": "pipelineruns"}  # served under the run's own version
HANDLES_SHOWN: Final = 100  # a run of 48 tasks, each with its object and its log


def run_facts(witness: Witness, runs: tuple[PipelineRunState, ...], namespace: str) -> list[Fact]:
    """Facts of the current run, which is the first; the older ones are counted and named."""
    run = runs[0]
    where = f"pipelineruns/{namespace}/{run.name}"
    says = witness.says
    facts = [
        says("pipelineRunName", run.name, f"{where} .metadata.name", at=run.created_at, final=True),
        says("pipelineRunUid", run.uid, f"{where} .metadata.uid", at=run.created_at, final=True),
        _condition_fact(witness, run, where),
        says("pipelineRunTasks", tuple(_task_lines(run)), f"{where} .status.childReferences, .status.skippedTasks"),
        says("pipelineRunCount", len(runs), f"pipelineruns/{namespace}"),
    ]
    facts += [says(f"param.{key}", value, f"{where} .spec.params[{key}]", final=True)
              for key, value in sorted(run.params.items())]  # fmt: skip
    facts += [says(f"result.{key}", value, f"{where} .status.results[{key}]", at=run.completed_at)
              for key, value in sorted(run.results.items())]  # fmt: skip
    if run.event_id:
        label = f"{where} .metadata.labels[triggers.tekton.dev/triggers-eventid]"
        facts.append(says("eventId", run.event_id, label, at=run.created_at, final=True))
    if run.spec_status:
        facts.append(says("pipelineRunAsked", run.spec_status, f"{where} .spec.status"))
    if len(runs) > 1:
        facts.append(says("olderPipelineRuns", tuple(older.name for older in runs[1:]), f"pipelineruns/{namespace}"))
    return facts


def run_handles(runs: tuple[PipelineRunState, ...], version: str, lane: Lane) -> tuple[Handle, ...]:
    """The current run's object, its TaskRuns and the log of every step, in the order of the pipeline; then the older
    runs' objects."""
    if not runs:
        return ()
    drilldown = next((name for name, key in lane.drilldowns.items() if key == "tekton"), "")
    root = f"k8s:ci/tekton.dev/{version}"
    found = [Handle("object", drilldown, f"{root}/pipelineruns/{lane.pipeline_namespace}/{run.name}", run.name)
             for run in runs]  # fmt: skip
    found[1:1] = [
        *_child_handles(runs[0].tasks, root, lane.pipeline_namespace, drilldown),
        *listener_handle(runs[0].event_id, lane),
    ]
    return tuple(found[:HANDLES_SHOWN])


def listener_handle(event_id: str | None, lane: Lane) -> tuple[Handle, ...]:
    """What the EventListener logged about the event: all there is where it took a dispatch and no run came of it."""
    if not event_id or not lane.event_listener:
        return ()
    locator = f"k8s-listener-log:ci/{lane.event_listener_namespace}/{lane.event_listener}/{event_id}"
    return (Handle("log", "", locator, f"EventListener about event {event_id}"),)


def _condition_fact(witness: Witness, run: PipelineRunState, where: str) -> Fact:
    source = f"{where} .status.conditions[Succeeded]"
    if run.condition is None:
        return witness.lacks("pipelineRunStatus", source, "no condition: not picked up by the Tekton controller yet")
    told = f"{run.condition.status}/{run.condition.reason}: {run.condition.message}"
    return witness.says("pipelineRunStatus", told, source, at=run.condition.changed_at)


def _task_lines(run: PipelineRunState) -> Iterator[str]:
    for task in run.tasks:
        yield f"{task.name}: {task.state}{f' ({task.skip_reason})' if task.skip_reason else ''}"


def _child_handles(
    tasks: tuple[PipelineTaskState, ...], root: str, namespace: str, drilldown: str, inside: str = ""
) -> Iterator[Handle]:
    """`inside`: the pipeline task whose child PipelineRun has these tasks."""
    for task in tasks:
        title = f"{inside}{task.name}"
        for child in task.children:
            if child.kind in CHILDREN and not child.deleted:
                place = f"{root}/{CHILDREN[child.kind]}/{namespace}/{child.name}"
                yield Handle("object", "", place, f"{child.kind} {child.name}")
            yield from _log_handles(title, child, namespace, drilldown)
            yield from _child_handles(child.tasks, root, namespace, drilldown, f"{title}/")


def _log_handles(task: str, child: TaskRunState, namespace: str, drilldown: str) -> Iterator[Handle]:
    """One log of all steps for each attempt, oldest first; that of a Pod that is gone may have been read before."""
    attempts = [pod for pod in (*child.retried_pods, child.pod_name) if pod]
    names = ",".join(step.container or f"step-{step.name}" for step in child.steps)
    only = f" / {child.steps[0].name}" if len(child.steps) == 1 else ""
    for number, pod in enumerate(attempts if names else (), start=1):
        gone = " (Pod gone)" if pod == child.pod_name and child.pod_exists is False else ""
        attempt = f" attempt {number}" if len(attempts) > 1 else ""
        yield Handle("log", drilldown, f"k8s-log:ci/{namespace}/{pod}/{names}", f"{task}{attempt}{only}{gone}")
