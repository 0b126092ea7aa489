"""A live lane recorded, redacted and replayed through the fold: what it concludes is what truly happened."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import time
from argparse import Namespace
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lanewatch.authorities.tekton_runs import oldest_first, run_state
from lanewatch.commands.errors import UsageError
from lanewatch.commands.record import NothingRead, Told, about, record_answers, record_streams, run, whole_folder
from lanewatch.rollout.facts import Moment
from lanewatch.rollout.reports import OperatorReport
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.serving import Served, Tokens, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from tests.doctor.examined_lane import SameClock
from tests.e2e.lanes import REPOSITORY
from tests.jumping_loop import run_jumping
from tests.recordings.check import failures
from tests.recordings.reading import folded, is_recording, lines
from tests.recordings.replaying import replayed
from tests.simulator.stories import START, fresh

LANE = load_spec().lane()


@dataclass(frozen=True)
class LoopsClock:
    """Our clock on a jumping loop, which shows the world's time."""

    world: WorldClock

    def now(self) -> Moment:
        return Moment(self.world.wall(), asyncio.get_running_loop().time())


def recorded(folder: Path, *, at: float, seconds: float, **rights: Any) -> tuple[Any, Told]:
    """The build scenario from its second `at` on, in virtual time; the world and what was recorded."""
    world, tokens, told = fresh("build", folder), Tokens(), Told()

    async def recording() -> None:
        clock = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
        async with served(world, clock, tokens=tokens, rights=Rights(tokens.kubernetes, **rights)) as place:
            connections = handed_over(world, place, folder)
            with whole_folder(folder / "told") as partial:
                await record_streams(connections, LANE, partial, seconds, LoopsClock(clock), folder / "cache", told)

    run_jumping(recording())
    return world, told


def handed_over(world: World, place: Served, folder: Path) -> Connections:
    told = handover.connections(world, place, folder, LANE.workload, LANE.repository)
    handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
    return load_connections(folder / "connections.yaml")


def ledger(world: Any, stage: str) -> dict[str, Any]:
    return {key: value for entry in world.ledger if entry.stage == stage for key, value in entry.facts.items()}


def test_a_build_recorded_while_it_runs_folds_to_what_truly_happened(tmp_path: Path) -> None:
    world, told_of = recorded(tmp_path, at=10.0, seconds=90.0)
    told = tmp_path / "told"
    assert is_recording(told)
    assert (told / "watch.ndjson").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in told.iterdir()) == ["argo", "runtime", "watch.ndjson"]
    read = list(lines(told))
    assert {line["type"] for line in read} >= {"LIST", "MODIFIED"}
    assert all(later["t"] >= earlier["t"] for earlier, later in pairwise(read))
    assert sum(told_of.counts["ci"].values()) == len(read)
    assert {line["kind"] for line in lines(told / "runtime")} == {"Deployment", "ReplicaSet", "Pod", "Event"}
    assert {line["kind"] for line in lines(told / "argo")} == {"Application", "Event"}
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
    text = "".join(path.read_text() for path in told.rglob("*.ndjson"))
    assert not [secret for secret in world.secrets if secret in text]


def test_what_may_not_be_watched_is_polled_and_what_may_not_be_listed_is_said(tmp_path: Path) -> None:
    _, told = recorded(tmp_path, at=200.0, seconds=8.0, denied=frozenset({"pods"}), unwatched=frozenset({"*"}))
    assert "may not list pods" in told.failures["ci Pod"]
    assert {line["type"] for line in lines(tmp_path / "told")} == {"LIST"}


@pytest.mark.parametrize("scenario", ["image-drift", "hostile"])
async def test_a_recorded_sweep_concludes_the_same_when_it_is_asked_again(tmp_path: Path, scenario: str) -> None:
    world, told, folder = fresh(scenario, tmp_path), Told(), tmp_path / "told"
    clock = WorldClock(START, world.end + 5, time.monotonic(), 1.0, time.monotonic)
    own = SameClock(clock)
    async with served(world, clock) as place:
        connections = handed_over(world, place, tmp_path)
        told.hosts = dict.fromkeys(("ci", "argo", "runtime"), urlsplit(place.kubernetes).netloc)
        operator = OperatorReport(
            commit=connections.commit, commit_by="connections", pushed_at=connections.pushed_at,
            upstream_configured=False,
        )  # fmt: skip
        session = LiveSession(LANE, own, lambda: assembly.connect(LANE, connections, operator, own))
        with whole_folder(folder) as partial:
            shutil.copytree(REPOSITORY / "config", partial / "config")
            await record_answers(session, partial, about(LANE, connections, own, told), told)
    concluded = json.loads((folder / "lane.json").read_text())["concluded"]
    text = (folder / "answers.ndjson").read_text()
    assert not [secret for secret in world.secrets if secret in text]
    assert place.tokens.gitea not in text
    again = await replayed(folder, tmp_path)
    assert {stage.id: stage.state for stage in again.stages} == concluded["stages"]
    assert again.state == concluded["state"]


def test_a_recording_never_replaces_another(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there already"), whole_folder(tmp_path):
        pass


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no space left"):
        _half_written(tmp_path / "told")
    assert list(tmp_path.iterdir()) == []


def _half_written(folder: Path) -> None:
    with whole_folder(folder) as partial:
        (partial / "watch.ndjson").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_where_nothing_can_be_read_there_is_no_recording(tmp_path: Path) -> None:
    kubeconfig, file = tmp_path / "kubeconfig", tmp_path / "connections.yaml"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    users = [{"name": "u", "user": {}}]
    kubeconfig.write_text(json.dumps({"clusters": [cluster], "contexts": [context], "users": users}))
    file.write_text(f"kubernetes:\n  kubeconfig: {kubeconfig}\n  context: c\n")
    arguments = Namespace(
        command="record", spec=None, target=None, connections=file, folder=tmp_path / "told", seconds=0.5,
        commit=None, pushed_at=None,
    )  # fmt: skip
    with pytest.raises(NothingRead):
        run(arguments)
    assert not (tmp_path / "told").exists()
