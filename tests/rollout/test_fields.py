"""The 18 fields: each with value, quality, source and age (CONTRACTS 3, "Fields")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import MIRROR, Correlation, Knowledge, Quality
from lanewatch.rollout.reports import Deployed
from lanewatch.rollout.rollout import Cell
from tests.rollout import story
from tests.rollout.story import OLD, A, B, delivered, lane, learned, operator, says, seen_at, time

SUBJECT = Correlation(commit=A)


def test_they_are_those_of_the_spec_in_its_order() -> None:
    for known in (delivered(), Knowledge()):
        assert tuple(seen_at(known).fields) == lane().required_fields
    assert len(lane().required_fields) == 18


def test_without_knowledge_only_the_target_is_known() -> None:
    told = {name for name, cell in seen_at(Knowledge(), 0).fields.items() if cell.fact.value is not None}
    assert told == {"target"}


def lag(known: Knowledge, second: float = 30) -> Cell:
    return seen_at(known, second).fields["giteaMirrorLag"]


def heads(mirror: str | None, upstream: str | None, updated: float | None = 6) -> Knowledge:
    one = replace(
        story.MIRRORED,
        mirror_head=mirror,
        upstream_head=upstream,
        mirror_updated=None if updated is None else time(updated),
    )
    report = replace(story.MIRROR_REPORT, repositories=(one,), commit_in_mirror=mirror == A, snapshot=None)
    return learned(operator(), says(MIRROR, report, 30, SUBJECT))


def test_the_lag_is_0_when_both_heads_are_equal() -> None:
    assert (lag(heads(A, A)).fact.value, lag(heads(A, A)).quality) == (0.0, Quality.GOOD)


def test_the_lag_is_the_time_since_the_push_while_they_differ() -> None:
    assert (lag(heads(OLD, A)).fact.value, lag(heads(OLD, A)).quality) == (30.0, Quality.GOOD)


def test_the_lag_is_never_0_while_they_differ() -> None:
    assert lag(heads(OLD, A), 0).fact.value == 1.0


def test_the_lag_of_another_head_is_estimated_from_its_commit() -> None:
    one = replace(story.MIRRORED, upstream_head=B)
    report = replace(
        story.MIRROR_REPORT, repositories=(one,), head_commit=replace(story.B_COMMIT, committed_at=time(10))
    )
    cell = lag(learned(operator(), says(MIRROR, report, 30, SUBJECT)))
    assert (cell.fact.value, cell.quality) == (20.0, Quality.ESTIMATED)


def test_the_lag_of_a_head_of_unknown_age_is_unknown_and_not_0() -> None:
    one = replace(story.MIRRORED, upstream_head=B)
    report = replace(story.MIRROR_REPORT, repositories=(one,))
    cell = lag(learned(operator(), says(MIRROR, report, 30, SUBJECT)))
    assert (cell.fact.value, cell.quality) == (None, Quality.UNKNOWN)


def test_without_a_readable_upstream_the_lag_is_since_the_mirror_last_tried() -> None:
    cell = lag(heads(A, None))
    assert (cell.fact.value, cell.quality) == (24.0, Quality.ESTIMATED)
    rollout = seen_at(heads(A, None), 30)
    assert "a newer commit may exist" in next(f.message for f in rollout.findings if f.id == "upstream-unreadable")


@pytest.mark.parametrize(
    ("updated", "words"), [(20, "It tried since, in vain"), (-100, "has not tried"), (None, "never tried")]
)
def test_a_mirror_behind_is_found_with_the_way_to_force_it(updated: float | None, words: str) -> None:
    rollout = seen_at(heads(OLD, A, updated), 30)
    found = next(finding for finding in rollout.findings if finding.id == "mirror-behind")
    assert lane().force_sync_entry in found.message
    assert words in found.message


def test_other_repositories_of_the_mirror_are_findings() -> None:
    other = replace(story.MIRRORED, key="unidesk", repository="pikasTech/unidesk", mirror_head=OLD, upstream_head=B)
    report = replace(story.MIRROR_REPORT, repositories=(story.MIRRORED, other))
    rollout = seen_at(delivered(mirror=report))
    found = [finding for finding in rollout.findings if finding.id == "mirror-behind"]
    assert [finding.severity for finding in found] == ["info"]
    assert rollout.fields["giteaMirrorLag"].fact.value == 0.0
    assert rollout.state == "succeeded"


def test_elapsed_stops_at_the_last_finish() -> None:
    assert seen_at(delivered(), 110).elapsed_seconds == 82
    assert seen_at(delivered(), 110).fields["elapsedSeconds"].fact.value == 82


def test_a_cell_says_who_said_it_and_where() -> None:
    for name, cell in seen_at(delivered()).fields.items():
        assert cell.fact.authority, name
        assert cell.fact.source, name
        assert cell.age_seconds is not None, name


def test_last_good_is_the_newest_delivered_commit_that_is_not_the_watched_one() -> None:
    found = seen_at(delivered()).last_good
    assert found is not None
    assert (found.commit, found.gitops_revision, found.image_digest) == (OLD, story.G_OLD, story.OLD_IMAGE)
    assert found.at == time(-7985)


def test_last_good_is_never_the_newer_commit_that_overtook() -> None:
    newer = replace(story.PUBLISHED, sha="7" * 40, source_commit=B)
    mirror = replace(story.MIRROR_REPORT, history=(story.commit(B, A), *story.MIRROR_REPORT.history))
    known = delivered(
        mirror=mirror,
        gitops=replace(story.GITOPS_REPORT, history=(newer, *story.GITOPS_REPORT.history)),
        argo=replace(story.APPLICATION, history=(*story.APPLICATION.history, Deployed(newer.sha, time(90)))),
    )
    found = seen_at(known).last_good
    assert found is not None
    assert (found.commit, found.gitops_revision) == (OLD, story.G_OLD)


def test_last_good_without_argos_history_is_from_the_replica_sets_kept() -> None:
    found = seen_at(delivered(argo=replace(story.APPLICATION, history=()))).last_good
    assert found is not None
    assert (found.commit, found.image_digest) == (OLD, story.OLD_IMAGE)


def test_last_good_is_none_where_nothing_tells() -> None:
    bare = delivered(
        argo=replace(story.APPLICATION, history=()), runtime=replace(story.WORKLOAD, older_replica_sets=())
    )
    assert seen_at(bare).last_good is None
