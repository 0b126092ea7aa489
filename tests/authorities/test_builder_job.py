"""The builder Job: how it is found, what it says, and how far BuildKit is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lanewatch.authorities.build_progress import build_progress
from lanewatch.authorities.builder_job import Sought, builder_container, find_job, job_report, pods_of

COMMIT = "3f9c2a7d51e84b06a9d7c0e15b8f6a2d4c1e9b73"


def job(name: str, created: str = "2026-07-05T14:00:00Z", owner: str = "", **labels: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "uid": f"uid-{name}", "creationTimestamp": created}
    metadata["labels"] = {f"agentrun.lane/{key.replace('_', '-')}": value for key, value in labels.items()}
    if owner:
        metadata["ownerReferences"] = [{"kind": "TaskRun", "uid": owner}]
    return {"metadata": metadata}


def sought(run: str = "run-1", owners: tuple[str, ...] = ("tr-1",), names: tuple[str, ...] = ()) -> Sought:
    return Sought(COMMIT, run, frozenset(owners), frozenset(names))


OWNED = job("any", owner="tr-1")
NAMED = job("told")
LABELLED = job("labelled", source_commit=COMMIT[:12], pipelinerun="run-1")
BY_NAME = job(f"builder-{COMMIT[:12]}")
OTHERS = job(f"builder-{COMMIT[:12]}-old", source_commit=COMMIT[:12], pipelinerun="run-0")
STRANGER = job("builder-000000000000", source_commit="0" * 12)


@pytest.mark.parametrize(
    ("jobs", "who", "name", "how"),
    [
        ([BY_NAME, LABELLED, NAMED, OWNED], sought(names=("told",)), "any", "owner"),
        ([BY_NAME, LABELLED, NAMED], sought(names=("told",)), "told", "result"),
        ([BY_NAME, LABELLED, NAMED], sought(), "labelled", "label"),
        ([BY_NAME, STRANGER], sought(), f"builder-{COMMIT[:12]}", "name"),
        ([OTHERS], sought(run="", owners=()), f"builder-{COMMIT[:12]}-old", "label"),
    ],
)
def test_the_best_correlation_wins(jobs: list[dict[str, Any]], who: Sought, name: str, how: str) -> None:
    found = find_job(jobs, who)
    assert found is not None
    assert (found[0]["metadata"]["name"], found[1]) == (name, how)


def test_a_job_of_another_pipeline_run_of_the_commit_is_not_this_one() -> None:
    assert find_job([OTHERS, STRANGER], sought()) is None
    assert find_job([], sought()) is None


def test_the_newest_of_equals_wins() -> None:
    jobs = [job(f"b-{COMMIT[:12]}-2", "2026-07-05T14:00:02Z"), job(f"b-{COMMIT[:12]}-1", "2026-07-05T14:00:01Z")]
    found = find_job(jobs, sought())
    assert found is not None
    assert found[0]["metadata"]["name"].endswith("-2")


def ended(kind: str, **more: str) -> dict[str, Any]:
    condition = {"type": kind, "status": "True", "lastTransitionTime": "2026-07-05T14:01:00Z", **more}
    return {**BY_NAME, "status": {"startTime": "2026-07-05T14:00:30Z", "conditions": [condition]}}


def test_failed() -> None:
    pod = {
        "metadata": {"name": "p", "uid": "u", "ownerReferences": [{"kind": "Job", "uid": BY_NAME["metadata"]["uid"]}]},
        "spec": {"containers": [{"name": "buildkit"}]},
        "status": {
            "phase": "Failed",
            "containerStatuses": [
                {"name": "ok", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
                {
                    "name": "buildkit",
                    "state": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no\x1bspace"}},
                },
            ],
        },
    }
    made = ended("Failed", reason="BackoffLimitExceeded", message="too often")
    report = job_report(made, "label", pods_of(made, [pod, {"metadata": {"uid": "other"}}]), "step 1/2")
    assert (report.state, report.reason, report.message) == ("failed", "BackoffLimitExceeded", "too often")
    assert report.finished_at is not None
    assert report.progress == ""  # it runs no more
    (told,) = report.pods
    assert (told.exit_code, told.reason, told.message) == (1, "Error", "no␛space")
    assert builder_container(pod) == "buildkit"


@pytest.mark.parametrize("kind", ["FailureTarget", "SuccessCriteriaMet", "Suspended"])
def test_a_decided_job_still_runs(kind: str) -> None:
    report = job_report(ended(kind), "name", (), "env-image step 3/7")
    assert (report.state, report.finished_at, report.progress) == ("running", None, "env-image step 3/7")


def test_a_pod_that_waits_says_why() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
    pod = {"metadata": {"name": "p"}, "status": {"phase": "Pending", "containerStatuses": [waiting]}}
    (told,) = job_report(BY_NAME, "name", (pod,), "").pods
    assert (told.phase, told.reason, told.exit_code) == ("Pending", "ImagePullBackOff", None)


def test_a_pod_that_no_node_takes_and_a_job_on_hold_say_so() -> None:
    row = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}
    pod = {"metadata": {"name": "p"}, "status": {"phase": "Pending", "conditions": [row]}}
    told = job_report({"metadata": {"name": "b"}, "spec": {"suspend": True}}, "label", (pod,), "")
    assert (told.state, told.reason) == ("running", "Suspended")
    assert (told.pods[0].reason, told.pods[0].message) == ("Unschedulable", "0/1 nodes are available")


def test_recorded_job() -> None:
    """The recording of a real controller's run, cut to the one object that matters here."""
    native = json.loads((Path(__file__).parent / "recorded_job.json").read_text())
    found = find_job([native], Sought(COMMIT, "agentrun-v02-ci-bj15s", frozenset(), frozenset()))
    assert found is not None
    report = job_report(*found, (), "")
    assert (report.state, report.correlated_by, report.reason) == ("complete", "label", "CompletionsReached")
    assert report.started_at is not None
    assert report.finished_at is not None
    assert (report.finished_at - report.started_at).total_seconds() == 4


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("#5 [env-image 3/7] RUN apt-get\n#5 0.4 output", "env-image step 3/7"),
        ("2026-07-05T14:00:00.123456789Z #5 [env-image 3/7] RUN x", "env-image step 3/7"),
        ("#7 [linux/arm64 stage 2/5] RUN x", "stage step 2/5"),
        ("#7 [2/5] RUN x", "step 2/5"),
        ("#5 [env 1/3] FROM x\n#6 [stage 2/2] RUN y\n#6 DONE 1.2s", "stage step 2/2"),
        ("#6 [stage 2/2] RUN y\n#8 exporting to image\n#8 pushing layers", "exporting to image"),
        ("#1 [internal] load build definition", ""),
        ("#5 0.4 [env-image 3/7] printed by a program", ""),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_progress(log: str, told: str) -> None:
    assert build_progress(log) == told
