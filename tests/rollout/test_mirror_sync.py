"""mirror-sync: the mirror holds the commit and the snapshot ref resolves to it (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, Correlation
from lanewatch.rollout.reports import MirrorReport, Snapshot
from lanewatch.rollout.rollout import Rollout, Stage
from tests.rollout import story
from tests.rollout.story import OLD, REF, A, B, delivered, learned, operator, says, seen_at, time


def stage(rollout: Rollout) -> Stage:
    found = rollout.stage("mirror-sync")
    assert found is not None
    return found


def only_mirror(report: MirrorReport) -> Stage:
    known = learned(operator(), says(MIRROR, report, 5, Correlation(commit=A)))
    return stage(seen_at(known, 6))


BEHIND = replace(
    story.MIRROR_REPORT,
    repositories=(replace(story.MIRRORED, mirror_head=OLD),),
    commit_in_mirror=False,
    snapshot=None,
    history=(story.OLD_COMMIT,),
)


def test_it_starts_at_the_push_and_runs_while_the_mirror_lacks_the_commit() -> None:
    row = only_mirror(BEHIND)
    assert (row.state, row.says) == ("running", "mirror is at 1111111")
    assert row.started_at == time(0)


def test_it_runs_while_the_snapshot_ref_does_not_exist() -> None:
    row = only_mirror(replace(story.MIRROR_REPORT, snapshot=None))
    assert (row.state, row.says) == ("running", "waiting for the snapshot ref")


def test_it_succeeds_when_the_mirror_holds_the_commit_and_the_ref_resolves_to_it() -> None:
    assert only_mirror(story.MIRROR_REPORT).state == "succeeded"


def test_it_does_not_succeed_when_it_could_not_tell_whether_the_mirror_holds_the_commit() -> None:
    assert only_mirror(replace(story.MIRROR_REPORT, commit_in_mirror=None)).state == "running"


@pytest.mark.parametrize("named_by", ["plan", "pipelinerun", "prefix"])
def test_it_fails_when_the_ref_resolves_to_another_commit(named_by: str) -> None:
    snapshot = Snapshot(REF, OLD, named_by)  # type: ignore[arg-type]
    row = only_mirror(replace(story.MIRROR_REPORT, snapshot=snapshot))
    assert row.state == "failed"
    assert "resolves to 1111111, not to aaaaaaa" in row.reason


@pytest.mark.parametrize(
    ("named_by", "state"), [("plan", "unknown"), ("pipelinerun", "unknown"), ("prefix", "running")]
)
def test_a_ref_that_was_used_and_does_not_resolve_is_gone(named_by: str, state: str) -> None:
    snapshot = Snapshot(REF, None, named_by)  # type: ignore[arg-type]
    assert only_mirror(replace(story.MIRROR_REPORT, snapshot=snapshot)).state == state


def test_a_gone_ref_is_a_finding_that_says_whether_the_object_is_there() -> None:
    known = delivered(mirror=replace(story.MIRROR_REPORT, snapshot=Snapshot(REF, None, "plan")))
    gone = [finding for finding in seen_at(known).findings if finding.id == "snapshot-gone"]
    assert len(gone) == 1
    assert "object is present" in gone[0].message


def test_a_ref_that_vanished_while_watched_is_gone() -> None:
    subject = Correlation(commit=A)
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 8, subject),
        says(MIRROR, replace(story.MIRROR_REPORT, snapshot=None), 12, subject),
    )
    assert stage(seen_at(known, 12)).state == "unknown"


def test_a_commit_that_nobody_has_is_pending_and_found() -> None:
    nowhere = replace(BEHIND, commit=None, commit_upstream=False)
    known = learned(operator(), says(MIRROR, nowhere, 5, Correlation(commit=A)))
    rollout = seen_at(known, 6)
    assert stage(rollout).state == "pending"
    assert rollout.state == "pending"
    assert "neither upstream nor mirror" in next(f.message for f in rollout.findings if f.id == "commit-not-found")


def test_its_time_is_as_seen_live() -> None:
    subject = Correlation(commit=A)
    known = learned(
        operator(),
        says(MIRROR, BEHIND, 5, subject),
        says(MIRROR, replace(story.MIRROR_REPORT, snapshot=None), 7, subject),
        says(MIRROR, story.MIRROR_REPORT, 9, subject),
    )
    row = stage(seen_at(known, 10))
    assert row.finished_at == time(9)
    assert row.elapsed_seconds == 9


def test_else_the_later_of_snapshot_created_at_and_the_last_attempt_before_the_first_job() -> None:
    row = stage(seen_at(delivered()))
    assert row.finished_at == time(7)  # snapshotCreatedAt; mirror_updated is 6


@pytest.mark.parametrize(("updated", "finished"), [(7.5, 7.5), (6, 7), (600, 8)])
def test_an_attempt_after_the_first_job_was_another_one(updated: float, finished: float) -> None:
    repositories = (replace(story.MIRRORED, mirror_updated=time(updated)),)
    row = stage(seen_at(delivered(mirror=replace(story.MIRROR_REPORT, repositories=repositories))))
    assert row.finished_at == time(finished)


def test_without_a_plan_its_time_is_unknown_and_so_is_its_budget() -> None:
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 15, Correlation(commit=A)),
        says(ACTIONS, story.ACTIONS_REPORT, 15, Correlation(commit=A)),
    )
    row = stage(seen_at(known, 15))
    assert (row.state, row.finished_at) == ("succeeded", None)
    assert (row.budget.used_seconds, row.budget.state) == (None, "unknown")


def test_a_plan_of_another_commit_tells_nothing_of_its_time() -> None:
    other = replace(story.PLAN_REPORT, plan=replace(story.PLAN_DOCUMENT, source_commit=B))
    subject = Correlation(commit=A)
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 30, subject),
        says(ACTIONS, story.ACTIONS_REPORT, 30, subject),
        says(PLAN, other, 30, Correlation(commit=A, run_id="41")),
    )
    assert stage(seen_at(known, 30)).finished_at is None
