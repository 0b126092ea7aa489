"""Compares what the fold concludes at the end of a recording with its `expected.json`, one line a mismatch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lanewatch.authorities.native import one_line
from lanewatch.authorities.tekton_history import History, Kept
from lanewatch.authorities.tekton_runs import oldest_first, run_state
from lanewatch.rollout.reports import Condition, PipelineRunState, PipelineTaskState, StepState, TaskRunState

# At the end of a recording nothing more will come: what was still open never ended, what was still due never began.
AT_END = {"running": "unfinished", "pending": "never_started"}


def mismatches(history: History, expected: dict[str, Any]) -> list[str]:
    """Empty when every run, task, child, Pod, result and step is as expected."""
    runs = oldest_first(history)
    wanted = expected["pipelineRuns"]
    found = list(
        _differs("pipelineRuns", [run["uid"] for run in wanted], [run.object["metadata"]["uid"] for run in runs])
    )
    by_uid = {kept.object["metadata"]["uid"]: kept for kept in runs}
    for run in wanted:
        if kept := by_uid.get(run["uid"]):
            found += [f"{run['name']}: {line}" for line in _run(run, kept, run_state(history, kept))]
    return found


def _run(wanted: dict[str, Any], kept: Kept, run: PipelineRunState) -> Iterator[str]:
    yield from _differs("name", wanted["name"], run.name)
    yield from _condition(wanted, run.condition)
    yield from _differs("startTime", _time(wanted["startTime"]), run.started_at)
    yield from _differs("completionTime", _time(wanted["completionTime"]), run.completed_at)
    yield from _differs("sourceCommit", wanted["sourceCommit"], run.params.get("sourceCommit"))
    yield from _differs("results", _values(wanted.get("results", {})), dict(run.results))
    yield from _differs("deleted", wanted.get("deleted", False), kept.deleted)
    yield from _differs("tasks", sorted(wanted["tasks"]), sorted(task.name for task in run.tasks))
    for task in run.tasks:
        if task.name in wanted["tasks"]:
            yield from (f"{task.name}: {line}" for line in _task(wanted["tasks"][task.name], task))


def _task(wanted: dict[str, Any], task: PipelineTaskState) -> Iterator[str]:
    yield from _differs("section", wanted["section"], task.section)
    yield from _differs("state", wanted["state"], AT_END.get(task.state, task.state))
    yield from _differs("skipReason", wanted.get("skipReason") or "", task.skip_reason)
    children = {child["uid"]: child for child in wanted.get("children", [])}
    yield from _differs("children", sorted(children), sorted(child.uid for child in task.children))
    for child in task.children:
        if child.uid in children:
            yield from (f"{child.name}: {line}" for line in _child(children[child.uid], child))


def _child(wanted: dict[str, Any], child: TaskRunState) -> Iterator[str]:
    yield from _differs("kind", wanted["kind"], child.kind)
    yield from _differs("name", wanted["name"], child.name)
    yield from _condition(wanted, child.condition)
    yield from _differs("attempts", wanted["attempts"], child.attempts)
    yield from _differs("podName", wanted["podName"] or "", child.pod_name)
    yield from _differs("podUids", wanted["podUids"], list(child.pod_uids))
    yield from _differs("podExistsAtEnd", wanted["podExistsAtEnd"], child.pod_exists)
    yield from _differs("deleted", wanted.get("deleted", False), child.deleted)
    yield from _differs("results", _values(wanted.get("results", {})), dict(child.results))
    yield from _differs(
        "steps", [_step_wanted(step) for step in wanted["steps"]], [_step(step) for step in child.steps]
    )


def _condition(wanted: dict[str, Any], condition: Condition | None) -> Iterator[str]:
    yield from _differs("status", wanted["status"], condition.status if condition else None)
    yield from _differs("reason", wanted["reason"], condition.reason if condition else None)
    if "message" in wanted:
        message = None if wanted["message"] is None else one_line(wanted["message"])
        yield from _differs("message", message, condition.message if condition else None)


def _step_wanted(step: dict[str, Any]) -> tuple[Any, ...]:
    if step["state"] != "terminated":
        return (step["name"], step["state"] or "")
    return (step["name"], "terminated", step["exitCode"], step["reason"], step.get("terminationReason") or "")


def _step(step: StepState) -> tuple[Any, ...]:
    if step.state != "terminated":
        return (step.name, step.state)
    return (step.name, "terminated", step.exit_code, step.reason, step.termination_reason)


def _values(results: dict[str, Any]) -> dict[str, str]:
    compact = {key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
               for key, value in results.items()}  # fmt: skip
    return {key: one_line(value) for key, value in compact.items()}


def _time(stamp: str | None) -> datetime | None:
    return None if stamp is None else datetime.fromisoformat(stamp)


def _differs(what: str, wanted: object, got: object) -> Iterator[str]:
    if wanted != got:
        yield f"{what}: expected {wanted!r}, got {got!r}"
