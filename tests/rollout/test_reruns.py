"""Several attempts: the verdict follows the current one; what an earlier one left is not its own (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import ACTIONS, Correlation
from lanewatch.rollout.reports import ActionsJob, ActionsReport, TektonReport
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import A, G, delivered, learned, says, seen_at, states, time
from tests.rollout.test_build_or_reuse import FAILED_JOB, FALSE, NONE, RUNNING

FIRST = replace(
    story.PIPELINE_RUN, name="first", uid="uid-1", condition=FALSE, created_at=time(23), completed_at=time(58)
)
SECOND = replace(
    story.PIPELINE_RUN, name="second", uid="uid-2", condition=RUNNING, created_at=time(310), completed_at=None
)


def job(number: int, status: str, started: float | None, attempt: int = 2) -> ActionsJob:
    begun, ended = time(started) if started else None, time(started + 8) if started and status == "completed" else None
    conclusion = "success" if status == "completed" else ""
    return ActionsJob(
        f"9{number}", ("plan", "dispatch")[number], status, conclusion, (), "", attempt, time(8), begun, ended
    )


def actions(*jobs: ActionsJob, attempt: int = 0) -> ActionsReport:
    run = replace(story.RUN, jobs=jobs, status="in_progress", conclusion="", attempt=attempt)
    return replace(story.ACTIONS_REPORT, runs=(run,), dispatch=None, server_time=time(320))


def again(tekton: TektonReport, second: float = 320, **changes: Any) -> Rollout:
    """The lane in its second attempt, while nothing of it was published."""
    told: dict[str, Any] = {
        "actions": actions(job(0, "completed", 300), job(1, "in_progress", 309)),
        "plan": replace(
            story.PLAN_REPORT,
            artifact=replace(story.PLAN_REPORT.artifact, created_at=time(307), updated_at=time(308)),  # type: ignore[type-var]
        ),
        "provenance": NONE,
        "gitops": replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
        "argo": story.OLD_APPLICATION,
        "runtime": story.OLD_WORKLOAD,
    }
    return seen_at(delivered(second, tekton=tekton, **(told | changes)), second)


BOTH = TektonReport((SECOND, FIRST), event_listener_ready=True)
ONLY_FIRST = TektonReport((FIRST,), event_listener_ready=True)


def test_a_failure_of_the_first_attempt_does_not_fail_the_second() -> None:
    rollout = again(BOTH)
    assert states(rollout)["tekton-pipelinerun"] == "running"
    assert states(rollout)["build-or-reuse"] == "running"
    assert rollout.state == "running"
    assert {"several-attempts", "delivered-by"} <= {finding.id for finding in rollout.findings}


def test_a_pipeline_run_of_before_the_rerun_is_not_the_reruns() -> None:
    rollout = again(ONLY_FIRST)
    assert (states(rollout)["tekton-pipelinerun"], rollout.state) == ("running", "running")
    assert rollout.stages[4].says == "waiting for a PipelineRun"


def test_while_a_rerun_waits_for_its_runner_nothing_of_before_is_its_own() -> None:
    rollout = again(ONLY_FIRST, actions=actions(job(0, "queued", None, 1), job(1, "waiting", None, 1)))
    assert rollout.stages[1].says == "waiting for a runner"
    assert states(rollout)["reuse-plan"] == "pending"
    assert rollout.state == "running"
    assert rollout.budget.state == "unknown"


def test_a_job_of_the_first_attempt_does_not_fail_the_second() -> None:
    rollout = again(BOTH, provenance=replace(NONE, job=FAILED_JOB))
    assert states(rollout)["build-or-reuse"] == "running"


def test_a_job_of_the_second_attempt_does() -> None:
    rollout = again(BOTH, provenance=replace(NONE, job=replace(FAILED_JOB, started_at=time(315))))
    assert states(rollout)["build-or-reuse"] == "failed"


def test_provenance_of_the_first_attempt_is_not_the_seconds_and_no_contradiction() -> None:
    first = replace(story.PROVENANCE_REPORT, provenance=replace(story.PROVENANCE_DOCUMENT, pipeline_run_name="first"))
    rollout = again(BOTH, provenance=first)
    assert (states(rollout)["build-or-reuse"], rollout.state) == ("running", "running")


def test_a_commit_published_by_the_first_attempt_waits_for_the_seconds_build() -> None:
    rollout = again(BOTH, gitops=story.GITOPS_REPORT, argo=story.APPLICATION, runtime=story.WORKLOAD)
    assert states(rollout)["gitops-publish"] == "pending"
    assert rollout.state == "running"


def test_a_second_attempt_that_delivers_succeeds_with_a_note() -> None:
    second = replace(SECOND, condition=replace(story.TRUE, changed_at=time(360)), completed_at=time(360))
    document = replace(story.PROVENANCE_DOCUMENT, pipeline_run_name="second")
    published = replace(story.PUBLISHED, sha=G, committed_at=time(355))
    operation = replace(story.OPERATION, started_at=time(361), finished_at=time(363))
    rollout = again(
        TektonReport((second, FIRST)),
        400,
        actions=replace(
            actions(job(0, "completed", 300), job(1, "completed", 309)), server_time=time(400)
        ),
        provenance=replace(
            story.PROVENANCE_REPORT,
            provenance=document,
            recorded_at=time(350),
            job=replace(story.JOB, started_at=time(315), finished_at=time(349)),
        ),
        gitops=replace(story.GITOPS_REPORT, revision=published, history=(published, story.OLD_PUBLISHED)),
        argo=replace(story.APPLICATION, operation=operation, health_since=time(370), reconciled_at=time(371)),
        runtime=replace(
            story.WORKLOAD, deployment=replace(story.DEPLOYMENT, progressing_updated_at=time(369))
        ),
    )  # fmt: skip
    assert set(states(rollout).values()) == {"succeeded"}, [(s.id, s.says, s.reason) for s in rollout.stages]
    assert rollout.state == "succeeded"
    assert rollout.elapsed_seconds == 370
    assert rollout.budget.used_seconds == pytest.approx(70)
    assert rollout.budget.state == "within"
    assert "delivered-by" in {finding.id for finding in rollout.findings}


def test_an_attempt_counted_by_the_server_starts_with_its_own_jobs() -> None:
    jobs = tuple(replace(one, created_at=time(296)) for one in (job(0, "completed", 300), job(1, "in_progress", 309)))
    rollout = again(ONLY_FIRST, actions=actions(*jobs, attempt=2))
    assert rollout.stages[1].started_at == time(296)
    assert states(rollout)["tekton-pipelinerun"] == "running"


def test_a_run_seen_ended_and_queued_again_is_a_rerun() -> None:
    known = delivered()
    subject = Correlation(commit=A)
    known = learned(says(ACTIONS, actions(job(0, "queued", None, 1)), 95, subject), known=known)
    rollout = seen_at(known, 95)
    assert states(rollout)["actions-dispatch"] == "running"
    assert rollout.state == "running"


def pushed_again(*jobs: ActionsJob) -> ActionsReport:
    """The commit has a second run, made at 296 with an id of its own."""
    made = tuple(replace(one, id=f"1{one.id}", attempt=1, created_at=time(296)) for one in jobs)
    run = replace(story.RUN, id="43", number=4129, jobs=made, status="in_progress", conclusion="")
    return replace(story.ACTIONS_REPORT, runs=(run, story.RUN), dispatch=None, server_time=time(320))


def test_of_several_runs_of_one_commit_the_newest_counts() -> None:
    rollout = again(ONLY_FIRST, actions=pushed_again(job(0, "completed", 300), job(1, "in_progress", 309)))
    assert states(rollout)["tekton-pipelinerun"] == "running"
    assert rollout.state == "running"
    assert rollout.budget.used_seconds == pytest.approx(24)
    told = next(finding.message for finding in rollout.findings if finding.id == "several-runs")
    assert told == "2 runs of this commit: 4129 counts, budgets run from its start."


def test_a_rerun_of_the_dispatch_job_alone_keeps_the_plan_and_nothing_after_it() -> None:
    known = delivered()
    queued = replace(story.DISPATCH_JOB, status="queued", conclusion="", started_at=None, completed_at=None)
    run = replace(story.RUN, status="queued", conclusion="", jobs=(story.PLAN_JOB, queued))
    known = learned(says(ACTIONS, replace(story.ACTIONS_REPORT, runs=(run,)), 95, Correlation(commit=A)), known=known)
    found = states(seen_at(known, 95))
    assert (found["actions-dispatch"], found["reuse-plan"]) == ("running", "succeeded")
    assert {found["build-or-reuse"], found["tekton-pipelinerun"], found["gitops-publish"]} <= {"running", "pending"}
