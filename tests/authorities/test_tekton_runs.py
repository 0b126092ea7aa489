"""What a run's tasks are said to be, trap by trap (reference tekton.md 2-7, 13)."""

from __future__ import annotations

from typing import Any

import pytest

from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.native import NOT_UNDERSTOOD
from lanewatch.authorities.tekton_history import History, fold
from lanewatch.authorities.tekton_runs import is_nested, oldest_first, run_state
from lanewatch.rollout.reports import PipelineRunState, PipelineTaskState
from tests.authorities.native_objects import (
    Object,
    native,
    pipeline_run,
    pod,
    stamp,
    succeeded,
    task_run,
)


def seen(*objects: Object, gone: tuple[Object, ...] = (), pods_readable: bool = True) -> PipelineRunState:
    """The first object, a run, after all of them were added and some deleted."""
    events = [ObjectEvent("ADDED", thing["kind"], thing, 0.0) for thing in objects]
    events += [ObjectEvent("DELETED", thing["kind"], thing, 1.0) for thing in gone]
    history = fold(History(), events)
    return run_state(history, history.objects[objects[0]["metadata"]["uid"]], pods_readable=pods_readable)


def only(run: PipelineRunState) -> PipelineTaskState:
    (task,) = run.tasks
    return task


OVER = succeeded("False", "Failed")


@pytest.mark.parametrize(
    ("reason", "message", "state"),
    [
        ("StepFailed", "", "failed"),
        ("Failed", "", "failed"),
        ("TaskRunImagePullFailed", "", "failed"),
        ("SomethingNew", "", "failed"),
        ("FailureIgnored", "", "ignored_failure"),
        ("TaskRunTimeout", "", "timed_out"),
        ("TaskRunCancelled", "", "cancelled"),
        (
            "TaskRunCancelled",
            "TaskRun cancelled as the PipelineRun it belongs to has been cancelled.",
            "cancelled",
        ),
        (
            "TaskRunCancelled",
            "TaskRun cancelled as the PipelineRun it belongs to has timed out.",
            "cancelled_by_pipeline_timeout",
        ),
    ],
)
def test_how_a_task_ended_badly(reason: str, message: str, state: str) -> None:
    run = pipeline_run(**OVER)
    child = task_run(run, **succeeded("False", reason))
    child["spec"]["statusMessage"] = message
    assert only(seen(run, child)).state == state


@pytest.mark.parametrize(
    ("kind", "reason", "state"),
    [
        ("CustomRun", "CustomRunCancelled", "cancelled"),
        ("CustomRun", "CustomRunTimedOut", "timed_out"),
        ("CustomRun", "WhateverAControllerWrites", "failed"),
        ("PipelineRun", "Cancelled", "cancelled"),
        ("PipelineRun", "PipelineRunTimeout", "timed_out"),
    ],
)
def test_children_that_are_no_taskruns(kind: str, reason: str, state: str) -> None:
    run = pipeline_run(**OVER)
    child = task_run(run, kind=kind, **succeeded("False", reason))
    assert only(seen(run, child)).state == state


def test_a_failure_that_the_pipeline_ignores_is_an_ignored_one_whatever_its_reason() -> None:
    run = pipeline_run(tasks=({"name": "build", "onError": "continue"},), **succeeded("True", "Succeeded"))
    child = task_run(run, kind="CustomRun", **succeeded("False", "Refused"))
    assert only(seen(run, child)).state == "ignored_failure"


@pytest.mark.parametrize(
    ("endings", "state"),
    [
        (("True", "True"), "succeeded"),
        (("True", "False"), "failed"),
        (("False", "Unknown"), "running"),
        (("True", "Unknown"), "running"),
    ],
)
def test_a_matrix_has_ended_when_all_its_taskruns_have(endings: tuple[str, ...], state: str) -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    children = [task_run(run, **succeeded(ending, "Any")) for ending in endings]
    for place, child in enumerate(children):
        child["metadata"]["name"] += f"-{place}"
    assert only(seen(run, *children)).state == state


