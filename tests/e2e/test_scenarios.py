"""Each scenario at its end, through real processes: every stage, the lane, the exit code, the findings, the ledger.

A scenario is served once and read twice, as JSON and as a table; the tests below share what was read.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanewatch.simulator.scenarios import SCENARIOS
from tests.e2e.lanes import ServedLane, lanewatch, serving

STAGES = (
    "mirror-sync", "actions-dispatch", "reuse-plan", "build-or-reuse",
    "tekton-pipelinerun", "gitops-publish", "argo-closeout", "runtime-provenance",
)  # fmt: skip
OK, RUN, WAIT, SKIP, BAD, STOP = "succeeded", "running", "pending", "skipped", "failed", "cancelled"
ALL_OK = (OK,) * 8


@dataclass(frozen=True)
class Ending:
    """What CONTRACTS §9 says of one scenario's end.

    states: in the order of the stages. findings: ids that must be there. words: what a finding of these ids must say.
    told: facts of the ledger's last line about the lane that a finding must name, cut short.
    """

    scenario: str
    lane: str
    exit: int
    states: tuple[str, ...]
    findings: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One scenario at its end as lanewatch reads it."""

    ending: Ending
    lane: ServedLane
    document: subprocess.CompletedProcess[str]
    table: subprocess.CompletedProcess[str]

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.document.stdout)
        return found


ENDINGS = (
    Ending("build", "succeeded", 0, ALL_OK),
    Ending("reuse", "succeeded", 0, (OK, OK, OK, "reused", OK, SKIP, OK, OK)),
    Ending("env-reuse", "succeeded", 0, ALL_OK),
    Ending(
        "rerun", "succeeded", 0, ALL_OK,
        frozenset({"several-attempts", "delivered-by"}), ("at attempt 2", "2 PipelineRuns"),
    ),
    Ending(
        "slow", "succeeded", 0, ALL_OK, frozenset({"over-budget"}),
        ("(sourceSyncSeconds)", "(actionsDispatchSeconds)", "(reusePlanSeconds)", "(buildOrReuseSeconds)",
         "(gitopsArgoCloseoutSeconds)", "(endToEndSeconds)"),
    ),
    Ending("hostile", "succeeded", 0, ALL_OK),
    Ending("fallback", "succeeded", 0, ALL_OK),
    Ending(
        "build-fails", "failed", 5, (OK, OK, OK, BAD, BAD, SKIP, SKIP, SKIP),
        frozenset({"stage-failed"}), ("build-or-reuse failed", "exit 1"), ("builderJobName",),
    ),
    Ending(
        "tekton-timeout", "failed", 5, (OK, OK, OK, BAD, BAD, SKIP, SKIP, SKIP),
        frozenset({"stage-failed", "job-outlives-run"}),
        ("tekton-pipelinerun failed", "timed out after 1m0s in step"), ("builderJobName",),
    ),
    Ending(
        "tekton-cancelled", "failed", 5, (OK, OK, OK, STOP, STOP, SKIP, SKIP, SKIP),
        frozenset({"stage-cancelled", "job-outlives-run"}), ("tekton-pipelinerun was cancelled",), ("builderJobName",),
    ),
    Ending(
        "argo-degraded", "failed", 5, (OK, OK, OK, OK, OK, OK, BAD, BAD),
        frozenset({"stage-failed"}), ("argo-closeout failed", "Degraded at"), ("gitopsRevision",),
    ),
    Ending(
        "rolled-back", "failed", 5, (OK, OK, OK, OK, OK, OK, OK, BAD),
        frozenset({"rolled-back"}), ("runtime went back to", ", by commit "), ("runtimeTargetSha", "gitopsRevision"),
    ),
    Ending(
        "image-drift", "unknown", 6, (OK, OK, OK, OK, OK, OK, OK, "unknown"),
        frozenset({"image-drift"}), ("Pods run another image",), ("built", "running"),
    ),
    Ending(
        "superseded", "superseded", 6, (OK, STOP, SKIP, SKIP, SKIP, SKIP, SKIP, SKIP),
        frozenset({"superseded"}), ("actions-dispatch was cancelled", "--commit"), ("supersededBy",),
    ),
    Ending(
        "mirror-stuck", "running", 8, (RUN, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT),
        frozenset({"mirror-behind"}), ("gitea-ui-or-controlled-cli",),
    ),
    Ending(
        "runner-offline", "running", 8, (OK, RUN, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT),
        frozenset({"runner-offline"}), ("no runner with label unidesk-ci-builder is online",),
    ),
    Ending(
        "plan-missing", "running", 8, (OK, OK, RUN, WAIT, WAIT, WAIT, WAIT, WAIT),
        frozenset({"plan-missing"}), ("plan job ended without a plan",),
    ),
    Ending(
        "argo-unnoticed", "running", 8, (OK, OK, OK, OK, OK, OK, RUN, WAIT),
        frozenset({"argo-unnoticed"}), ("argo has not noticed",),
    ),
    Ending(
        "crash-loop", "running", 8, (OK, OK, OK, OK, OK, OK, RUN, RUN),
        frozenset({"crash-loop"}), ("CrashLoopBackOff ×3, last exit 1 (Error)",),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def readings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Reading]]]:
    """The scenarios that this session asks for, two of them read at a time ahead of the tests."""
    calls = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    endings = dict.fromkeys(call.params["reading"] for call in calls if call is not None)
    pool = ThreadPoolExecutor(2)
    try:
        yield {ending.scenario: pool.submit(_read, ending, tmp_path_factory.mktemp("lane")) for ending in endings}
    finally:
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module", params=ENDINGS, ids=lambda ending: ending.scenario)
def reading(request: pytest.FixtureRequest, readings: dict[str, Future[Reading]]) -> Reading:
    return readings[request.param.scenario].result()


