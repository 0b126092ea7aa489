"""Each scenario at its end, through real processes: every stage, the lane, the exit code, the findings, the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.lanes import lanewatch, serving

STAGES = (
    "mirror-sync", "actions-dispatch", "reuse-plan", "build-or-reuse",
    "tekton-pipelinerun", "gitops-publish", "argo-closeout", "runtime-provenance",
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """What CONTRACTS §9 says of one scenario's end. `states` in the order of the stages."""

    scenario: str
    lane: str
    exit: int
    states: str  # one word per stage
    findings: frozenset[str] = frozenset()  # ids that must be there
    words: tuple[str, ...] = ()  # what some finding's message must say
    missing: frozenset[str] = field(default_factory=frozenset)  # evidence


ENDINGS = (
    Ending("build", "succeeded", 0, " ".join(["succeeded"] * 8)),
    Ending("reuse", "succeeded", 0, "succeeded succeeded succeeded reused succeeded skipped succeeded succeeded"),
    Ending(
        "build-fails", "failed", 5, "succeeded succeeded succeeded failed failed skipped skipped skipped",
        frozenset({"stage-failed"}), ("build-or-reuse",),
    ),
    Ending(
        "image-drift", "unknown", 6, "succeeded succeeded succeeded succeeded succeeded succeeded succeeded unknown",
        frozenset({"image-drift"}), ("sha256:",),
    ),
    Ending(
        "mirror-stuck", "running", 8, "running pending pending pending pending pending pending pending",
        frozenset({"mirror-behind"}), ("gitea-ui-or-controlled-cli",),
    ),
    Ending(
        "argo-unnoticed", "running", 8, "succeeded succeeded succeeded succeeded succeeded succeeded running pending",
        frozenset({"argo-unnoticed"}),
    ),
    Ending("hostile", "succeeded", 0, " ".join(["succeeded"] * 8)),
)  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.scenario)
def test_the_scenario_ends_as_the_ledger_says(ending: Ending, tmp_path: Path) -> None:
    with serving(ending.scenario, tmp_path) as lane:
        result = lanewatch("--connections", str(lane.connections), "status", "-o", "json")
        table = lanewatch("--connections", str(lane.connections), "status")
    assert result.stderr == ""
    status = json.loads(result.stdout)
    states = {stage["id"]: stage["state"] for stage in status["stages"]}
    assert states == dict(zip(STAGES, ending.states.split(), strict=True))
    assert (status["state"], result.returncode) == (ending.lane, ending.exit)
    assert table.returncode == ending.exit
    assert not status["partial"]
    for stage in STAGES:
        assert lane.last_state(stage) in (None, states[stage]), stage
    assert lane.last_state("lane") == status["state"]
    ids = {finding["id"] for finding in status["findings"]}
    assert ending.findings <= ids, status["findings"]
    messages = " ".join(finding["message"] for finding in status["findings"])
    assert all(word in messages for word in ending.words), messages
    if ending.exit == 0:
        assert not [finding for finding in status["findings"] if finding["severity"] == "error"]
        assert not status["evidence"]["missing"]
        assert not status["evidence"]["pending"]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.scenario)
def test_the_summary_stays_within_its_bounds(ending: Ending, tmp_path: Path) -> None:
    with serving(ending.scenario, tmp_path) as lane:
        table = lanewatch("--connections", str(lane.connections), "status").stdout
        document = lanewatch("--connections", str(lane.connections), "status", "-o", "json").stdout
    lines = table.splitlines()
    assert len(lines) <= 48
    assert max(map(len, lines)) <= 100
    assert len(document.encode()) <= 32 * 1024
