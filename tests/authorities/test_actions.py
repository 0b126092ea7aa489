"""The Actions API: which run is current, its jobs, what it dispatched, and the servers that cannot tell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lanewatch.authorities.actions_runs import is_of, label_is_online
from lanewatch.rollout.facts import Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import ActionsReport
from tests.authorities.scripted_lane import (
    COMMIT,
    HTML,
    NO_OBJECT,
    NO_ROUTE,
    RUNS,
    R,
    ScriptedLane,
    artifact,
    job,
    page,
    repository,
    run,
    scripted_lane,
    zipped,
)
from tests.authorities.served_lane import fact, lane_at
from tests.clients.scripted import http

SUBJECT = Correlation(commit=COMMIT)
NEWER = "c" * 40


def report(observation: Observation) -> ActionsReport:
    assert isinstance(observation.report, ActionsReport)
    return observation.report


def scripted(lane: ScriptedLane, *runs: dict[str, object]) -> None:
    lane.says(RUNS, page("workflow_runs", *runs))
    lane.says(R, repository())
    lane.says(f"{R}/actions/runners", page("runners"))
    lane.says(f"{R}/commits", http(200, [{"sha": COMMIT}]))
    for one in runs:
        lane.says(f"{RUNS}/{one['id']}/jobs", page("jobs", job(9001)))
        lane.says(f"{RUNS}/{one['id']}/artifacts", page("artifacts"))


async def test_a_running_lane(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 45.0) as watched:
        seen = await watched.actions.read(Correlation(commit=watched.commit))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.run is not None
    assert (told.run.status, told.run.conclusion, told.run.event) == ("in_progress", "", "push")
    assert [one.name for one in told.run.jobs] == ["plan", "dispatch", "wait"]
    assert [one.conclusion for one in told.run.jobs] == ["success", "success", ""]
    assert told.run.jobs[0].steps[0].conclusion == "success"
    assert told.run.jobs[0].started_at is not None
    assert told.run.jobs[2].completed_at is None
    assert told.dispatch is not None
    assert told.dispatch.event_id == fact(seen, "dispatchEventId").value
    assert told.dispatch.payload["sourceCommit"] == watched.commit
    assert (told.runner_online, told.server_version, told.actions_enabled) == (True, "1.26.3", True)
    assert told.server_time is not None
    assert fact(seen, "actionsRunId").value == told.run.id
    assert fact(seen, "actionsRunId").final
    assert fact(seen, "runConclusion").quality is Quality.ABSENT
    assert {handle.drilldown for handle in seen.handles} == {"gitea-actions-run"}
    assert seen.handles[0].locator == f"gitea-run:pikasTech/agentrun/{told.run.id}"
    assert seen.handles[1].locator == f"gitea-job-log:pikasTech/agentrun/{told.run.jobs[0].id}"


async def test_before_the_run_there_is_none_and_that_is_an_answer(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 8.0) as watched:
        seen = await watched.actions.read(Correlation(commit=watched.commit))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert (told.runs, told.newer_runs, told.actions_enabled) == ((), (), True)
    assert fact(seen, "actionsRunId").quality is Quality.ABSENT


async def test_a_server_without_the_runs_api(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 45.0, gitea_version="1.24.7") as watched:
        seen = await watched.actions.read(Correlation(commit=watched.commit))
        again = await watched.actions.read(Correlation(commit=watched.commit))
    assert seen.outcome is Outcome.UNSUPPORTED
    assert seen.reason.startswith("no actions/runs: needs Gitea 1.25 or newer (this one is 1.24.7)")
    assert again.outcome is Outcome.UNSUPPORTED


async def test_the_highest_id_of_this_workflow_event_and_branch_is_current(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        others = [
            run(99, path="other.yaml@refs/heads/v0.2"),
            run(98, event="schedule"),
            run(97, head_branch="v0.3", path="unidesk-agentrun-jd01-v02.yaml@refs/heads/v0.3"),
        ]
        scripted(lane, *others, run(41), run(43), run(42))
        seen = await lane.actions.read(SUBJECT)
    assert [one.id for one in report(seen).runs] == ["43", "42", "41"]
    assert [len(one.jobs) for one in report(seen).runs] == [1, 0, 0]
    assert report(seen).run is report(seen).runs[0]
    assert report(seen).runs[0].completed_at is None  # 1970 in any zone is "not set"
    assert report(seen).runs[0].started_at == datetime(2026, 7, 5, 14, 0, 12, tzinfo=UTC)


async def test_jobs_of_the_second_page_count(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, run(41))
        first, second = [job(number) for number in range(50)], [job(50, conclusion="failure", status="completed")]
        lane.says(f"{RUNS}/41/jobs", page("jobs", *first, total=51), page("jobs", *second, total=51))
        seen = await lane.actions.read(SUBJECT)
        asked = [one.target for one in lane.server.asked if one.path == f"{RUNS}/41/jobs"]
    told = report(seen).run
    assert told is not None
    assert (len(told.jobs), told.jobs[-1].conclusion) == (51, "failure")
    assert [target.partition("page=")[2] for target in asked] == ["1", "2"]
    assert all(f"head_sha={COMMIT}" in one.target for one in lane.server.asked if one.path == RUNS)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (http(401, {"message": "token is required"}), Outcome.DENIED, "401: token not accepted"),
        (http(403, {"message": "token scope=secret"}), Outcome.DENIED, "token lacks scope read:repository"),
        (NO_OBJECT, Outcome.ABSENT, "no right to see it"),
        (NO_ROUTE, Outcome.UNSUPPORTED, "no actions/runs: needs Gitea 1.25 or newer (this one is 1.26.3)"),
        (HTML, Outcome.INVALID, "HTML where JSON expected"),
        (http(200, {"workflow_runs": None, "total_count": "many"}), Outcome.INVALID, "$.total_count"),
        (http(503, "Service Unavailable", "text/plain"), Outcome.ERROR, "503"),
        (http(429, "slow", "text/plain", Retry_After="7"), Outcome.THROTTLED, "asks to wait 7 s"),
    ],
)
async def test_a_list_that_cannot_be_read_says_why(tmp_path: Path, said: bytes, outcome: Outcome, reason: str) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(RUNS, said)
        seen = await lane.actions.read(SUBJECT)
    assert seen.outcome is outcome
    assert reason in seen.reason
    assert "secret" not in repr(seen)
    assert seen.report is None


@pytest.mark.parametrize("said", [http(403, {"message": "unit"}), NO_OBJECT])
async def test_actions_that_are_switched_off_are_said(tmp_path: Path, said: bytes) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(RUNS, said)
        lane.says(R, repository(has_actions=False))
        seen = await lane.actions.read(SUBJECT)
    assert seen.reason.startswith("Actions are disabled in pikasTech/agentrun")


async def test_no_run_with_actions_switched_off(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(R, repository(has_actions=False))
        seen = await lane.actions.read(SUBJECT)
    assert (seen.outcome, report(seen).actions_enabled) == (Outcome.OK, False)
    assert fact(seen, "actionsRunId").reason == "Actions are disabled in pikasTech/agentrun"


@pytest.mark.parametrize(("status", "conclusion"), [("completed", "cancelled"), (None, None)])
async def test_runs_of_newer_commits_explain_a_missing_or_cancelled_one(
    tmp_path: Path, status: str | None, conclusion: str | None
) -> None:
    async with scripted_lane(tmp_path) as lane:
        mine = [] if status is None else [run(41, status=status, conclusion=conclusion)]
        newer = [run(55, head_sha=NEWER)]
        scripted(lane, *mine)
        lane.says(RUNS, page("workflow_runs", *mine), page("workflow_runs", *newer))
        lane.says(f"{R}/commits", http(200, [{"sha": NEWER}, {"sha": COMMIT}, {"sha": "d" * 40}]))
        seen = await lane.actions.read(SUBJECT)
    assert [(one.id, one.head_sha) for one in report(seen).newer_runs] == [("55", NEWER)]
    assert len(report(seen).runs) == len(mine)


async def test_a_commit_that_is_not_on_the_branch_has_no_newer_runs(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(f"{R}/commits", http(200, [{"sha": NEWER}]))
        seen = await lane.actions.read(SUBJECT)
    assert report(seen).newer_runs == ()


async def test_jobs_that_cannot_be_read_leave_the_run(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, run(41))
        lane.says(f"{RUNS}/41/jobs", http(500, {"message": ""}))
        seen = await lane.actions.read(SUBJECT)
    assert seen.outcome is Outcome.ERROR
    assert fact(seen, "actionsRunId").value == "41"
    assert fact(seen, "runJobs").quality is Quality.ERROR


@pytest.mark.parametrize(
    ("paper", "quality", "reason"),
    [
        (zipped("dispatch.json", {"payload": {}, "reply": {}}), Quality.ABSENT, "no eventID"),
        (zipped("dispatch.json", b"{"), Quality.INVALID, "dispatch.json: broken JSON"),
        (zipped("other.json", {}), Quality.ERROR, "read again before it is believed"),
        (http(404, {"message": "expired"}), Quality.ABSENT, "artifact expired or not found"),
        (HTML, Quality.INVALID, "HTML where an artifact was expected"),
    ],
)
async def test_a_dispatch_that_cannot_be_read_is_one_fact(
    tmp_path: Path, paper: bytes, quality: Quality, reason: str
) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, run(41))
        lane.says(f"{RUNS}/41/artifacts", page("artifacts", artifact(7, "dispatch-x")))
        lane.says(f"{R}/actions/artifacts/7/zip", paper)
        seen = await lane.actions.read(SUBJECT)
    assert seen.outcome is Outcome.OK
    assert fact(seen, "dispatchEventId").quality is quality
    assert reason in fact(seen, "dispatchEventId").reason


async def test_the_runner_of_the_label(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, run(41))
        labels = [{"name": "unidesk-ci-builder"}]
        offline = page("runners", {"id": 1, "status": "offline", "labels": labels})
        lane.says(f"{R}/actions/runners", offline, http(403, {"message": "owner"}))
        seen = [report(await lane.actions.read(SUBJECT)).runner_online for _ in range(2)]
    assert seen == [False, None]


LABEL = [{"name": "builder"}]


@pytest.mark.parametrize(
    ("runners", "online"),
    [
        ([], None),
        ([{"status": "online", "labels": [{"name": "other"}]}], None),
        ([{"status": "offline", "labels": LABEL}, {"status": "online", "labels": LABEL}], True),
        ([{"status": "offline", "labels": LABEL}], False),
        ([{"status": "online", "labels": LABEL, "disabled": True}], None),
        ([{"status": "online", "labels": None}], None),
    ],
)
def test_label_is_online(runners: list[dict[str, Any]], online: bool | None) -> None:
    assert label_is_online(runners, "builder") is online


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"path": "a/b/unidesk-agentrun-jd01-v02.yaml@refs/heads/v0.2"}, True),
        ({"path": "unidesk-agentrun-jd01-v02.yaml"}, True),
        ({"path": "unidesk-agentrun-jd01-v02.yaml@refs/unidesk/x", "head_branch": None}, False),
        ({"path": None}, False),
        ({"event": "pull_request"}, False),
        ({"head_branch": None}, True),
    ],
)
def test_is_of(change: dict[str, Any], fits: bool) -> None:
    one: dict[str, Any] = {**run(41), **change}
    assert is_of(one, "unidesk-agentrun-jd01-v02.yaml", "push", "v0.2") is fits