def _read(ending: Ending, folder: Path) -> Reading:
    with serving(ending.scenario, folder) as lane:
        ask = ("--connections", str(lane.connections), "status")
        return Reading(ending, lane, lanewatch(*ask, "-o", "json"), lanewatch(*ask))


def test_every_scenario_is_here() -> None:
    assert [ending.scenario for ending in ENDINGS] == sorted(SCENARIOS, key=list(SCENARIOS).index)


def test_every_stage_the_lane_and_the_exit_code_are_as_the_ledger_has_them(reading: Reading) -> None:
    ending, lane, status = reading.ending, reading.lane, reading.status
    states = {stage["id"]: stage["state"] for stage in status["stages"]}
    assert states == dict(zip(STAGES, ending.states, strict=True))
    assert (status["state"], reading.document.returncode) == (ending.lane, ending.exit)
    assert reading.table.returncode == ending.exit
    assert reading.document.stderr == reading.table.stderr == ""
    assert not status["partial"]
    for stage in STAGES:
        assert lane.last_state(stage) in (None, states[stage]), stage
    assert lane.last_state("lane") == status["state"]


def test_the_findings_say_what_a_person_must_know(reading: Reading) -> None:
    ending, found = reading.ending, reading.status["findings"]
    assert ending.findings <= {finding["id"] for finding in found}, found
    messages = " ".join(finding["message"] for finding in found if finding["id"] in ending.findings)
    assert all(word in messages for word in ending.words), messages
    facts = next(entry["facts"] for entry in reversed(reading.lane.ledger) if entry["stage"] == "lane")
    assert all(_shortened(facts[name]) in messages for name in ending.told), messages
    severities = {finding["severity"] for finding in found}
    assert ("error" in severities) is (ending.lane in ("failed", "unknown")), found


def test_evidence_is_whole_where_the_lane_succeeded_and_only_there(reading: Reading) -> None:
    evidence = reading.status["evidence"]
    lacking = evidence["missing"] or evidence["pending"] or evidence["unreadable"]
    assert bool(lacking) is (reading.ending.lane != "succeeded"), evidence
    assert not evidence["unreadable"]


def test_the_summary_stays_within_its_bounds(reading: Reading) -> None:
    lines = reading.table.stdout.splitlines()
    assert len(lines) <= 48
    assert max(map(len, lines)) <= 100
    assert len(reading.document.stdout.encode()) <= 32 * 1024


def _shortened(value: str) -> str:
    """As findings name it: seven digits of a sha or a digest, names whole."""
    if value.startswith("sha256:"):
        return value[:14]
    return value[:7] if len(value) == 40 else value
