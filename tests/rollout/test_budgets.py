"""Budgets: over only above the lower bound, at risk above 80 % while it runs (CONTRACTS 4)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from lanewatch.rollout.budgets import judge
from lanewatch.rollout.clocks import Span
from lanewatch.rollout.facts import ACTIONS, MIRROR, Outcome
from tests.rollout import story
from tests.rollout.story import delivered, learned, moment, seen_at, time
from tests.rollout.test_build_or_reuse import NONE, RUNNING, building, pipeline


@pytest.mark.parametrize(
    ("span", "running", "state"),
    [
        (Span(60, 58, 62, 2), False, "within"),
        (Span(71, 69, 73, 2), False, "within"),  # only the upper bound is above
        (Span(73, 71, 75, 2), False, "over"),
        (Span(57, 56, 58, 1), True, "at-risk"),
        (Span(57, 56, 58, 1), False, "within"),
        (Span(55, 54, 56, 1), True, "within"),
        (Span(71, 70.5, 72, 1), True, "over"),
        (Span(10, 9, math.inf, 1), False, "unknown"),
        (Span(80, 79, math.inf, 1), False, "over"),
        (Span(10, 0, 11, 1), False, "within"),
        (Span(80, 0, 81, 1), False, "unknown"),
        (Span(0, 0, 0, 0), False, "within"),
    ],
)
def test_what_may_be_said_of_a_duration(span: Span, running: bool, state: str) -> None:
    assert judge(span, 70, running) == state


def test_each_authority_has_its_budget_and_two_have_none() -> None:
    rollout = seen_at(delivered())
    assert [(stage.id, stage.budget.id) for stage in rollout.stages] == [
        ("mirror-sync", "sourceSyncSeconds"),
        ("actions-dispatch", "actionsDispatchSeconds"),
        ("reuse-plan", "reusePlanSeconds"),
        ("build-or-reuse", "buildOrReuseSeconds"),
        ("tekton-pipelinerun", None),
        ("gitops-publish", "gitopsArgoCloseoutSeconds"),
        ("argo-closeout", "gitopsArgoCloseoutSeconds"),
        ("runtime-provenance", None),
    ]
    assert {stage.budget.state for stage in rollout.stages if stage.budget.id is None} == {"none"}


def test_over_budget_changes_no_state_and_is_told_once_for_each_budget() -> None:
    slow = replace(story.PROVENANCE_REPORT, recorded_at=time(110))
    published = replace(story.PUBLISHED, committed_at=time(115))
    gitops = replace(story.GITOPS_REPORT, revision=published, history=(published, story.OLD_PUBLISHED))
    operation = replace(story.OPERATION, started_at=time(160), finished_at=time(165))
    argo = replace(story.APPLICATION, operation=operation, health_since=time(170), reconciled_at=time(171))
    tekton = replace(story.TEKTON_REPORT, runs=(replace(story.PIPELINE_RUN, completed_at=time(120)),))
    rollout = seen_at(delivered(180, provenance=slow, gitops=gitops, argo=argo, tekton=tekton), 180)
    assert rollout.state == "succeeded"
    over = [finding for finding in rollout.findings if finding.id == "over-budget"]
    assert [finding.stage for finding in over] == ["build-or-reuse", "gitops-publish", ""]
    assert "buildOrReuseSeconds" in over[0].message
    assert "at least" not in over[0].message
    assert rollout.budget.state == "over"


def test_at_risk_is_told_above_80_percent_while_it_runs() -> None:
    rollout = building(NONE, pipeline(RUNNING))  # build-or-reuse runs since 20, now is 90
    assert rollout.stages[3].budget.state in ("over", "at-risk")
    assert {"over-budget", "at-risk"} & {finding.id for finding in rollout.findings}


def test_the_forecast_is_unknown_and_says_why() -> None:
    rollout = seen_at(delivered())
    assert (rollout.forecast_seconds, rollout.forecast_reason) == (
        None,
        "0 of 5 earlier rollouts known",
    )


def test_a_lower_bound_is_worded_as_one() -> None:
    early = replace(story.MIRROR_REPORT, commit=replace(story.A_COMMIT, committed_at=time(-9999)))
    known = story.learned(story.operator(100, pushed_at=None), story.operator(140, pushed_at=None))
    known = story.told({MIRROR: early, ACTIONS: story.ACTIONS_REPORT}, 140, known)
    over = {finding.stage: finding.message for finding in seen_at(known, 140).findings if finding.id == "over-budget"}
    assert "at least" in over[""]
    assert "at least" not in over["reuse-plan"]


def test_two_stages_on_one_clock_have_their_budget() -> None:
    late = replace(story.APPLICATION, health_since=time(140), reconciled_at=time(141))
    rollout = seen_at(delivered(150, argo=late), 150)
    (told,) = [one.message for one in rollout.findings if "gitopsArgoCloseoutSeconds" in one.message]
    assert told.startswith("gitops-publish and argo-closeout took 1 min 20 s, budget 50 s")


def test_an_answer_that_takes_longer_than_a_sweep_may_is_told() -> None:
    known = delivered()
    slow = replace(known.seen[MIRROR].last, seconds=61.0, read_at=moment(91), outcome=Outcome.OK, reason="late")
    (told,) = [one.message for one in seen_at(learned(slow, known=known), 91).findings if one.id == "slow-sweep"]
    assert told.startswith(
        "mirror-sync: gitea-repository-and-snapshot-ref took 1 min 1 s to answer; a sweep may take 35 s"
    )
    assert "slow-sweep" not in {one.id for one in seen_at(known).findings}
