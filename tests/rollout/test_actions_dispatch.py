"""actions-dispatch: a run exists for the commit and a runner took its first job (CONTRACTS 3, gitea reference 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import ACTIONS, MIRROR, TEKTON, Confirmation, Correlation, Knowledge, Outcome
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import ActionsJob, ActionsReport, ActionsRun
from lanewatch.rollout.rollout import Stage
from tests.rollout import story
from tests.rollout.story import A, B, learned, moment, operator, says, seen_at, time

SUBJECT = Correlation(commit=A)


def job(status: str = "queued", conclusion: str = "", number: int = 1, started: float | None = None) -> ActionsJob:
    done = time(20) if status == "completed" else None
    return ActionsJob(
        f"9{number}", f"job{number}", status, conclusion, (), "", 1, time(8), time(started) if started else None, done
    )


def run(*jobs: ActionsJob, status: str = "queued", attempt: int = 0) -> ActionsRun:
    return replace(story.RUN, status=status, conclusion="", jobs=jobs, attempt=attempt)


def report(*runs: ActionsRun, **changes: object) -> ActionsReport:
    return replace(story.ACTIONS_REPORT, runs=runs, dispatch=None, **changes)  # type: ignore[arg-type]


def knowing(actions: ActionsReport, second: float = 60) -> Knowledge:
    """With Tekton read right after: it has no PipelineRun."""
    return learned(
        operator(second),
        says(MIRROR, story.MIRROR_REPORT, second, SUBJECT),
        says(ACTIONS, actions, second, SUBJECT),
        says(TEKTON, story.BEFORE[TEKTON], second, SUBJECT),
    )


def row(known: Knowledge, second: float = 60) -> Stage:
    found = seen_at(known, second).stage("actions-dispatch")
    assert found is not None
    return found


def test_without_a_run_it_is_pending() -> None:
    assert (row(knowing(report())).state, row(knowing(report())).says) == ("pending", "no run yet")


def test_it_runs_from_the_first_jobs_creation_until_a_runner_takes_it() -> None:
    waiting = row(knowing(report(run(job()))))
    assert (waiting.state, waiting.says, waiting.started_at) == ("running", "waiting for a runner", time(8))
    taken = row(knowing(report(run(job("in_progress", started=12), job(number=2), status="in_progress"))))
    assert (taken.state, taken.says, taken.finished_at) == ("succeeded", "run 4127", time(12))
    assert taken.elapsed_seconds == 4


def test_no_runner_online_is_a_finding_that_names_the_label() -> None:
    rollout = seen_at(knowing(report(run(job()), runner_online=False)), 60)
    assert rollout.state == "running"
    assert "unidesk-ci-builder" in next(f.message for f in rollout.findings if f.id == "runner-offline")


@pytest.mark.parametrize(
    ("conclusions", "state"),
    [(("failure", "skipped"), "failed"), (("cancelled", "success"), "cancelled"), (("failure", "cancelled"), "failed")],
)
def test_a_run_that_ended_badly_before_a_pipeline_run_exists_fails_it(conclusions: tuple[str, str], state: str) -> None:
    ended = run(*(job("completed", word, n, 12) for n, word in enumerate(conclusions, 1)), status="completed")
    found = row(knowing(report(ended)))
    assert found.state == state
    assert "run 4127" in found.reason
    assert found.finished_at == time(20)


def test_once_a_pipeline_run_exists_the_runs_end_is_only_a_fact_of_its_row() -> None:
    ended = run(job("completed", "failure", started=12), status="completed")
    known = learned(says(TEKTON, story.TEKTON_REPORT, 60, SUBJECT), known=knowing(report(ended)))
    found = row(known)
    assert (found.state, found.says) == ("succeeded", "run 4127, ended: failure")


def test_the_runs_own_word_is_not_believed_while_a_job_runs() -> None:
    early = run(job("completed", "failure", 1, 12), job("in_progress", "", 2, 13), status="completed")
    assert row(knowing(report(replace(early, conclusion="failure")))).state == "succeeded"


def test_a_word_that_is_not_known_is_never_a_success_nor_a_failure() -> None:
    odd = run(job("completed", "mystery", 1, 12), status="completed")
    assert row(knowing(report(odd))).state == "succeeded"  # a runner took it; how it ended is not known
    assert seen_at(knowing(report(odd)), 60).stage("reuse-plan").state == "running"  # type: ignore[union-attr]


def just_ended(server: float) -> ActionsReport:
    return report(run(job("completed", "failure", started=12), status="completed"), server_time=time(server))


def test_a_run_seen_ended_less_than_10_s_ago_is_believed_only_after_a_second_read() -> None:
    known = knowing(just_ended(25), 25)
    assert row(known, 25).state == "running"
    assert unsettled(known, moment(25)) == {ACTIONS}
    again = learned(Confirmation(ACTIONS, moment(28), 0.1), known=known)
    assert row(again, 28).state == "failed"
    assert ACTIONS not in unsettled(again, moment(28))


def test_a_run_that_ended_10_s_ago_by_the_servers_clock_is_believed_at_once() -> None:
    assert row(knowing(just_ended(30), 30), 30).state == "failed"
    assert row(knowing(just_ended(29), 29), 29).state == "running"


def test_two_reads_in_one_moment_are_no_second_read() -> None:
    known = learned(Confirmation(ACTIONS, moment(25.2), 0.1), known=knowing(just_ended(25), 25))
    assert row(known, 25.2).state == "running"


def test_an_end_that_changed_is_not_confirmed_by_the_read_before_it() -> None:
    first = knowing(just_ended(25), 25)
    other = report(run(job("completed", "cancelled", started=12), status="completed"), server_time=time(27))
    assert row(learned(says(ACTIONS, other, 27, SUBJECT), known=first), 27).state == "running"


NEWER = replace(story.RUN, id="42", number=4128, head_sha=B)


def test_no_run_while_a_newer_commit_has_one_is_superseded() -> None:
    known = knowing(report(newer_runs=(NEWER,)))
    assert {stage.state for stage in seen_at(known, 60).stages[5:]} == {"pending"}, "said before they have answered"
    rollout = seen_at(story.told(story.BEFORE, 60, known), 60)
    assert rollout.stages[1].state == "skipped"
    assert rollout.stages[1].reason == "superseded by bbbbbbb"
    assert {stage.state for stage in rollout.stages[2:]} == {"skipped"}
    assert {stage.reason for stage in rollout.stages[2:]} == {"superseded by bbbbbbb"}
    assert rollout.state == "superseded"
    assert B in next(f.message for f in rollout.findings if f.id == "superseded")


def test_cancelled_while_a_newer_commit_has_a_run_is_superseded() -> None:
    ended = run(job("completed", "cancelled", started=12), status="completed")
    rollout = seen_at(knowing(report(ended, newer_runs=(NEWER,))), 60)
    assert (rollout.stages[1].state, rollout.state) == ("cancelled", "superseded")


def test_cancelled_without_a_newer_commit_is_a_failed_lane() -> None:
    ended = run(job("completed", "cancelled", started=12), status="completed")
    rollout = seen_at(knowing(report(ended)), 60)
    assert (rollout.stages[1].state, rollout.state) == ("cancelled", "failed")
    assert [f.id for f in rollout.findings if f.severity == "error"] == ["stage-cancelled"]


def test_a_run_of_an_older_commit_supersedes_nothing() -> None:
    older = replace(NEWER, head_sha=story.OLD)
    assert seen_at(knowing(report(newer_runs=(older,))), 60).state != "superseded"


def test_a_skip_marker_means_no_run_by_design() -> None:
    marked = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, skip_marker="[skip ci]"))
    known = learned(operator(), says(MIRROR, marked, 60, SUBJECT), says(ACTIONS, report(), 60, SUBJECT))
    rollout = seen_at(story.told(story.BEFORE, 60, known), 60)
    assert {stage.state for stage in rollout.stages[1:]} == {"skipped"}
    assert "skip-marker" in {finding.id for finding in rollout.findings}
    assert rollout.state == "unknown"


def test_a_run_in_spite_of_a_skip_marker_counts() -> None:
    marked = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, skip_marker="[skip ci]"))
    known = learned(
        operator(),
        says(MIRROR, marked, 60, SUBJECT),
        says(ACTIONS, report(run(job("in_progress", started=9))), 60, SUBJECT),
    )
    assert row(known).state == "succeeded"


def test_a_rerun_in_place_keeps_created_at_so_its_start_is_unknown() -> None:
    again = replace(job("in_progress", started=70), attempt=2)
    found = row(knowing(report(run(again)), 75), 75)
    assert (found.state, found.started_at, found.finished_at) == ("succeeded", None, time(70))
    assert found.budget.state == "unknown"


def test_a_rerun_with_new_jobs_starts_at_their_creation() -> None:
    again = replace(job("in_progress", started=70), attempt=2, created_at=time(66))
    found = row(knowing(report(run(again, attempt=2)), 75), 75)
    assert (found.started_at, found.elapsed_seconds) == (time(66), 4)


def test_a_run_that_ended_badly_fails_nothing_while_tekton_cannot_be_asked_whether_it_made_a_pipeline_run() -> None:
    """With Tekton throttled for a minute the dispatch was shown as failed, though the build behind it had failed."""
    bad = report(run(job("completed", "failure", started=12), status="completed"), server_time=time(60))
    known = knowing(report(run(job("in_progress", started=12), status="in_progress")), 15)
    unasked = learned(says(ACTIONS, bad, 60, SUBJECT), known=known)
    assert row(unasked).state == "succeeded"
    assert TEKTON in unsettled(unasked, moment(60))
    throttled = learned(says(TEKTON, None, 61, SUBJECT, Outcome.THROTTLED), known=unasked)
    assert (row(throttled, 61).state, row(throttled, 61).says) == ("succeeded", "run 4127, ended: failure")
    asked = learned(says(TEKTON, story.BEFORE[TEKTON], 62, SUBJECT), known=throttled)
    assert row(asked, 62).state == "failed"


def test_a_job_that_may_fail_fails_no_run_whose_server_calls_it_a_success() -> None:
    """`continue-on-error`, from Gitea 1.27; no other server calls a run with a failed job so."""
    jobs = (job("completed", "failure", 1, 12), job("completed", "success", 2, 13))
    allowed = replace(run(*jobs, status="completed"), conclusion="success")
    assert row(knowing(report(allowed))).says == "run 4127"
    assert row(knowing(report(replace(allowed, conclusion="failure")))).state == "failed"
    cancelled = replace(allowed, jobs=(job("completed", "cancelled", 1, 12), jobs[1]))
    assert row(knowing(report(cancelled))).state == "cancelled"
