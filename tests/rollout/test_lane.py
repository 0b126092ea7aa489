"""The state of the lane: the first of six that holds (CONTRACTS 3); and evidence, each item in exactly one list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    GITOPS,
    MIRROR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Correlation,
    Knowledge,
    Outcome,
    Quality,
)
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import A, delivered, learned, moment, operator, says, seen_at, told
from tests.rollout.test_build_or_reuse import FAILED_JOB, NONE, building


def test_nothing_known_is_pending() -> None:
    rollout = seen_at(Knowledge(), 0)
    assert (rollout.state, rollout.commit) == ("pending", None)
    assert {stage.state for stage in rollout.stages} == {"pending"}


def unreadable(authority: str, outcome: Outcome = Outcome.DENIED) -> Rollout:
    """The delivered lane where one authority never could be read."""
    reports: dict[str, Any] = {key: report for key, report in story.REPORTS.items() if key != authority}
    known = told(reports, 90)
    needs = Correlation(commit=A, run_id="41", run_attempt="1")
    return seen_at(learned(says(authority, None, 90, needs, outcome), known=known))


@pytest.mark.parametrize("authority", [MIRROR, ACTIONS, PROVENANCE, TEKTON, GITOPS, ARGO, RUNTIME])
def test_an_ended_lane_of_which_one_authority_cannot_be_read_is_unknown(authority: str) -> None:
    rollout = unreadable(authority)
    assert rollout.state == "unknown", [(stage.id, stage.state, stage.says) for stage in rollout.stages]
    assert rollout.partial
    assert "unreadable" in {finding.id for finding in rollout.findings}
    assert rollout.evidence.unreadable


@pytest.mark.parametrize("authority", [ACTIONS, TEKTON])
def test_but_work_that_visibly_proceeds_is_running(authority: str) -> None:
    reports: dict[str, Any] = {
        MIRROR: story.MIRROR_REPORT,
        ACTIONS: story.ACTIONS_REPORT,
        PLAN: story.PLAN_REPORT,
        TEKTON: replace(story.TEKTON_REPORT, runs=(replace(story.PIPELINE_RUN, condition=None),)),
        PROVENANCE: replace(NONE, job=replace(story.JOB, state="running")),
    }
    del reports[authority]
    known = learned(says(authority, None, 40, Correlation(commit=A), Outcome.DENIED), known=told(reports, 40))
    rollout = seen_at(known, 40)
    assert (rollout.state, rollout.partial) == ("running", True)


def test_a_failure_wins_over_a_contradiction() -> None:
    drifted = replace(story.WORKLOAD, health=replace(story.HEALTH, source_commit=story.OLD))
    failed = replace(story.PIPELINE_RUN, condition=replace(story.TRUE, status="False", reason="Failed"))
    rollout = seen_at(delivered(runtime=drifted, tekton=replace(story.TEKTON_REPORT, runs=(failed,))))
    assert (rollout.stages[7].state, rollout.state) == ("unknown", "failed")


def test_a_delivery_whose_pipeline_run_failed_afterwards_shows_what_was_delivered() -> None:
    failed = replace(story.PIPELINE_RUN, condition=replace(story.TRUE, status="False", reason="Failed"))
    rollout = seen_at(delivered(tekton=replace(story.TEKTON_REPORT, runs=(failed,))))
    assert [stage.state for stage in rollout.stages] == [
        "succeeded", "succeeded", "succeeded", "succeeded", "failed", "succeeded", "succeeded", "succeeded",
    ]  # fmt: skip
    assert rollout.state == "failed"


def names(items: Any) -> set[str]:
    return {item.name for item in items}


def test_every_item_is_in_exactly_one_list() -> None:
    for rollout in (seen_at(delivered()), building(NONE), seen_at(Knowledge(), 0), unreadable(TEKTON)):
        proof = rollout.evidence
        lists = (proof.present, proof.pending, proof.not_applicable, proof.unreadable, proof.missing)
        listed = [item.name for items in lists for item in items]
        assert sorted(listed) == sorted(proof.required)


def test_present_items_name_authority_and_locator() -> None:
    for item in seen_at(delivered()).evidence.present:
        assert item.value
        assert item.authority
        assert item.source


def test_items_are_pending_until_their_stage_has_ended() -> None:
    assert names(building(NONE).evidence.pending) == {
        "builderJobName", "gitopsRevision", "argoHealth", "runtimeTargetSha", "imageDigest", "envIdentity",
        "reuseDecision",
    }  # fmt: skip


def test_items_of_stages_skipped_after_a_failure_are_missing_within_its_finding() -> None:
    rollout = building(replace(NONE, job=FAILED_JOB))
    missing = {item.name: item.reason for item in rollout.evidence.missing}
    assert missing["gitopsRevision"] == "build-or-reuse failed"
    errors = [finding for finding in rollout.findings if finding.severity == "error"]
    assert [finding.id for finding in errors] == ["stage-failed"]
    assert "gitopsRevision" in errors[0].message


def test_argo_health_counts_only_at_r() -> None:
    early = delivered(argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD)
    assert "argoHealth" in names(seen_at(early).evidence.pending)


def test_what_runs_counts_only_after_the_rollout() -> None:
    syncing = replace(story.APPLICATION, health_status="Progressing")
    rollout = seen_at(delivered(argo=syncing, runtime=story.OLD_WORKLOAD))
    assert {"runtimeTargetSha", "imageDigest"} <= names(rollout.evidence.pending)


def test_a_job_that_was_built_but_cannot_be_named_is_missing_evidence() -> None:
    rollout = seen_at(delivered(provenance=replace(story.PROVENANCE_REPORT, job=None)))
    assert rollout.state == "unknown"
    assert names(rollout.evidence.missing) == {"builderJobName"}
    assert "builderJobName" in next(f.message for f in rollout.findings if f.id == "missing-evidence")


def test_a_guess_is_no_evidence() -> None:
    known = delivered()
    seen = known.seen[PROVENANCE]
    guessed = replace(
        seen.last,
        facts=tuple(
            replace(fact, quality=Quality.ESTIMATED, reason="by its name") if fact.name == "builderJobName" else fact
            for fact in seen.last.facts
        ),
    )
    known = learned(replace(guessed, read_at=moment(90)), known=known)
    rollout = seen_at(known)
    assert names(rollout.evidence.missing) == {"builderJobName"}
    assert rollout.state == "unknown"
    aged = seen_at(known, 600)
    assert "builderJobName" not in names(aged.evidence.present)


def test_source_commit_is_present_once_pinned() -> None:
    rollout = seen_at(learned(operator()), 0)
    assert names(rollout.evidence.present) == {"sourceCommit"}


def test_partial_means_that_something_has_not_answered_the_current_question() -> None:
    assert not seen_at(delivered()).partial
    assert seen_at(learned(operator()), 0).partial
