"""Findings: what, where, what to do next; most severe first; each once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import ARGO, MIRROR, Confirmation, Correlation, Knowledge, Outcome, Skew
from lanewatch.rollout.reports import Attestation, TektonReport
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import OLD, A, delivered, learned, moment, operator, says, seen_at
from tests.rollout.test_argo_closeout import NEWER, after
from tests.rollout.test_build_or_reuse import FAILED_JOB, FALSE, NONE, building, pipeline
from tests.rollout.test_gitops_publish import REUSE_PLAN
from tests.rollout.test_runtime_provenance import DRIFTED, REVERTED

OTHER_ENVIRONMENT = replace(story.PROVENANCE_DOCUMENT, env_identity="x")


def ids(rollout: Rollout) -> set[str]:
    return {finding.id for finding in rollout.findings}


def pictures() -> list[Rollout]:
    return [
        seen_at(delivered()),
        seen_at(Knowledge(), 0),
        building(replace(NONE, job=FAILED_JOB), pipeline(FALSE)),
        building(NONE, pipeline(FALSE)),
        seen_at(delivered(runtime=DRIFTED)),
        seen_at(delivered(runtime=story.OLD_WORKLOAD, **REVERTED)),
        seen_at(delivered(**after(NEWER))),
        seen_at(delivered(), 900),
    ]


@pytest.mark.parametrize("rollout", pictures(), ids=lambda rollout: rollout.state)
def test_each_is_a_sentence_or_two_under_a_stable_id(rollout: Rollout) -> None:
    for finding in rollout.findings:
        assert finding.id == finding.id.lower().replace(" ", "-")
        assert finding.message
        assert "None" not in finding.message
        assert "?" not in finding.message
        assert "  " not in finding.message
        assert ".." not in finding.message.replace("…", "")
        assert finding.stage in {"", *(stage.id for stage in rollout.stages)}
    order = [("error", "warning", "info").index(finding.severity) for finding in rollout.findings]
    assert order == sorted(order)


def test_a_delivered_lane_has_none() -> None:
    assert seen_at(delivered()).findings == ()


@pytest.mark.parametrize(
    "rollout", [r for r in pictures() if r.state in ("failed", "superseded")], ids=lambda r: r.state
)
def test_a_failed_or_superseded_lane_has_one_that_names_stage_and_cause(rollout: Rollout) -> None:
    kinds = {"stage-failed", "stage-cancelled", "rolled-back", "superseded"}
    found = [finding for finding in rollout.findings if finding.id in kinds]
    assert len(found) == 1
    assert found[0].stage
    assert found[0].stage in found[0].message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plan": REUSE_PLAN}, "the plan says reused-image, provenance says built"),
        ({"plan": REUSE_PLAN}, "yet builder Job build-aaaaaaaaaaaa exists"),
        (
            {"provenance": replace(story.PROVENANCE_REPORT, attestation=Attestation("s", OLD, "b", ""))},
            "attestation claims commit 1111111",
        ),
        (
            {"tekton": TektonReport((replace(story.PIPELINE_RUN, params={"snapshotRef": "refs/x"}),))},
            "builds refs/x, the plan says",
        ),
        ({"argo": replace(story.APPLICATION, target_revision="main")}, "the Application follows main"),
        (
            {"provenance": replace(story.PROVENANCE_REPORT, provenance=OTHER_ENVIRONMENT)},
            "the plan names environment env-1, provenance x",
        ),
    ],
)  # fmt: skip
def test_disagreements_are_told_and_change_no_state(changes: dict[str, Any], words: str) -> None:
    rollout = seen_at(delivered(**changes))
    told = [finding.message for finding in rollout.findings if finding.id == "disagreement"]
    assert any(words in message for message in told), told
    assert rollout.state == "succeeded"


def test_an_attestation_of_a_reused_digest_is_never_compared() -> None:
    reused = replace(
        story.PROVENANCE_REPORT,
        provenance=replace(story.PROVENANCE_DOCUMENT, reuse_decision="reused-image"),
        attestation=Attestation("s", OLD, "b", ""),
        job=None,
    )
    assert "disagreement" not in ids(seen_at(delivered(plan=REUSE_PLAN, provenance=reused)))


def test_a_sha_told_in_two_ways_is_a_conflict() -> None:
    sent = replace(story.ACTIONS_REPORT.dispatch, payload={"sourceCommit": OLD})  # type: ignore[type-var]
    rollout = seen_at(delivered(actions=replace(story.ACTIONS_REPORT, dispatch=sent)))
    assert (rollout.stages[1].state, rollout.state) == ("unknown", "unknown")
    assert "contradiction" in ids(rollout)


def test_a_digest_told_in_two_ways_is_a_conflict() -> None:
    run = replace(story.PIPELINE_RUN, results={"imageDigest": story.OTHER_IMAGE})
    tekton = replace(story.TEKTON_REPORT, runs=(run,))
    rollout = seen_at(delivered(tekton=tekton))
    assert (rollout.stages[3].state, rollout.state) == ("unknown", "unknown")
    unread = replace(story.PROVENANCE_REPORT, digests=None)  # without the registry they may be one image
    assert seen_at(delivered(tekton=tekton, provenance=unread)).stages[3].state == "succeeded"
    member = replace(run, results={"imageDigest": story.DIGESTS.manifests[0]})
    same = delivered(tekton=replace(story.TEKTON_REPORT, runs=(member,)))
    assert seen_at(same).stages[3].state == "succeeded"


def test_a_fail_rule_wins_over_a_contradiction() -> None:
    other = replace(story.PROVENANCE_DOCUMENT, source_commit=OLD)
    rollout = building(replace(story.PROVENANCE_REPORT, provenance=other, job=FAILED_JOB))
    assert (rollout.stages[3].state, rollout.state) == ("failed", "failed")


def test_a_clock_that_runs_away_is_told_and_durations_across_clocks_are_blank() -> None:
    known = delivered()
    host = f"{ARGO}.host"
    known = learned(Confirmation(ARGO, moment(90), 0.0, skew=Skew(0, 1)), known=known)
    known = learned(Confirmation(ARGO, moment(90), 0.0, skew=Skew(40, 41)), known=known)
    rollout = seen_at(known, 90)
    assert host in next(f.message for f in rollout.findings if f.id == "clock-inconsistent")
    assert rollout.stages[6].elapsed_seconds is None
    assert rollout.stages[6].budget.state == "unknown"
    assert rollout.state == "succeeded"


def test_an_application_that_does_not_exist_is_told() -> None:
    known = delivered()
    gone = says(ARGO, None, 91, Correlation(), Outcome.ABSENT, reason="no applications argocd/agentrun")
    rollout = seen_at(learned(gone, known=known), 91)
    assert rollout.stages[6].state == "unknown"
    assert "no applications argocd/agentrun" in next(f.message for f in rollout.findings if f.id == "absent")
    assert rollout.state == "unknown"


def test_actions_that_are_switched_off_are_told() -> None:
    off = replace(story.ACTIONS_REPORT, runs=(), dispatch=None, actions_enabled=False)
    subject = Correlation(commit=A)
    known = learned(operator(), says(MIRROR, story.MIRROR_REPORT, 9, subject), says("actions-run-api", off, 9, subject))
    assert "actions-disabled" in ids(seen_at(known, 9))


def test_a_snapshot_that_vanished_while_another_stands_is_told() -> None:
    known = delivered()
    moved = replace(story.MIRROR_REPORT, snapshot=replace(story.MIRROR_REPORT.snapshot, ref="refs/other"))  # type: ignore[type-var]
    known = learned(says(MIRROR, moved, 95, known.seen[MIRROR].last.subject), known=known)
    rollout = seen_at(known, 95)
    assert rollout.stages[0].state == "succeeded"
    assert "snapshot-gone" in ids(rollout)


def test_a_failure_after_the_publish_does_not_stop_the_closeout() -> None:
    """The PipelineRun failed in a finally task: what it published goes its way."""
    known = delivered(
        tekton=pipeline(FALSE),
        argo=replace(story.OLD_APPLICATION, reconciled_at=story.time(60)),
        runtime=story.OLD_WORKLOAD,
    )
    rollout = seen_at(known)
    assert [stage.state for stage in rollout.stages[5:]] == ["succeeded", "running", "pending"]
    assert rollout.state == "failed"
