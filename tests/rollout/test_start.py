"""t0: from the best witness there is, and what its weakness allows to say (CONTRACTS 2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import ACTIONS, MIRROR, Correlation, Knowledge, Quality
from lanewatch.rollout.reports import ActionsReport, MirrorReport
from tests.rollout import story
from tests.rollout.story import OLD, A, delivered, learned, operator, says, seen_at, time

SUBJECT = Correlation(commit=A)


def heads(mirror: str | None, upstream: str | None, committed: float = -2) -> MirrorReport:
    return replace(
        story.MIRROR_REPORT,
        repositories=(replace(story.MIRRORED, mirror_head=mirror, upstream_head=upstream),),
        commit=replace(story.A_COMMIT, committed_at=time(committed)),
        commit_in_mirror=mirror == A,
        snapshot=None,
    )


def t0(known: Knowledge, second: float = 30) -> tuple[object, Quality, str]:
    cell = seen_at(known, second).t0
    assert cell is not None
    return cell.fact.source_time, cell.quality, cell.fact.source


def test_what_the_operator_said_comes_first() -> None:
    assert t0(delivered()) == (time(0), Quality.GOOD, "pushed-at")


def test_then_the_moment_the_upstream_head_was_seen_to_change() -> None:
    known = learned(operator(pushed_at=None), says(MIRROR, heads(OLD, OLD), 1), says(MIRROR, heads(OLD, A), 4))
    at, quality, _ = t0(known)
    assert (at, quality) == (time(4), Quality.GOOD)


def test_a_change_seen_only_in_the_mirror_is_later_than_the_push() -> None:
    known = learned(
        operator(pushed_at=None), says(MIRROR, heads(OLD, None), 1), says(MIRROR, heads(A, None), 4, SUBJECT)
    )
    assert t0(known)[:2] == (time(4), Quality.ESTIMATED)
    for second, state in ((130, "over"), (60, "within")):  # still running: nothing is claimed of its end
        heard = learned(says(MIRROR, heads(A, None), second - 1, SUBJECT), known=known)
        assert seen_at(heard, second).budget.state == state
    assert seen_at(known, 130).budget.state == "unknown"  # nobody was heard since: it may have ended long ago


def test_then_the_committer_date_if_it_is_near_enough() -> None:
    known = learned(operator(pushed_at=None), says(MIRROR, heads(OLD, A, committed=-2), 1, SUBJECT))
    assert t0(known) == (time(-2), Quality.ESTIMATED, "committer date")


@pytest.mark.parametrize(("committed", "used"), [(-1199, True), (-1201, False), (400, False)])
def test_near_enough_is_the_mirrors_interval_and_ten_minutes(committed: float, used: bool) -> None:
    known = learned(operator(pushed_at=None), says(MIRROR, heads(OLD, A, committed), 0, SUBJECT))
    assert (seen_at(known, 1).t0 is not None) is used


def test_then_the_first_jobs_creation() -> None:
    known = learned(
        operator(pushed_at=None),
        says(MIRROR, heads(A, A, committed=-9999), 20, SUBJECT),
        says(ACTIONS, story.ACTIONS_REPORT, 20, SUBJECT),
    )
    assert t0(known) == (time(8), Quality.ESTIMATED, "first job createdAt")


def test_else_nobody_knows() -> None:
    known = learned(operator(pushed_at=None), says(MIRROR, heads(OLD, A, committed=-9999), 20, SUBJECT))
    rollout = seen_at(known, 30)
    assert (rollout.t0, rollout.elapsed_seconds) == (None, None)
    assert rollout.fields["elapsedSeconds"].fact.value is None
    assert rollout.budget.state == "unknown"


def ended(report: MirrorReport | None = None, pushed: object = None) -> Knowledge:
    known = learned(operator(90, pushed_at=pushed))
    return story.told(dict(story.REPORTS) | ({MIRROR: report} if report else {}), 90, known)


def test_a_start_that_may_be_late_can_say_over_but_never_within() -> None:
    early = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, committed_at=time(-9999)))
    rollout = seen_at(ended(early))
    assert rollout.state == "succeeded"
    assert rollout.elapsed_seconds == 74
    assert rollout.budget.state == "unknown"


def test_a_start_that_may_be_early_can_say_within_but_never_over() -> None:
    near = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, committed_at=time(-10)))
    assert seen_at(ended(near)).budget.state == "within"
    far = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, committed_at=time(-60)))
    assert seen_at(ended(far)).budget.state == "unknown"


def rerun(attempt: int, created: float) -> ActionsReport:
    job = replace(story.PLAN_JOB, attempt=2, created_at=time(created), started_at=time(300), completed_at=None)
    job = replace(job, status="in_progress", conclusion="")
    return replace(story.ACTIONS_REPORT, runs=(replace(story.RUN, attempt=attempt, jobs=(job,)),), dispatch=None)


@pytest.mark.parametrize(("attempt", "created", "used"), [(0, 8, 10), (2, 296, 14)])
def test_budgets_run_from_the_latest_attempt_and_the_time_since_the_first_t0_is_beside(
    attempt: int, created: float, used: float
) -> None:
    known = learned(
        operator(300),
        says(MIRROR, story.MIRROR_REPORT, 309, SUBJECT),
        says(ACTIONS, rerun(attempt, created), 309, SUBJECT),
    )
    rollout = seen_at(known, 310)
    assert rollout.budget.used_seconds == pytest.approx(used)
    assert rollout.elapsed_seconds == pytest.approx(310)
    assert "several-attempts" in {finding.id for finding in rollout.findings}
