"""The PipelineRun of a delivery: tasks one after another, statuses that trail their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanewatch.simulator.objects import tekton
from lanewatch.simulator.objects.meta import Object
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.taskrun import Halt, Task, run_task

OUTCOME = {
    "imageDigest": "$(tasks.build-or-reuse.results.imageDigest)",
    "gitopsRevision": "$(tasks.gitops-publish.results.gitopsRevision)",
}
STOPPING = "PipelineRun was stopping"
WHEN_FALSE = "When Expressions evaluated to false"


def triggered(lane: Lane, delivery: Delivery, timeout: str = "1h0m0s") -> Object:
    """The PipelineRun that the EventListener, or without one the controlled API, created for this delivery."""
    names, at = lane.names, delivery.times.pipeline
    values = {
        "sourceCommit": delivery.commit,
        "snapshotRef": delivery.snapshot_ref,
        "reusePlanArtifactRef": delivery.plan_ref,
    }
    account = names.service_account
    made = tekton.pipeline_run(
        names.ci_namespace, delivery.pipeline_run, names.pipeline, values, account, _labels(lane, delivery), timeout
    )
    run = lane.recorder.put(at, made)
    lane.event(at + 0.03, run, "PipelineRun", "Started", "")
    return lane.recorder.patch(at + 0.1, run, {"metadata": {"labels": {"tekton.dev/pipeline": names.pipeline}}})


def _labels(lane: Lane, delivery: Delivery) -> dict[str, str]:
    if not lane.listener:
        return {"app.kubernetes.io/created-by": "unidesk-controlled-api"}
    return {
        "triggers.tekton.dev/eventlistener": lane.names.listener,
        "triggers.tekton.dev/trigger": "actions-dispatch",
        "triggers.tekton.dev/triggers-eventid": delivery.event_id,
    }


def run_tasks(lane: Lane, run: Object, at: float, tasks: Sequence[Task]) -> tuple[list[Object], float]:
    """Run the tasks in order from `at` on; a failure or a halt stops the rest. The TaskRuns, and the end of the run."""
    recorder, started = lane.recorder, lane.recorder.stamp(at)
    status: Object = {"startTime": started, "pipelineSpec": _spec(run, tasks), "provenance": tekton.PROVENANCE}
    children: list[Object] = []
    references: list[Object] = []
    at += 0.15
    failed = False
    for task in tasks:
        if task.when is not None:
            continue
        child, done = run_task(lane, run, task, at)
        references.append(tekton.child_reference(child))
        message = tekton.counters(len(children), 0, len(tasks) - len(children), 0)
        running = tekton.succeeded("Unknown", recorder.stamp(at), "Running", lane.wording(message))
        seen = {**status, "conditions": running, "childReferences": list(references)}
        recorder.patch(at + 0.12, run, {"status": seen})
        children.append(child)
        if task.halt is not None:
            return children, _stop(lane, run, task.halt)
        at = done + 0.08
        failed = task.failed is not None
        if failed:
            break
    _finish(lane, run, at + 0.15, tasks, children, failed=failed)
    return children, at + 0.15


def _stop(lane: Lane, run: Object, halt: Halt) -> float:
    """The run ends as halted: its TaskRun a moment before or after it, no skippedTasks (recordings cancel,
    pipeline-timeout)."""
    recorder, name = lane.recorder, run["metadata"]["name"]
    at, reason = halt.at + 0.09, "PipelineRunTimeout"
    message = f'PipelineRun "{name}" failed to finish within "{halt.timeout}"'
    if not halt.timeout:
        recorder.patch(halt.at, run, {"metadata": {"generation": 2}, "spec": {"status": "Cancelled"}})
        at, reason, message = halt.at + 0.05, "Cancelled", f'PipelineRun "{name}" was cancelled'
    ended = tekton.succeeded("False", recorder.stamp(at), reason, lane.wording(message))
    recorder.patch(at, run, {"status": {"conditions": ended, "completionTime": recorder.stamp(at)}})
    lane.event(at + 0.02, run, "PipelineRun", "Failed", message, "Warning")
    return at


def results_of(children: Sequence[Object]) -> dict[str, str]:
    """All TaskRun results by name."""
    return {item["name"]: item["value"] for child in children for item in child["status"].get("results", ())}


def _finish(
    lane: Lane, run: Object, at: float, tasks: Sequence[Task], children: Sequence[Object], *, failed: bool
) -> None:
    recorder, skipped = lane.recorder, _skipped(tasks, children)
    reason = "Failed" if failed else "Completed" if skipped else "Succeeded"
    message = tekton.counters(len(children), int(failed), 0, len(skipped))
    status: Object = {
        "conditions": tekton.succeeded(
            "False" if failed else "True", recorder.stamp(at), reason, lane.wording(message)
        ),
        "completionTime": recorder.stamp(at),
    }
    found = results_of(children)
    kept = [{"name": name, "value": found[name]} for name in OUTCOME if name in found]
    if kept:
        status["results"] = kept
    if skipped:
        status["skippedTasks"] = skipped
    recorder.patch(at, run, {"status": status})
    kind, name = ("Warning", "Failed") if failed else ("Normal", reason)
    lane.event(at + 0.02, run, "PipelineRun", name, message, kind)


def _skipped(tasks: Sequence[Task], children: Sequence[Object]) -> list[Object]:
    ran = {child["metadata"]["labels"]["tekton.dev/pipelineTask"] for child in children}
    rows: list[Object] = []
    for task in tasks:
        if task.when is not None:
            rows.append({"name": task.name, "reason": WHEN_FALSE, "whenExpressions": [dict(task.when)]})
        elif task.name not in ran:
            rows.append({"name": task.name, "reason": STOPPING})
    return rows


def _spec(run: Object, tasks: Sequence[Task]) -> Object:
    values: Mapping[str, str] = {item["name"]: item["value"] for item in run["spec"]["params"]}
    return tekton.pipeline_spec(values, [(task.name, task.params, task.when) for task in tasks], OUTCOME)
