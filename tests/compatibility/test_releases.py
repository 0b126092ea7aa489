"""A lane ends the same on every release supported in full; on an older one the end is unknown, and why is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.clients.forgejo import jobs_as_gitea, run_as_gitea
from lanewatch.clients.shape import ShapeError
from lanewatch.doctor.check import Verdict
from lanewatch.rollout.facts import ACTIONS, GITOPS, PROVENANCE, Quality
from lanewatch.rollout.rollout import Rollout
from tests.compatibility.sweeping import swept
from tests.doctor.examined_lane import check, diagnosis

FORGEJO = "16.0.0+gitea-1.22.0"


@pytest.mark.parametrize("version", ["1.25.4", "1.26.0", "1.27.0", FORGEJO])
@pytest.mark.parametrize(
    ("scenario", "end"), [("build", "succeeded"), ("build-fails", "failed"), ("rerun", "succeeded")]
)
async def test_the_end_is_the_same_on_every_release_in_full(
    tmp_path: Path, version: str, scenario: str, end: str
) -> None:
    rollout = await swept(tmp_path, scenario, gitea_version=version)
    assert rollout.state == end, [(stage.id, stage.state, stage.reason) for stage in rollout.stages]


@pytest.mark.parametrize(
    ("version", "row"),
    [
        ("1.22.6", "3 of 3 jobs succeeded (commit statuses)"),
        ("1.23.8", "3 of 3 taken jobs succeeded (tasks)"),
        ("1.24.7", "3 of 3 taken jobs succeeded (tasks)"),
    ],
)
async def test_on_an_older_release_the_end_is_unknown_and_says_what_is_known(
    tmp_path: Path, version: str, row: str
) -> None:
    rollout = await swept(tmp_path, "build", gitea_version=version)
    assert rollout.state == "unknown", [(stage.id, stage.state, stage.reason) for stage in rollout.stages]
    said = _everything_said(rollout)
    assert "actions/runs" in said, said
    assert "1.25" in said, said
    dispatch = next(stage for stage in rollout.stages if stage.authority == ACTIONS)
    assert (dispatch.state, dispatch.says) == ("unknown", row)
    told = {cell.fact.name: cell for cell in dispatch.cells}
    assert told["runJobs"].fact.value == ("plan: success", "dispatch: success", "wait: success")
    assert told["runJobs"].quality is Quality.ESTIMATED
    run_id = rollout.fields["actionsRunId"]
    assert (run_id.quality, run_id.fact.authority) == (Quality.ESTIMATED, PROVENANCE)
    assert str(run_id.fact.value).isdigit()


@pytest.mark.parametrize("version", ["1.22.6", "1.24.7"])
async def test_on_an_older_release_nobody_says_that_nothing_changes(tmp_path: Path, version: str) -> None:
    """The plan alone would: so the lane does not wait for a commit that may never come."""
    rollout = await swept(tmp_path, "reuse", gitea_version=version)
    publish = next(stage for stage in rollout.stages if stage.authority == GITOPS)
    assert (rollout.state, publish.state) == ("unknown", "unknown")
    assert "the plan that could say that nothing changes cannot be read" in publish.reason
    assert "actions/runs" in _everything_said(rollout)


async def test_on_an_older_release_a_failed_job_is_said_and_fails_nothing(tmp_path: Path) -> None:
    rollout = await swept(tmp_path, "build-fails", gitea_version="1.22.6")
    dispatch = next(stage for stage in rollout.stages if stage.authority == ACTIONS)
    assert (dispatch.state, dispatch.says) == ("unknown", "1 of 3 jobs failed (commit statuses)")
    assert rollout.fields["actionsRunId"].fact.value is None  # nobody names it


async def test_a_doctor_finds_forgejo_supported(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, gitea_version=FORGEJO)
    assert "supported" in check(told, "gitea", "version").says
    assert check(told, "gitea", "may read logs").verdict is Verdict.OK
    assert check(told, "gitea", "runner online").verdict is Verdict.UNTOLD  # it does not say


def test_what_forgejo_does_not_tell_is_left_out() -> None:
    run = run_as_gitea({"id": 7, "commit_sha": "c", "status": "running", "prettyref": "#12", "workflow_id": "w.yml"})
    assert run["status"] == "in_progress"
    assert "conclusion" not in run
    assert "head_branch" not in run  # a pull request is no branch
    jobs = jobs_as_gitea([{"id": 2, "status": "dreaming"}, {"id": 1, "status": "cancelled"}], run)
    assert [(job["id"], job["status"]) for job in jobs] == [(1, "completed"), (2, "dreaming")]
    assert "started_at" not in jobs[1]
    with pytest.raises(ShapeError, match="status"):
        run_as_gitea({"id": 7, "commit_sha": "c", "status": None})


def _everything_said(rollout: Rollout) -> str:
    dispatch = next(stage for stage in rollout.stages if stage.authority == ACTIONS)
    reads = [read.reason for read in rollout.reads if read.authority == ACTIONS]
    return " | ".join([dispatch.says, dispatch.reason, *reads])
