"""Endings that nobody recorded, made from recorded ones by changing what the objects say at the end."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.tekton_history import History, fold
from lanewatch.authorities.tekton_runs import runs_of
from lanewatch.authorities.tekton_words import run_handles
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.loading import load_spec
from tests.recordings.reading import folded, lines
from tests.recordings.test_sentences import RECORDINGS, cuts, row, told, watched

Change = Callable[[dict[str, Any]], None]


def ended(name: str, *changes: tuple[str, str, Change]) -> Rollout:
    """The lane at the end of a recording, after these objects (kind, end of the name) were changed once more."""
    history = folded(lines(RECORDINGS[name]))
    for kind, ending, change in changes:
        history = changed(history, kind, ending, change)
    return watched(history)


def changed(history: History, kind: str, ending: str, change: Change) -> History:
    (found,) = [one.object for one in history.of_kind(kind) if one.object["metadata"]["name"].endswith(ending)]
    after = deepcopy(dict(found))
    change(after)
    after["metadata"]["resourceVersion"] = "999999"
    return fold(history, [ObjectEvent("MODIFIED", kind, after, 99.0)])


def condition(status: str, reason: str, message: str = "") -> Change:
    def change(run: dict[str, Any]) -> None:
        run["status"]["conditions"][0].update(status=status, reason=reason, message=message)

    return change


def both(*changes: Change) -> Change:
    def change(run: dict[str, Any]) -> None:
        for one in changes:
            one(run)

    return change


def asked(spec_status: str | None) -> Change:
    def change(run: dict[str, Any]) -> None:
        run["spec"].pop("status", None)
        if spec_status is not None:
            run["spec"]["status"] = spec_status

    return change


RUN = "PipelineRun"


def only(name: str) -> str:
    """The name of the only PipelineRun of a recording that is nobody's child."""
    runs = folded(lines(RECORDINGS[name])).of_kind(RUN)
    (found,) = [run.object["metadata"]["name"] for run in runs if not run.object["metadata"].get("ownerReferences")]
    return str(found)


TIMED_OUT = condition("False", "PipelineRunTimeout", 'PipelineRun "x" failed to finish within "9s"')


def test_a_task_that_failed_before_the_run_timed_out_was_not_unnoticed() -> None:
    name = "failure-middle-finally"
    rollout = ended(name, (RUN, only(name), TIMED_OUT))
    assert row(rollout).state == "failed"
    assert row(rollout).says == "exit 1 in step build of build-or-reuse"
    assert "build-or-reuse, then the run timed out after 9s; gitops-publish did not run" in told(rollout)
    assert "unnoticed" not in told(rollout)


def test_a_run_cancelled_after_a_failure_says_both_and_blames_the_cancelled_task_for_being_cancelled() -> None:
    name = "failure-middle-finally"
    rollout = ended(
        name,
        (RUN, only(name), both(condition("False", "Cancelled"), asked("Cancelled"))),
        ("TaskRun", "report-status", condition("False", "TaskRunCancelled")),
    )
    assert row(rollout).state == "cancelled"
    assert row(rollout).says.startswith("cancelled in report-status")
    assert "before that exit 1 in step build of build-or-reuse" in told(rollout)


def test_one_cancelled_task_run_is_not_a_cancelled_run() -> None:
    name = "cancel"
    rollout = ended(name, (RUN, only(name), asked(None)))
    assert row(rollout).says.startswith("cancelled in step build of")
    assert "-build-or-reuse, not the run, was cancelled in step build of build-or-reuse" in told(rollout)


def test_a_run_cancelled_on_hold_ran_nothing() -> None:
    def nothing_started(run: dict[str, Any]) -> None:
        run["status"].pop("childReferences", None)
        run["metadata"]["uid"] = "another"  # nobody's parent

    name = "pending-then-started"
    history = folded(lines(RECORDINGS[name]))
    (found,) = [run.object for run in history.of_kind(RUN)]
    run = deepcopy(dict(found))
    both(nothing_started, condition("False", "Cancelled"), asked("Cancelled"))(run)
    rollout = watched(fold(History(), [ObjectEvent("ADDED", RUN, run, 1.0)]))
    assert row(rollout).state == "cancelled"
    assert row(rollout).says == "cancelled before plan-artifacts"
    assert "was cancelled before plan-artifacts; nothing ran" in told(rollout)