def test_matrix_children_are_in_their_numbers_order() -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    children = [task_run(run) for _ in range(12)]
    for place, child in enumerate(children):
        child["metadata"]["name"] += f"-{place}"
    told = [child.name for child in only(seen(run, *reversed(children))).children]
    assert told == [child["metadata"]["name"] for child in children]


def test_without_a_child_a_task_is_pending_until_the_run_is_over() -> None:
    assert only(seen(pipeline_run(**succeeded("Unknown", "Running")))).state == "pending"
    assert only(seen(pipeline_run(**OVER))).state == "never_started"


def test_after_a_hard_cancel_nothing_is_pending() -> None:
    run = pipeline_run(**succeeded("Unknown", "PipelineRunCouldntCancel"))
    run["spec"]["status"] = "Cancelled"
    assert only(seen(run)).state == "never_started"
    run["spec"]["status"] = "CancelledRunFinally"
    assert only(seen(run)).state == "pending"


def test_skipped_needs_an_entry_and_gives_its_reason() -> None:
    run = pipeline_run(skippedTasks=[{"name": "build", "reason": "Results were missing"}], **OVER)
    assert (only(seen(run)).state, only(seen(run)).skip_reason) == ("skipped", "Results were missing")


def test_a_child_that_ran_is_not_skipped_by_an_entry() -> None:
    run = pipeline_run(skippedTasks=[{"name": "build", "reason": "PipelineRun was stopping"}], **OVER)
    task = only(seen(run, task_run(run, **succeeded("True", "Succeeded"))))
    assert (task.state, task.skip_reason) == ("succeeded", "")


def test_an_open_child_of_a_run_that_is_over_is_unfinished() -> None:
    run = pipeline_run(**OVER)
    assert only(seen(run, task_run(run, kind="CustomRun"))).state == "unfinished"


def test_spec_status_of_a_child_is_no_verdict() -> None:
    run = pipeline_run(**OVER)
    child = task_run(run, **succeeded("True", "Succeeded"))
    child["spec"]["status"] = "TaskRunCancelled"
    assert only(seen(run, child)).state == "succeeded"


def test_children_belong_by_owner_uid_and_not_by_name_label() -> None:
    run, namesake = pipeline_run(**succeeded("Unknown", "Running")), pipeline_run(**OVER)
    child = task_run(namesake, **succeeded("False", "StepFailed"))
    child["metadata"]["labels"]["tekton.dev/pipelineRun"] = "run"
    assert only(seen(run, namesake, child)).children == ()


def test_state_is_taken_from_the_children_that_are_left() -> None:
    run = pipeline_run(**OVER)
    first = task_run(run, **succeeded("Unknown", "Running"))
    second = task_run(run, at=5, **succeeded("True", "Succeeded"))
    task = only(seen(run, first, second, gone=(first,)))
    assert task.state == "succeeded"
    assert [child.deleted for child in task.children] == [True, False]
    assert only(seen(run, first, gone=(first,))).state == "unfinished"


def test_a_deleted_run_keeps_what_it_last_was() -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    told = seen(run, gone=(run,))
    assert told.deleting
    assert told.condition is not None
    assert told.condition.status == "Unknown"
    assert only(told).state == "never_started"


def test_no_condition_is_nobody_picked_it_up() -> None:
    assert seen(pipeline_run()).condition is None


@pytest.mark.parametrize("conditions", ["yes", [{"type": "Succeeded", "status": True}]])
def test_a_condition_that_drifted_is_not_taken_for_an_absent_one(conditions: Any) -> None:
    condition = seen(pipeline_run(conditions=conditions)).condition
    assert condition is not None
    assert (condition.status, condition.reason) == ("Unknown", NOT_UNDERSTOOD)


