"""Folding the journal: last words, first sights, what is gone, and the pin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.correlation import correlate, outstanding
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    MIRROR,
    OPERATOR,
    PLAN,
    RUNTIME,
    TEKTON,
    Confirmation,
    Correlation,
    Cost,
    Knowledge,
    Outcome,
    Skew,
)
from lanewatch.rollout.knowledge import MOST_SIGHTS, learn
from lanewatch.rollout.reports import MirrorReport, PlanReport
from tests.rollout import story
from tests.rollout.story import OLD, REF, A, B, delivered, learned, moment, operator, says, seen_at

SUBJECT = Correlation(commit=A)


def mirror(head: str | None = A, upstream: str | None = A) -> MirrorReport:
    repositories = (replace(story.MIRRORED, mirror_head=head, upstream_head=upstream),)
    return replace(story.MIRROR_REPORT, repositories=repositories)


def test_a_confirmation_moves_the_age_and_the_cost_only() -> None:
    first = learned(says(MIRROR, mirror(), 5, SUBJECT, cost=Cost(3, 0, 100)))
    known = learned(Confirmation(MIRROR, moment(8), 0.1, Cost(2, 0, 50)), known=first)
    seen = known.seen[MIRROR]
    assert (seen.last, seen.last_ok) == (first.seen[MIRROR].last, first.seen[MIRROR].last_ok)
    assert (seen.confirmed_at, seen.last_ok_at, seen.reads) == (moment(8), moment(8), 2)
    assert seen.cost == Cost(5, 0, 150)
    assert known.first_seen == first.first_seen


def test_an_observation_that_says_the_same_is_a_confirmation() -> None:
    known = learned(says(MIRROR, mirror(), 5, SUBJECT), says(MIRROR, mirror(), 8, SUBJECT))
    assert (known.seen[MIRROR].reads, known.seen[MIRROR].previous_ok) == (2, None)


def test_the_servers_clock_alone_is_no_news() -> None:
    later = replace(story.ACTIONS_REPORT, server_time=moment(300).wall)
    known = learned(says(ACTIONS, story.ACTIONS_REPORT, 5, SUBJECT), says(ACTIONS, later, 8, SUBJECT))
    assert known.seen[ACTIONS].reads == 2


def test_a_confirmation_of_nothing_says_nothing() -> None:
    assert learn(Knowledge(), Confirmation(MIRROR, moment(1), 0.1)) == Knowledge()


def test_a_failed_read_keeps_the_last_answer() -> None:
    known = learned(says(MIRROR, mirror(), 5, SUBJECT), says(MIRROR, None, 8, SUBJECT, Outcome.TIMEOUT))
    seen = known.seen[MIRROR]
    assert (seen.last.outcome, seen.last_ok_at) == (Outcome.TIMEOUT, moment(5))
    assert seen.last_ok is not None
    again = learned(says(MIRROR, mirror(), 11, SUBJECT), known=known).seen[MIRROR]
    assert (again.reads, again.last_ok_at) == (2, moment(11))


def test_a_first_sight_is_live_when_an_earlier_answer_did_not_show_it() -> None:
    known = learned(
        says(MIRROR, mirror(OLD, OLD), 1),
        Confirmation(MIRROR, moment(4), 0.1),
        says(MIRROR, mirror(OLD, A), 6),
        says(MIRROR, mirror(A, A), 11),
    )
    assert (known.first_seen[f"upstream:{A}"].before, known.first_seen[f"upstream:{A}"].at) == (moment(4), moment(6))
    assert known.first_seen[f"head:{A}"].before == moment(6)
    assert known.first_seen[f"head:{OLD}"].before is None


def test_what_was_not_readable_before_is_not_seen_to_appear() -> None:
    known = learned(says(MIRROR, mirror(OLD, None), 1), says(MIRROR, mirror(OLD, A), 6))
    assert known.first_seen[f"upstream:{A}"].before is None


def test_what_was_not_asked_before_is_not_seen_to_appear() -> None:
    unasked = replace(mirror(), commit=None, commit_in_mirror=None, snapshot=None)
    known = learned(says(MIRROR, unasked, 1), says(MIRROR, mirror(), 2, SUBJECT))
    assert known.first_seen[f"snapshot:{REF}@{A}"].before is None
    assert known.first_seen[f"mirrored:{A}"].before is None


def test_a_failed_read_shows_nothing_and_hides_nothing() -> None:
    known = learned(says(MIRROR, mirror(), 1, SUBJECT), says(MIRROR, replace(mirror(B)), 2, SUBJECT, Outcome.ERROR))
    assert f"head:{B}" not in known.first_seen
    assert not known.gone


def test_what_vanished_is_gone_until_it_is_back() -> None:
    key = f"snapshot:{REF}@{A}"
    known = learned(says(MIRROR, mirror(), 1, SUBJECT), says(MIRROR, replace(mirror(), snapshot=None), 3, SUBJECT))
    assert known.gone == {key: moment(3)}
    assert key not in learned(says(MIRROR, mirror(), 5, SUBJECT), known=known).gone


def test_sights_are_bounded() -> None:
    known = Knowledge()
    for number in range(MOST_SIGHTS + 50):
        known = learn(known, says(ARGO, replace(story.APPLICATION, sync_revision=f"{number:040x}"), number))
    assert len(known.first_seen) <= MOST_SIGHTS
    assert len(known.gone) <= MOST_SIGHTS


@pytest.mark.parametrize(
    ("entries", "commit", "by"),
    [
        ([operator(), says(MIRROR, mirror(B, B), 1)], A, "operator"),
        ([operator(commit=A, commit_by="connections"), says(MIRROR, mirror(B, B), 1)], A, "connections"),
        ([operator(commit=None), says(MIRROR, mirror(OLD, B), 1)], B, "upstream"),
        ([operator(commit=None), says(MIRROR, mirror(OLD, None), 1)], OLD, "mirror"),
    ],
)
def test_the_commit_is_chosen_by_whoever_knows_best(entries: list[object], commit: str, by: str) -> None:
    pin = learned(*entries).pin  # type: ignore[arg-type]
    assert pin is not None
    assert (pin.commit, pin.by) == (commit, by)


def test_the_choice_is_pinned_and_the_picture_says_when_a_newer_one_exists() -> None:
    head = replace(mirror(B, B), history=(story.B_COMMIT, story.A_COMMIT))
    known = learned(operator(commit=None), says(MIRROR, mirror(A, A), 1), says(MIRROR, head, 5))
    rollout = seen_at(known, 5)
    assert (rollout.commit, rollout.newer_commit) == (A, B)
    assert "newer-commit" in {finding.id for finding in rollout.findings}


def test_a_mirror_that_cannot_be_read_does_not_hide_the_upstream_head() -> None:
    known = learned(operator(commit=None), says(MIRROR, mirror(None, A), 1, outcome=Outcome.ERROR))
    assert known.pin is not None
    assert known.pin.by == "upstream"


def test_skews_of_one_host_are_intersected() -> None:
    known = learned(
        says(MIRROR, mirror(), 1, host="gitea", skew=Skew(-0.5, 0.6)),
        Confirmation(MIRROR, moment(2), 0.1, skew=Skew(-0.2, 0.9)),
    )
    low, high = seen_at(known, 2).skews["gitea"]
    assert (round(low, 1), round(high, 1)) == (-0.2, 0.6)


def test_the_correlation_grows_from_answers_only() -> None:
    assert correlate(Knowledge()) == Correlation()
    known = delivered()
    found = correlate(known)
    assert (found.run_id, found.event_id, found.pipeline_run_uid, found.gitops_revision) == (
        "41", "ev-1", "uid-pr", story.G,
    )  # fmt: skip
    assert (found.snapshot_ref, found.plan_ref) == (REF, "actions-run/41/reuse-plan")


def test_an_answer_about_another_commit_is_none() -> None:
    known = learned(operator(), says(ACTIONS, story.ACTIONS_REPORT, 5, Correlation(commit=B)))
    assert correlate(known).run_id is None
    rollout = seen_at(known, 5)
    assert rollout.fields["actionsRunId"].fact.value is None
    assert rollout.partial


def test_an_answer_to_less_than_is_known_now_is_used_but_outstanding() -> None:
    known = delivered()
    early = says(RUNTIME, story.WORKLOAD, 89, Correlation())
    known = replace(known, seen={**known.seen, RUNTIME: learned(early).seen[RUNTIME]})
    assert outstanding(known, RUNTIME, correlate(known))
    rollout = seen_at(known, 90)
    assert rollout.fields["imageDigest"].fact.value == story.IMAGE
    assert rollout.partial


def test_what_cannot_be_asked_yet_is_not_outstanding() -> None:
    known = learned(operator(), says(MIRROR, story.MIRROR_REPORT, 1, SUBJECT))
    assert not outstanding(known, PLAN, correlate(known))
    assert outstanding(known, TEKTON, correlate(known))


def test_an_invalid_plan_correlates_nothing() -> None:
    bad = PlanReport(story.PLAN_DOCUMENT, "x", None, invalid="bad")
    assert correlate(delivered(plan=bad, provenance=None)).reuse_decision is None


def test_operator_is_an_entry_like_any_other() -> None:
    assert learned(operator()).seen[OPERATOR].last.authority == OPERATOR