def test_a_child_pipeline_that_failed_is_blamed_down_to_its_step() -> None:
    def dead(task_run: dict[str, Any]) -> None:
        step = next(iter(task_run["status"]["steps"]))
        step["terminated"].update(exitCode=4, reason="Error")

    name = "child-pipeline"
    history = folded(lines(RECORDINGS[name]))
    inner = [run.object["metadata"] for run in history.of_kind("TaskRun")]
    child = next(
        run.object["metadata"] for run in history.of_kind(RUN) if run.object["metadata"].get("ownerReferences")
    )
    last = [one for one in inner if one["ownerReferences"][0]["uid"] == child["uid"]][-1]
    task = last["labels"]["tekton.dev/pipelineTask"]
    rollout = ended(
        name,
        ("TaskRun", last["name"], both(condition("False", "StepFailed", "exited with code 4"), dead)),
        (RUN, child["name"], condition("False", "Failed", "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0")),
        (RUN, only(name), condition("False", "Failed", "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 0")),
    )
    assert row(rollout).state == "failed"
    assert "exit 4 in step " in told(rollout)
    assert f" of publish/{task}" in told(rollout)


def test_a_task_that_timed_out_at_its_third_attempt_says_which() -> None:
    def tried(task_run: dict[str, Any]) -> None:
        task_run["status"]["retriesStatus"] = [{"podName": "a"}, {"podName": "b"}]

    rollout = ended("task-timeout", ("TaskRun", "-build-or-reuse", tried))
    assert "timed out after 5s in step build of build-or-reuse, attempt 3" in told(rollout)


def test_a_custom_run_that_was_answered_and_still_timed_out_reads_as_a_sentence() -> None:
    name = "custom-task-unserved"

    def answered(run: dict[str, Any]) -> None:
        run["spec"]["statusMessage"] = "CustomRun cancelled as the PipelineRun it belongs to has timed out."
        run.setdefault("status", {})["conditions"] = [
            {"type": "Succeeded", "status": "False", "reason": "CustomRunCancelled", "message": ""}
        ]

    rollout = ended(name, ("CustomRun", "-approve", answered))
    assert row(rollout).says == "timed out after 10s in approve"


def test_a_success_tells_of_what_it_ignored_and_of_what_it_skipped() -> None:
    def skipped(run: dict[str, Any]) -> None:
        run["status"]["skippedTasks"] = [{"name": "smoke", "reason": "When Expressions evaluated to false"}]
        run["status"]["pipelineSpec"]["tasks"].append({"name": "smoke"})

    name = "onerror-continue"
    rollout = ended(name, (RUN, only(name), both(condition("True", "Completed"), skipped)))
    assert row(rollout).state == "succeeded"
    assert row(rollout).says.startswith("done, skipped smoke, ignored the")
    assert "in step test of unit-test: that failure is ignored" in told(rollout)


def test_a_limit_that_is_ignored_is_told_like_a_failure_that_is() -> None:
    name = "onerror-continue"
    rollout = ended(
        name, ("TaskRun", "unit-test", condition("False", "TaskRunTimeout", 'failed to finish within "5s"'))
    )
    assert row(rollout).says == "done, ignored the failure of unit-test"
    assert "timed out after 5s" in told(rollout)


def test_the_logs_of_a_child_pipeline_can_be_opened() -> None:
    (run, *_), _ = runs_of(folded(lines(RECORDINGS["child-pipeline"])))
    handles = run_handles((run,), "v1", load_spec().lane())
    titles = [handle.title for handle in handles if handle.kind == "log"]
    assert len([title for title in titles if title.startswith("publish/")]) == 2
    assert any("/pipelineruns/" in handle.locator and handle.title.startswith("PipelineRun ") for handle in handles)


BY_TIMEOUT = "TaskRun cancelled as the PipelineRun it belongs to has timed out."


def stopped_by_its_run(task_run: dict[str, Any]) -> None:
    task_run["spec"].update(status="TaskRunCancelled", statusMessage=BY_TIMEOUT)
    for step in task_run["status"]["steps"]:
        step["terminated"].update(exitCode=1, reason="TaskRunCancelled")
        step["terminationReason"] = "TaskRunCancelled"


def test_a_final_task_that_its_own_limit_ended_timed_out_and_was_not_cancelled() -> None:
    name = "finally-fails"
    rollout = ended(
        name, ("TaskRun", "report-status", both(condition("False", "TaskRunCancelled"), stopped_by_its_run))
    )
    assert row(rollout).state == "failed"
    assert row(rollout).says == "timed out in step post of report-status…"


def test_of_a_matrix_the_combination_that_failed_is_blamed_not_one_that_was_cancelled_for_it() -> None:
    name = "matrix"

    def dead(task_run: dict[str, Any]) -> None:
        task_run["status"]["steps"][0]["terminated"].update(exitCode=4, reason="Error")

    rollout = ended(
        name,
        ("TaskRun", "build-services-0", both(condition("False", "StepFailed"), dead)),
        ("TaskRun", "build-services-2", condition("False", "TaskRunCancelled")),
        (RUN, only(name), condition("False", "Failed")),
    )
    assert row(rollout).says == "exit 4 in step build of build-services"


