"""What the rows say at the end of every scenario, beside the ledger: who is to blame, and what one would go back to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from lanewatch.rollout.picture import project
from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator.scenarios import SCENARIOS
from tests.authorities.served_lane import lane
from tests.wrong_green.journals import journals

# By scenario: stages with the words of their row, and words of the findings.
ROWS: Mapping[str, Mapping[str, str]] = {
    "build": {"build-or-reuse": "built sha256:", "runtime-provenance": "serving"},
    "reuse": {"build-or-reuse": "reused-image of", "gitops-publish": "nothing changes, stays"},
    "env-reuse": {"build-or-reuse": "reused-env sha256:"},
    "rerun": {"tekton-pipelinerun": "agentrun-v02-ci-"},
    "slow": {"argo-closeout": "synced at"},
    "hostile": {"argo-closeout": "synced at"},
    "fallback": {"tekton-pipelinerun": "agentrun-v02-ci-"},
    "build-fails": {
        "build-or-reuse": "exit 1 in pod agentrun-builder-",
        "tekton-pipelinerun": "exit 1 in step build of build-or-reuse",
        "gitops-publish": "build-or-reuse failed",
    },
    "tekton-timeout": {
        "build-or-reuse": "the PipelineRun failed: timed out after",
        "tekton-pipelinerun": "timed out after 1m0s in step build",
        "gitops-publish": "tekton-pipelinerun failed",
    },
    "tekton-cancelled": {
        "tekton-pipelinerun": "cancelled in step build",
        "gitops-publish": "tekton-pipelinerun was cancelled",
    },
    "argo-degraded": {
        "argo-closeout": "Degraded at",
        "runtime-provenance": "pod not ready: Readiness probe",
    },
    "rolled-back": {"runtime-provenance": "runtime went back to", "argo-closeout": "synced at"},
    "image-drift": {"runtime-provenance": "runs sha256:"},
    "superseded": {"actions-dispatch": "superseded by", "reuse-plan": "superseded by"},
    "mirror-stuck": {"mirror-sync": "mirror is at"},
    "runner-offline": {"actions-dispatch": "waiting for a runner (unidesk-ci-builder)"},
    "plan-missing": {"reuse-plan": "plan job ended without a plan"},
    "argo-unnoticed": {"argo-closeout": "argo has not noticed"},
    "crash-loop": {"runtime-provenance": "pod CrashLoopBackOff ×3, exit 1 (Error)"},
}
FINDINGS: Mapping[str, tuple[str, ...]] = {
    "build-fails": ("builder Job agentrun-builder-", "exit 1 in pod agentrun-builder-"),
    "tekton-timeout": ("timed out after 1m0s in step build of build-or-reuse", "gitops-publish did not run"),
    "tekton-cancelled": ("was cancelled in step build of build-or-reuse", "kubectl delete job agentrun-builder-"),
    "argo-degraded": (
        "ProgressDeadlineExceeded: pod not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
        "Read: lanewatch logs runtime-provenance",
        "gitops-publish and argo-closeout took 1 min 13 s, budget 50 s",
    ),
    "rolled-back": ("runtime went back to", "Ask who reverted it"),
    "argo-unnoticed": ("gitops-publish and argo-closeout have taken", "budget 50 s"),
    "slow": ("mirror-sync took 27.0 s, budget 20 s", "took 1 min 5 s, budget 50 s"),
}
BAD = ("build-fails", "tekton-timeout", "tekton-cancelled", "argo-degraded", "rolled-back", "image-drift", "superseded")


@cache
def at_end(scenario: str) -> Rollout:
    journal = journals()[scenario]
    return project(lane(), journal.entries, journal.entries[-1].read_at)


def test_every_scenario_has_its_rows() -> None:
    assert list(ROWS) == list(SCENARIOS)


@pytest.mark.parametrize("scenario", ROWS)
def test_the_rows_say_what_a_person_would_say(scenario: str) -> None:
    said = {stage.id: stage.says for stage in at_end(scenario).stages}
    assert {stage: said[stage] for stage, words in ROWS[scenario].items() if not said[stage].startswith(words)} == {}


@pytest.mark.parametrize("scenario", FINDINGS)
def test_the_findings_name_what_is_to_blame(scenario: str) -> None:
    told = " ".join(finding.message for finding in at_end(scenario).findings)
    assert [words for words in FINDINGS[scenario] if words not in told] == [], told


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_row_only_says_that_it_failed(scenario: str) -> None:
    for stage in at_end(scenario).stages:
        if stage.state in ("failed", "cancelled", "unknown"):
            assert len(stage.says.split()) >= 3, stage.says
            assert stage.reason


@pytest.mark.parametrize("scenario", BAD)
def test_a_bad_end_names_what_one_would_go_back_to_and_who_wrote_the_commit(scenario: str) -> None:
    rollout, world = at_end(scenario), journals()[scenario].world
    good = rollout.last_good
    assert good is not None
    assert len(good.commit) == len(good.gitops_revision) == 40
    assert good.image_digest.startswith("sha256:")
    assert good.at is not None
    assert good.commit != rollout.commit == world.commit
    assert rollout.commit_author == "Lin Wei"
    assert rollout.commit_time == world.start
