"""reuse-plan: a valid plan bound to this commit (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, Confirmation, Correlation, Knowledge, Outcome
from lanewatch.rollout.reports import PlanReport
from lanewatch.rollout.rollout import Stage
from tests.rollout import story
from tests.rollout.story import A, B, delivered, learned, moment, operator, says, seen_at, time

SUBJECT = Correlation(commit=A)
ASKED = Correlation(commit=A, run_id="41", run_attempt="1", plan_ref="actions-run/41/reuse-plan")
NO_PLAN = PlanReport(None, "", None)


def row(known: Knowledge, second: float = 90) -> Stage:
    found = seen_at(known, second).stage("reuse-plan")
    assert found is not None
    return found


def with_plan(report: PlanReport) -> Stage:
    return row(delivered(plan=report))


def test_it_starts_when_a_runner_took_the_first_job_and_is_done_when_the_artifact_was_written() -> None:
    found = with_plan(story.PLAN_REPORT)
    assert (found.state, found.says) == ("succeeded", "build 1, reuse 1")
    assert (found.started_at, found.finished_at, found.elapsed_seconds) == (time(12), time(20), 8)


@pytest.mark.parametrize(
    ("created", "updated", "finished"),
    [(19, 20, time(20)), (21, 20, time(21)), (19, None, time(19)), (None, None, None)],
)
def test_its_time_is_the_later_of_created_and_updated(
    created: float | None, updated: float | None, finished: object
) -> None:
    artifact = replace(
        story.PLAN_REPORT.artifact,  # type: ignore[type-var]
        created_at=None if created is None else time(created),
        updated_at=None if updated is None else time(updated),
    )
    found = with_plan(replace(story.PLAN_REPORT, artifact=artifact))
    assert found.finished_at == finished
    if finished is None:
        assert found.budget.state == "unknown"


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        (replace(story.PLAN_REPORT, plan=None, invalid="skipImageBuild is missing"), "skipImageBuild is missing"),
        (replace(story.PLAN_REPORT, plan=replace(story.PLAN_DOCUMENT, source_commit=B)), "plan is for bbbbbbb"),
        (replace(story.PLAN_REPORT, source_digest="sha256:" + "1" * 64), "gitops/reuse.ymal is sha256:1111111"),
    ],
)
def test_a_plan_that_is_invalid_or_bound_elsewhere_fails_it(bent: PlanReport, reason: str) -> None:
    found = with_plan(bent)
    assert found.state == "failed"
    assert reason in found.reason


def test_a_source_that_could_not_be_read_is_a_finding_and_no_failure() -> None:
    unread = replace(story.PLAN_REPORT, source_digest=None, source_digest_reason="403")
    rollout = seen_at(delivered(plan=unread))
    assert rollout.stages[2].state == "succeeded"
    assert "plan-source-unread" in {finding.id for finding in rollout.findings}


RUNNING = replace(
    story.RUN,
    status="in_progress",
    jobs=(story.PLAN_JOB, replace(story.DISPATCH_JOB, status="waiting", conclusion="", started_at=None)),
)


def knowing(actions: object, plan: PlanReport, second: float = 30) -> Knowledge:
    return learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, second, SUBJECT),
        says(ACTIONS, actions, second, SUBJECT),  # type: ignore[arg-type]
        says(PLAN, plan, second + 0.2, ASKED),
    )


def test_a_plan_job_that_ended_without_a_plan_is_a_finding_while_the_run_goes_on() -> None:
    rollout = seen_at(knowing(replace(story.ACTIONS_REPORT, runs=(RUNNING,)), NO_PLAN), 31)
    assert (rollout.stages[2].state, rollout.state) == ("running", "running")
    found = [finding for finding in rollout.findings if finding.id == "plan-missing"]
    assert len(found) == 1
    assert "plan job ended without a plan" in found[0].message


def test_artifacts_read_before_the_job_was_seen_to_end_prove_nothing() -> None:
    early = replace(RUNNING, jobs=(replace(story.PLAN_JOB, status="in_progress", conclusion=""), RUNNING.jobs[1]))
    known = knowing(replace(story.ACTIONS_REPORT, runs=(early,)), NO_PLAN, 18)
    known = learned(says(ACTIONS, replace(story.ACTIONS_REPORT, runs=(RUNNING,)), 21, SUBJECT), known=known)
    assert "plan-missing" not in {finding.id for finding in seen_at(known, 21).findings}
    known = learned(Confirmation(PLAN, moment(23), 0.1), known=known)
    assert "plan-missing" in {finding.id for finding in seen_at(known, 23).findings}


def test_a_run_that_ended_without_a_plan_fails_it() -> None:
    found = row(knowing(story.ACTIONS_REPORT, NO_PLAN, 90), 91)
    assert (found.state, found.reason) == ("failed", "run 4127 ended without a plan")
    assert found.finished_at == time(24)


def test_but_only_after_the_artifacts_were_read_once_more() -> None:
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 40, SUBJECT),
        says(ACTIONS, replace(story.ACTIONS_REPORT, runs=(RUNNING,)), 70, SUBJECT),
        says(PLAN, NO_PLAN, 71, ASKED),
        says(ACTIONS, story.ACTIONS_REPORT, 90, SUBJECT),
    )
    assert row(known).state == "running"


def test_a_plan_that_cannot_be_read_is_no_missing_plan() -> None:
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 90, SUBJECT),
        says(ACTIONS, story.ACTIONS_REPORT, 90, SUBJECT),
        says(PLAN, NO_PLAN, 90, ASKED, Outcome.INVALID),
    )
    assert row(known).state == "unknown"


def test_an_artifact_older_than_a_rerun_in_place_belongs_to_the_earlier_attempt() -> None:
    again = replace(RUNNING, jobs=(replace(story.PLAN_JOB, attempt=2, started_at=time(70), status="in_progress"),))
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 75, SUBJECT),
        says(ACTIONS, replace(story.ACTIONS_REPORT, runs=(again,)), 75, SUBJECT),
        says(PLAN, story.PLAN_REPORT, 75.2, replace(ASKED, run_attempt="2")),
    )
    found = row(known, 76)
    assert (found.state, found.started_at) == ("running", time(70))


def test_a_plan_read_for_an_earlier_attempt_is_no_answer_to_the_later_one() -> None:
    again = replace(story.RUN, attempt=2)
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 90, SUBJECT),
        says(PLAN, story.PLAN_REPORT, 90, replace(ASKED, run_attempt="1")),
        says(ACTIONS, replace(story.ACTIONS_REPORT, runs=(again,)), 90, SUBJECT),
    )
    assert row(known).state == "running"
    assert seen_at(known).fields["buildServices"].fact.value is None