def test_the_words_of_older_controllers_for_a_cancel() -> None:
    cancelled = both(condition("False", "PipelineRunCancelled"), asked("PipelineRunCancelled"))
    rollout = ended("cancel", (RUN, only("cancel"), cancelled))
    assert row(rollout).state == "cancelled"
    assert "was cancelled in step build of build-or-reuse; its Pod and log are gone" in told(rollout)


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("failure-middle-finally", "failed", "Failed: Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 1"),
        ("pipeline-timeout", "failed", "timed out after 7s; gitops-publish did not run"),
        ("cancel", "cancelled", "was cancelled before gitops-publish"),
        ("success-three-tasks-results", "succeeded", ""),
    ],
)
def test_where_task_runs_cannot_be_listed_their_run_speaks_alone(name: str, state: str, reason: str) -> None:
    """Nobody is blamed for not having answered, no task is called done or open that nobody saw."""
    history = folded(lines(RECORDINGS[name]))
    runs = {key: kept for key, kept in history.objects.items() if kept.kind == RUN}
    rollout = watched(History(runs))
    assert row(rollout).state == state
    assert reason in row(rollout).reason
    assert "nobody answered" not in told(rollout)
    assert "let to end" not in told(rollout)


def test_a_run_that_is_lost_says_so_while_its_final_tasks_run() -> None:
    said = [row(rollout).says for rollout in cuts("failure-middle-finally")]
    assert {"build-or-reuse failed, report-status ru…", "build-or-reuse failed, the run ends"} <= set(said)


def test_a_retry_is_no_death_of_the_attempt_before_and_a_pull_that_recovered_keeps_nothing() -> None:
    said = [row(rollout).says for rollout in cuts("retries-then-success")]
    retries = [number for number, says in enumerate(said) if says == "build-or-reuse: ToBeRetried"]
    assert retries
    assert all(not said[number + 1].startswith("build-or-reuse: exit") for number in retries)
    recovered = [
        any(one.id == "stalled" for one in rollout.findings)
        for rollout in cuts("image-pull-recovers")
        if "step" in row(rollout).says
    ]
    assert len(recovered) > 3
    assert not any(recovered)


GIT = 'error getting "Git" "agentrun-ci/git-97649d": revision error: reference not found'
BUNDLE = "cannot retrieve the oci image: GET https://x.example/v2/: unexpected status code 429 Too Many Requests"
WHILE = "Error retrieving pipeline for pipelinerun ci/r: error when getting Pipeline for PipelineRun r: "
TASKS = "Pipeline ci/p can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task "


@pytest.mark.parametrize(
    ("reason", "message", "says"),
    [
        ("CouldntGetPipeline", f"{WHILE}resolver failed to get Pipeline : {BUNDLE}",
         f"no Pipeline: resolver failed to get Pipeline: {BUNDLE} (CouldntGetPipeline)"),
        ("CouldntGetPipeline", f'{WHILE}pipelines.tekton.dev "p" is forbidden: User "u" cannot get resource',
         'no Pipeline: pipelines.tekton.dev "p" is forbidden: User "u" cannot get resource (CouldntGetPipeline)'),
        ("CouldntGetPipeline", f'{WHILE}pipelines.tekton.dev "p" not found', "no Pipeline p (CouldntGetPipeline)"),
        ("CouldntGetTask", f'{TASKS}"git-clone": task.tekton.dev "git-clone" not found',
         "no Task git-clone (CouldntGetTask)"),
        ("CouldntGetTask", f'{TASKS}"build": {GIT}', f"no Task build: {GIT} (CouldntGetTask)"),
        ("CouldntGetTask", f'{TASKS}"": {GIT}', f"no Task: {GIT} (CouldntGetTask)"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_from_what_could_not_be_fetched(reason: str, message: str, says: str) -> None:
    name = "missing-task-ref"
    rollout = ended(name, (RUN, only(name), condition("False", reason, message)))
    assert f": {says}; nothing ran" in row(rollout).reason


def test_a_pod_that_its_node_took_along_is_no_exit_of_a_step() -> None:
    def shut_down(pod: dict[str, Any]) -> None:
        pod["status"].update(phase="Failed", reason="Terminated", message="imminent node shutdown")

    name = "pod-deleted-mid-run"
    rollout = ended(name, ("Pod", "-build-or-reuse-pod", shut_down))
    assert row(rollout).says.startswith("pod Terminated of build-or-reuse: ")
