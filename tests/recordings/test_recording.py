"""A live lane recorded, redacted and replayed through the fold: what it concludes is what truly happened."""

from __future__ import annotations

import errno
import json
import time
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from typing import Any

import kubernetes.aio.client  # noqa: F401 - a second that would be a minute of the world
import pytest

from lanewatch.authorities.tekton_runs import oldest_first, run_state
from lanewatch.commands.errors import UsageError
from lanewatch.commands.record import NothingRead, record, run, whole_file
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.serving import Tokens, served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from tests.doctor.examined_lane import SameClock
from tests.recordings.check import failures
from tests.recordings.reading import folded, is_recording, lines
from tests.simulator.stories import START, fresh

LANE = load_spec().lane()


async def recorded(folder: Path, *, at: float, haste: float, seconds: float, **rights: Any) -> tuple[Any, Any]:
    """The build scenario from its second `at` on, `haste` times as fast as life; the world and what was recorded."""
    world, tokens = fresh("build", folder), Tokens()
    clock = WorldClock(START, at, time.monotonic(), haste, time.monotonic)
    async with served(world, clock, tokens=tokens, rights=Rights(tokens.kubernetes, **rights)) as place:
        told = handover.connections(world, place, folder, LANE.workload, LANE.repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        connections = load_connections(folder / "connections.yaml")
        with whole_file(folder / "told") as stream:
            namespace, own = LANE.pipeline_namespace, SameClock(clock)
            recording = await record(connections, namespace, stream, seconds, own, folder / "cache")
    return world, recording


def ledger(world: Any, stage: str) -> dict[str, Any]:
    return {key: value for entry in world.ledger if entry.stage == stage for key, value in entry.facts.items()}


async def test_a_build_recorded_while_it_runs_folds_to_what_truly_happened(tmp_path: Path) -> None:
    world, recording = await recorded(tmp_path, at=10.0, haste=30.0, seconds=3.0)
    told = tmp_path / "told"
    assert is_recording(told)
    assert (told / "watch.ndjson").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in told.iterdir()] == ["watch.ndjson"]  # nothing half-written is left
    read = list(lines(told))
    assert {line["type"] for line in read} >= {"LIST", "MODIFIED"}
    assert all(later["t"] >= earlier["t"] for earlier, later in pairwise(read))
    assert sum(recording.counts.values()) == len(read)
    history = folded(read)
    kept = oldest_first(history)[-1]
    state, truth = run_state(history, kept), ledger(world, "tekton-pipelinerun")
    assert state.name == truth["pipelineRunName"]
    assert state.condition is not None
    assert state.condition.status == "True"
    assert [(task.name, task.state) for task in state.tasks] == [
        ("plan-artifacts", "succeeded"), ("build-or-reuse", "succeeded"), ("gitops-publish", "succeeded"),
    ]  # fmt: skip
    (told / "expected.json").write_text(json.dumps({"pipelineRuns": []}))
    seen = [run.object["metadata"]["uid"] for run in oldest_first(history)]
    assert failures(told) == [f"pipelineRuns: expected [], got {seen}"]  # checked like those that are here
    text = (told / "watch.ndjson").read_text()
    assert not [secret for secret in world.secrets if secret in text]


async def test_what_may_not_be_watched_is_polled_and_what_may_not_be_listed_is_said(tmp_path: Path) -> None:
    _, recording = await recorded(
        tmp_path, at=200.0, haste=1.0, seconds=1.0, denied=frozenset({"pods"}), unwatched=frozenset({"*"})
    )
    assert "may not list pods" in recording.failures["Pod"]
    assert {line["type"] for line in lines(tmp_path / "told")} == {"LIST"}


def test_a_recording_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "watch.ndjson").write_text("")
    with pytest.raises(UsageError, match="there already"), whole_file(tmp_path):
        pass


def test_a_block_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no space left"):
        _half_written(tmp_path / "told")
    assert list((tmp_path / "told").iterdir()) == []


def _half_written(folder: Path) -> None:
    with whole_file(folder) as stream:
        stream.write("half")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_where_nothing_can_be_read_there_is_no_recording(tmp_path: Path) -> None:
    kubeconfig, file = tmp_path / "kubeconfig", tmp_path / "connections.yaml"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    users = [{"name": "u", "user": {}}]
    kubeconfig.write_text(json.dumps({"clusters": [cluster], "contexts": [context], "users": users}))
    file.write_text(f"kubernetes:\n  kubeconfig: {kubeconfig}\n  context: c\n")
    arguments = Namespace(spec=None, target=None, connections=file, folder=tmp_path / "told", seconds=0.5)
    with pytest.raises(NothingRead):
        run(arguments)
    assert list((tmp_path / "told").iterdir()) == []