def test_tasks_come_from_the_resolved_spec_else_the_embedded_one_else_the_children() -> None:
    run = pipeline_run(tasks=("a",))
    run["status"]["pipelineSpec"]["finally"] = [{"name": "report"}]
    run["spec"]["pipelineSpec"] = {"tasks": [{"name": "embedded"}]}
    assert [(task.name, task.section) for task in seen(run).tasks] == [("a", "tasks"), ("report", "finally")]
    del run["status"]["pipelineSpec"]
    assert [task.name for task in seen(run).tasks] == ["embedded"]
    del run["spec"]["pipelineSpec"]
    assert seen(run).tasks == ()
    child = task_run(run, "late")
    child["metadata"]["labels"]["tekton.dev/memberOf"] = "finally"
    assert [(task.name, task.section) for task in seen(run, child).tasks] == [("late", "finally")]


def test_a_child_that_is_only_referred_to_is_running_until_it_is_listed() -> None:
    reference = {"kind": "CustomRun", "name": "run-build", "pipelineTaskName": "build"}
    run = pipeline_run(childReferences=[reference], **succeeded("Unknown", "Running"))
    (child,) = only(seen(run)).children
    assert (only(seen(run)).state, child.kind, child.uid, child.pod_exists) == ("running", "CustomRun", "", None)
    assert len(only(seen(run, task_run(run, kind="CustomRun"))).children) == 1


def test_of_children_that_cannot_be_listed_the_run_is_the_only_witness() -> None:
    references = [{"kind": "TaskRun", "name": "run-build", "pipelineTaskName": "build"}]
    assert only(seen(pipeline_run(childReferences=references, **succeeded("True", "Succeeded")))).state == "succeeded"
    assert only(seen(pipeline_run(childReferences=references, **OVER))).state == "unfinished"


def test_attempts_and_their_pods_are_remembered_oldest_first() -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    attempts = [{"podName": "p"}, {"podName": "p-retry1"}]
    child = task_run(run, podName="p-retry2", retriesStatus=attempts, **succeeded("True", "Succeeded"))
    pods = [pod(child, name=name) for name in ("p-retry2", "p-retry1", "p")]  # all of one second, listed otherwise
    (told,) = only(seen(run, child, *pods, gone=(pods[1],))).children
    assert told.attempts == 3
    assert told.retried_pods == ("p", "p-retry1")
    assert told.pod_uids == tuple(thing["metadata"]["uid"] for thing in reversed(pods))
    assert told.pod_exists is True


def test_a_pod_made_again_under_the_same_name_is_another_pod() -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    child = task_run(run, podName="p", **succeeded("Unknown", "Running"))
    lost, made_again = pod(child, name="p", at=2), pod(child, name="p", at=9)
    (told,) = only(seen(run, child, lost, made_again, gone=(lost,))).children
    assert len(told.pod_uids) == 2
    assert told.pod_exists is True
    assert told.attempts == 1


def test_an_adopted_pod_of_a_predecessor_is_not_its_own() -> None:
    run = pipeline_run(**OVER)
    first = task_run(run, podName="p")
    second = task_run(run, at=5, podName="p", **succeeded("False", "StepFailed"))
    dying = pod(first, name="p")
    told = only(seen(run, first, second, dying, gone=(first,))).children
    assert [(len(child.pod_uids), child.pod_exists) for child in told] == [(1, True), (0, False)]


def test_without_pods_nothing_is_said_of_them() -> None:
    run = pipeline_run(**OVER)
    (child,) = only(seen(run, task_run(run, podName="p"), pods_readable=False)).children
    assert child.pod_exists is None


TERMINATED = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}


