"""gate, history and follower as a person starts them: what they print, what they remember, how they end."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lanes import ServedLane, lanewatch, serving


@pytest.fixture(scope="module")
def reused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedLane, str]]:
    """The lane that reuses its image, and a state folder of its own."""
    folder = tmp_path_factory.mktemp("reuse")
    with serving("reuse", folder) as lane:
        yield lane, str(folder / "state")


def gate(lane: ServedLane, *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
    done = lanewatch("--connections", str(lane.connections), "gate", "-o", "json", *arguments, **environment)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_gate_opens_where_every_check_passes_often_enough(reused: tuple[ServedLane, str]) -> None:
    lane, state = reused
    code, told = gate(lane, "--last", "1", XDG_STATE_HOME=state)
    assert (code, told["decision"]) == (0, "pass")
    assert {check["state"] for check in told["checks"]} == {"pass"}
    assert all(ground["source"] for check in told["checks"] for ground in check["grounds"])
    code, told = gate(lane, XDG_STATE_HOME=state)
    assert (code, told["decision"]) == (7, "unknown")


def test_what_was_seen_to_end_is_remembered_for_its_owner_alone(reused: tuple[ServedLane, str]) -> None:
    lane, state = reused
    done = lanewatch("--connections", str(lane.connections), "status", XDG_STATE_HOME=state)
    assert done.returncode == 0
    file = Path(state) / "lanewatch" / "rollouts.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [secret for secret in lane.secrets if secret in file.read_text()]
    done = lanewatch("--connections", str(lane.connections), "history", XDG_STATE_HOME=state)
    assert done.returncode == 0
    assert "reused-image" in done.stdout
    assert "105.7 s" in done.stdout


def test_history_reads_what_the_systems_still_hold(reused: tuple[ServedLane, str]) -> None:
    lane, state = reused
    done = lanewatch(
        "--connections", str(lane.connections), "history", "--read", "3", "-o", "json", XDG_STATE_HOME=state
    )
    told = json.loads(done.stdout)
    assert {one["seen"] for one in told["rollouts"]} == {"live", "history"}
    assert any("pruned" in line for line in told["gone"])


def test_without_a_record_history_says_so(reused: tuple[ServedLane, str], tmp_path: Path) -> None:
    done = lanewatch("--connections", str(reused[0].connections), "history", XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 7
    assert "no rollout was seen to end yet" in done.stdout


def test_the_follower_stands_beside_the_lane(reused: tuple[ServedLane, str]) -> None:
    lane, state = reused
    done = lanewatch("--connections", str(lane.connections), "follower", XDG_STATE_HOME=state)
    assert done.returncode == 0
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    for words in ("deprecated", "read-only-status", "new-controller-loop-features", "gitea-mirror", "105.7 s"):
        assert words in done.stdout


def test_a_state_folder_that_cannot_be_written_harms_nothing(reused: tuple[ServedLane, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder\n")
    done = lanewatch("--connections", str(reused[0].connections), "status", XDG_STATE_HOME=str(tmp_path / "file"))
    assert done.returncode == 0
    assert "not written down" in done.stderr


@pytest.mark.parametrize(
    ("scenario", "code", "decision"), [("image-drift", 5, "fail"), ("runner-offline", 8, "unknown")]
)
def test_a_closed_gate_ends_with_its_reason(scenario: str, code: int, decision: str, tmp_path: Path) -> None:
    with serving(scenario, tmp_path) as lane:
        ended, told = gate(lane, XDG_STATE_HOME=str(tmp_path / "state"))
        assert (ended, told["decision"]) == (code, decision)
        broken = [one["id"] for one in told["policy"] if one["state"] == "breach"]
        assert broken == (["image-pinned"] if scenario == "image-drift" else [])
