"""tekton-pipelinerun: the current PipelineRun of the commit (CONTRACTS 3, tekton reference 2, 13)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import TEKTON
from lanewatch.rollout.reports import Condition, DeletedRun, PipelineTaskState, StepState, TektonReport
from lanewatch.rollout.rollout import Rollout, Stage
from tests.rollout import story
from tests.rollout.story import OLD, PIPELINE_RUN, A, B, delivered, learned, says, seen_at, time
from tests.rollout.test_build_or_reuse import FALSE, NONE, RUNNING, STOPPED, TASK, building, pipeline

EMPTY = TektonReport((), event_listener_ready=True)


def row(rollout: Rollout) -> Stage:
    found = rollout.stage("tekton-pipelinerun")
    assert found is not None
    return found


def test_it_starts_with_the_plan_and_ends_with_the_completion_time() -> None:
    found = row(seen_at(delivered()))
    assert (found.state, found.started_at, found.finished_at) == ("succeeded", time(20), time(66))
    assert found.budget.state == "none"
    assert found.budget.id is None


def test_without_a_completion_time_the_transition_counts() -> None:
    run = replace(PIPELINE_RUN, completed_at=None)
    assert row(seen_at(delivered(tekton=TektonReport((run,))))).finished_at == time(66)


def test_it_waits_for_a_pipeline_run_and_says_so_after_10_s() -> None:
    rollout = building(NONE, EMPTY)
    assert (row(rollout).state, row(rollout).says) == ("running", "waiting for a PipelineRun")
    found = next(finding for finding in rollout.findings if finding.id == "no-pipelinerun")
    assert "event ev-1 was accepted" in found.message


def test_where_the_fallback_is_in_use_there_is_no_such_finding() -> None:
    rollout = building(NONE, replace(EMPTY, event_listener_ready=False))
    assert "no-pipelinerun" not in {finding.id for finding in rollout.findings}


@pytest.mark.parametrize(
    ("condition", "state", "words"),
    [
        (None, "running", "not picked up"),
        (RUNNING, "running", "agentrun-v02-x7k2"),
        (Condition("Unknown", "ResolvingPipelineRef", "", None), "running", "ResolvingPipelineRef"),
        (FALSE, "failed", "Failed: Tasks Completed"),
        (STOPPED, "cancelled", "cancelled"),
        (Condition("False", "PipelineRunTimeout", "not within 1h", time(58)), "failed", "PipelineRunTimeout"),
        (Condition("False", "SomethingNew", "odd", time(58)), "failed", "SomethingNew: odd"),
    ],
)  # fmt: skip
def test_the_condition_alone_decides(condition: Condition | None, state: str, words: str) -> None:
    found = row(building(NONE, pipeline(condition)))
    assert found.state == state
    assert words in found.says


def test_it_says_which_step_of_which_task_runs() -> None:
    steps = (StepState("render", "s", "terminated", 0), StepState("push", "s", "running"))
    task = PipelineTaskState("publish", "tasks", "running", "", (replace(TASK, steps=steps),))
    assert row(building(NONE, pipeline(RUNNING, tasks=(task,)))).says == "publish: step push 2/2"


def test_a_failure_names_step_exit_code_and_task() -> None:
    steps = (StepState("build", "s", "terminated", 2, "Error"),)
    task = PipelineTaskState("build", "tasks", "failed", "", (replace(TASK, steps=steps, condition=FALSE),))
    found = row(building(NONE, pipeline(FALSE, tasks=(task,))))
    assert found.reason == "PipelineRun agentrun-v02-x7k2: exit 2 in step build of build"


def test_completed_says_what_was_skipped() -> None:
    run = replace(PIPELINE_RUN, tasks=(PipelineTaskState("publish", "tasks", "skipped", "when", ()),))
    assert "skipped publish" in row(seen_at(delivered(tekton=TektonReport((run,))))).says


def test_the_verdict_follows_the_current_run_and_an_older_success_is_a_note() -> None:
    current = replace(PIPELINE_RUN, name="second", uid="uid-2", condition=FALSE)
    rollout = building(NONE, TektonReport((current, PIPELINE_RUN), event_listener_ready=True))
    assert row(rollout).state == "failed"
    assert "delivered by it" in next(f.message for f in rollout.findings if f.id == "delivered-by")


def test_a_newer_success_after_an_older_failure_succeeds_with_a_note() -> None:
    older = replace(PIPELINE_RUN, name="first", uid="uid-1", condition=FALSE)
    rollout = seen_at(delivered(tekton=TektonReport((PIPELINE_RUN, older))))
    assert (row(rollout).state, rollout.state) == ("succeeded", "succeeded")
    assert "delivered-by" in {finding.id for finding in rollout.findings}


HISTORY = replace(story.MIRROR_REPORT, history=(story.B_COMMIT, story.A_COMMIT, story.OLD_COMMIT))


@pytest.mark.parametrize(("other", "state", "lane"), [(B, "cancelled", "superseded"), (OLD, "cancelled", "failed")])
def test_cancelled_while_a_newer_commit_has_a_run_is_superseded(other: str, state: str, lane: str) -> None:
    stopped = replace(pipeline(STOPPED), other_runs=(("next", other),))
    nothing = replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,))
    rollout = seen_at(
        delivered(
            mirror=HISTORY, provenance=NONE, tekton=stopped, gitops=nothing, argo=story.OLD_APPLICATION,
            runtime=story.OLD_WORKLOAD,
        )
    )  # fmt: skip
    assert (row(rollout).state, rollout.state) == (state, lane)


def test_no_run_while_a_newer_commit_has_one_is_superseded_once_the_actions_run_ended() -> None:
    rollout = seen_at(
        delivered(
            mirror=HISTORY, provenance=NONE, tekton=replace(EMPTY, other_runs=(("next", B),)),
            gitops=replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
            argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD,
        )
    )  # fmt: skip
    assert (row(rollout).state, row(rollout).reason, rollout.state) == (
        "skipped",
        "superseded by bbbbbbb",
        "superseded",
    )


def test_but_not_while_its_own_actions_run_may_still_start_one() -> None:
    going = replace(story.DISPATCH_JOB, status="in_progress", conclusion="")
    run = replace(story.RUN, jobs=(story.PLAN_JOB, going))
    rollout = seen_at(
        delivered(
            mirror=HISTORY, actions=replace(story.ACTIONS_REPORT, runs=(run,)), provenance=NONE,
            tekton=replace(EMPTY, other_runs=(("next", B),)),
            gitops=replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
            argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD,
        )
    )  # fmt: skip
    assert (row(rollout).state, rollout.state) == ("running", "running")


def gone(condition: Condition | None, uid: str = "uid-pr") -> DeletedRun:
    return DeletedRun("agentrun-v02-x7k2", uid, time(23), condition)


def test_a_run_made_again_under_the_same_name_is_another_run() -> None:
    known = delivered(tekton=replace(EMPTY, deleted=(gone(RUNNING, "uid-again"), gone(story.TRUE))))
    assert row(seen_at(known)).state == "unknown"


def test_a_run_deleted_before_its_end_was_seen_is_no_verdict() -> None:
    rollout = building(NONE, replace(EMPTY, deleted=(gone(RUNNING),)))
    assert row(rollout).state == "unknown"


@pytest.mark.parametrize(("condition", "state"), [(story.TRUE, "succeeded"), (FALSE, "failed")])
def test_a_run_seen_ended_keeps_its_end_when_it_is_deleted(condition: Condition, state: str) -> None:
    known = delivered(tekton=pipeline(condition))
    left = replace(EMPTY, deleted=(gone(condition),))
    known = learned(says(TEKTON, left, 95, known.seen[TEKTON].last.subject), known=known)
    assert row(seen_at(known, 95)).state == state


def test_the_correlation_names_the_current_run() -> None:
    correlation = seen_at(delivered()).correlation
    assert (correlation.pipeline_run_name, correlation.pipeline_run_uid, correlation.commit) == (
        "agentrun-v02-x7k2", "uid-pr", A,
    )  # fmt: skip