@pytest.mark.parametrize(
    ("status", "metadata", "reason"),
    [
        ({"phase": "Failed", "reason": "Evicted"}, {}, "Evicted"),
        ({"containerStatuses": [{"name": "step-a", "state": TERMINATED}]}, {}, "OOMKilled"),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}, {}, "ImagePullBackOff"),
        ({"initContainerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}, {}, "ErrImagePull"),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}]}, {}, ""),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]},
            {},
            "Unschedulable",
        ),
        ({"phase": "Running"}, {"deletionTimestamp": stamp(9)}, "Deleted"),
        ({"phase": "Running"}, {}, ""),
    ],
)
def test_how_a_pod_explains_itself(status: Object, metadata: Object, reason: str) -> None:
    run = pipeline_run(**succeeded("Unknown", "Running"))
    child = task_run(run, podName="p")
    thing = pod(child, name="p", **status)
    thing["metadata"] |= metadata
    (told,) = only(seen(run, child, thing)).children
    assert told.pod_reason == reason


def test_steps_say_what_they_say() -> None:
    steps = [
        {"name": "a", "container": "step-a", "terminated": {"exitCode": 1, "reason": "Error"}},
        {"name": "b", "terminated": {"exitCode": 1, "reason": "Error"}, "terminationReason": "Skipped"},
        {"name": "c", "running": {"startedAt": stamp(5)}},
        {"name": "d", "waiting": {"reason": "CreateContainerConfigError"}},
        {"name": "e"},
    ]
    run = pipeline_run(**OVER)
    (child,) = only(seen(run, task_run(run, steps=steps))).children
    told = [(step.name, step.state, step.exit_code, step.termination_reason) for step in child.steps]
    assert told == [
        ("a", "terminated", 1, ""), ("b", "terminated", 1, "Skipped"), ("c", "running", None, ""),
        ("d", "waiting", None, ""), ("e", "", None, ""),
    ]  # fmt: skip


def test_results_of_either_api_version_and_of_any_type() -> None:
    run = pipeline_run(results=[{"name": "list", "value": ["a", "b"]}], **OVER)
    child = task_run(run, taskResults=[{"name": "digest", "value": "sha256:1"}])
    told = seen(run, child)
    assert told.results == {"list": '["a","b"]'}
    assert only(told).children[0].results == {"digest": "sha256:1"}


def test_events_are_those_of_the_run_and_of_what_ran_for_it() -> None:
    run = pipeline_run(**OVER)
    child = task_run(run, podName="p")
    thing, stranger = pod(child, name="p"), pod(task_run(pipeline_run()), name="q")
    events = [event(thing, "Warning", "BackOff", 30, count=4), event(stranger, "Warning", "Failed", 31)]
    events += [event(run, "Normal", "Started", 10), event(thing, "Normal", "Pulled", 20, component="kubelet")]
    told = seen(run, child, thing, stranger, *events)
    assert told.events == ("Normal Started: text of Started", "Warning BackOff: text of BackOff (x4)")


def event(about: Object, kind: str, reason: str, at: int, *, count: int = 1, component: str = "TaskRun") -> Object:
    made = native("Event", f"{reason}.{at:x}", at=at)
    reference = {"kind": about["kind"], "uid": about["metadata"]["uid"]}
    said = {"type": kind, "reason": reason, "message": f"text of {reason}", "count": count}
    return {**made, **said, "involvedObject": reference, "lastTimestamp": stamp(at), "source": {"component": component}}


def test_hostile_texts_are_harmless_and_secretless() -> None:
    message = "\x1b[31mred\x1b[0m password=hunter2hunter2\nPrevious status: [Pending]"
    condition = seen(pipeline_run(**succeeded("False", "Failed", message))).condition
    assert condition is not None
    assert "\x1b" not in condition.message
    assert "hunter2" not in condition.message
    assert condition.message.endswith("Previous status: [Pending]")


def test_nested_runs_are_told_apart_and_runs_are_in_order() -> None:
    old, new = pipeline_run("old", at=1), pipeline_run("new", at=2)
    nested = task_run(new, kind="PipelineRun", at=3)
    history = fold(History(), [ObjectEvent("ADDED", "PipelineRun", run, 0.0) for run in (nested, new, old)])
    assert [kept.object["metadata"]["name"] for kept in oldest_first(history)] == ["old", "new", "new-build"]
    assert [is_nested(run) for run in (old, new, nested)] == [False, False, True]
