"""Rows of tasks and commit statuses, and what is made of them."""

from __future__ import annotations

from typing import Any

import pytest

from lanewatch.authorities.older_actions import Row, context_name, newest, rows_of_statuses, rows_of_tasks, summary
from lanewatch.spec.loading import load_spec

LANE = load_spec().lane()
COMMIT = "a" * 40


def task(number: int, name: str = "plan", status: str = "success", **other: Any) -> dict[str, Any]:
    told = {"head_sha": COMMIT, "workflow_id": LANE.workflow_name, "event": "push", "head_branch": LANE.branch}
    return {"id": number, "name": name, "status": status, "run_number": 7} | told | other


def status(number: int, context: str, word: str = "success", run: int = 7, by: str = "gitea-actions") -> dict[str, Any]:
    target = f"/o/r/actions/runs/{run}/jobs/0"
    return {"id": number, "context": context, "status": word, "target_url": target, "creator": {"login": by}}


def test_only_tasks_of_this_commit_workflow_event_and_branch_count() -> None:
    others = [{"head_sha": "b" * 40}, {"workflow_id": "x.yml"}, {"event": "schedule"}, {"head_branch": "#12"}]
    rows = rows_of_tasks([task(1), *(task(2, **other) for other in others)], LANE, COMMIT, "push")
    assert rows == [Row("plan", "success", 7, 1)]


def test_only_statuses_that_actions_wrote_for_this_workflow_count() -> None:
    told = [
        status(4, "agentrun / wait / all (push)", "pending"),
        status(3, "agentrun / plan (push)"),
        status(2, "agentrun / plan (pull_request)"),
        status(1, "other / plan (push)"),
        status(5, "agentrun / forged (push)") | {"target_url": "https://elsewhere.example/"},
        status(6, "agentrun / forged (push)", by="somebody"),
        status(7, "agentrun /  (push)"),
    ]
    assert rows_of_statuses(told, "agentrun", "push") == [
        Row("wait / all", "pending", 7, 4),
        Row("plan", "success", 7, 3),
    ]


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        (b"name: agentrun\non: push\n", "agentrun"),
        (b"name: 'a: b'\n", "a: b"),
        (b"on: push\n", ""),  # its contexts are stripped: `/ JOB (EVENT)`
        (b"name: [1\n", "w.yml"),
        (b"- 1\n", "w.yml"),
        (b"x" * (1 << 19), "w.yml"),
    ],
)
def test_a_context_begins_with_the_name_that_the_workflow_gives_itself(workflow: bytes, name: str) -> None:
    assert context_name(workflow, "w.yml") == name
    row = status(1, f"{name} / plan (push)".strip())
    assert rows_of_statuses([row], name, "push") == [Row("plan", "success", 7, 1)]


def test_the_last_word_on_each_job_of_the_newest_run_counts() -> None:
    rows = [
        Row("plan", "failure", 6, 9),
        Row("plan", "success", 7, 3),
        Row("plan", "pending", 7, 1),
        Row("x", "y", 7, 2),
    ]
    assert newest(rows) == [Row("plan", "success", 7, 3), Row("x", "y", 7, 2)]
    assert newest([]) == []


def test_what_went_wrong_is_said_first() -> None:
    good, bad = Row("plan", "success", 7, 1), Row("wait", "cancelled", 7, 2)
    assert summary([good, Row("wait", "pending", 7, 2)], "job", "tasks") == "1 of 2 jobs succeeded (tasks)"
    assert summary([good, bad], "job", "tasks") == "1 of 2 jobs failed (tasks)"
    assert summary([good], "job", "tasks") == "1 of 1 job succeeded (tasks)"
