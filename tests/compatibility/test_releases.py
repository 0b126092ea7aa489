"""A lane ends the same on every release that is supported in full; on an older one the end is unknown, and why is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.rollout.facts import ACTIONS
from lanewatch.rollout.rollout import Rollout
from tests.compatibility.sweeping import swept

FORGEJO = "16.0.0+gitea-1.22.0"


@pytest.mark.parametrize("version", ["1.25.4", "1.26.0", "1.27.0", FORGEJO])
@pytest.mark.parametrize(("scenario", "end"), [("build", "succeeded"), ("build-fails", "failed")])
async def test_the_end_is_the_same_on_every_release_in_full(
    tmp_path: Path, version: str, scenario: str, end: str
) -> None:
    rollout = await swept(tmp_path, scenario, gitea_version=version)
    assert rollout.state == end, [(stage.id, stage.state, stage.reason) for stage in rollout.stages]


@pytest.mark.parametrize("version", ["1.22.6", "1.24.7"])
async def test_on_an_older_release_the_end_is_unknown_and_names_the_endpoint(tmp_path: Path, version: str) -> None:
    rollout = await swept(tmp_path, "build", gitea_version=version)
    assert rollout.state == "unknown", [(stage.id, stage.state, stage.reason) for stage in rollout.stages]
    said = _everything_said(rollout)
    assert "actions/runs" in said, said
    assert "1.25" in said, said


def _everything_said(rollout: Rollout) -> str:
    dispatch = next(stage for stage in rollout.stages if stage.authority == ACTIONS)
    reads = [read.reason for read in rollout.reads if read.authority == ACTIONS]
    return " | ".join([dispatch.says, dispatch.reason, *reads])
