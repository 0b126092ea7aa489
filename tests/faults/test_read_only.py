"""Nothing that lanewatch sends can change anything, and in a cluster it needs exactly what the shipped Role grants."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lanewatch.cli import main
from lanewatch.command_line import COMMANDS as ALL
from lanewatch.command_line import HIDDEN
from lanewatch.simulator.http import Logged
from lanewatch.simulator.scenarios import SCENARIOS
from tests.faults.apart import ServedApart
from tests.faults.lane import faulty_lane
from tests.jumping_loop import run_jumping
from tests.producers.authorizing import asked, granted
from tests.simulator.stories import fresh, told

OFFLINE = ("plan", "history", "producers", "completion")  # commands that ask nobody
APART = {"demo"}  # the dashboard, as `watch`, on a lane that is its own
TO_EVERYONE = {("tekton-pipelines", "", "configmaps", "get")}  # Tekton grants its -info ConfigMaps to every user
# `record` also keeps what no pipeline of this lane makes; where that may not be read it says so, and goes on.
RECORDED = {("agentrun-ci", "tekton.dev", "customruns", verb) for verb in ("list", "watch")}


def is_read(request: Logged) -> bool:
    """GET and HEAD, and the one POST of git's protocol that only reads."""
    return request.method in ("GET", "HEAD") or (request.method == "POST" and request.path.endswith("/git-upload-pack"))


def watched(scenario: str, folder: Path) -> tuple[Logged, ...]:
    """Every request of ten seconds of watching, with everything opened that can be."""

    async def story() -> tuple[Logged, ...]:
        world = fresh(scenario, folder) if scenario == "mirror-stuck" else told(scenario)
        async with faulty_lane(
            folder, scenario, world.end + 5, world=world, upstream=scenario == "mirror-stuck"
        ) as one:
            await one.watch(10)
            for handle in {handle for stage in one.session.rollout.stages for handle in stage.handles}:
                if handle.kind == "object":
                    await one.session.open(handle)
            return one.served.record.entries

    return run_jumping(story())


@pytest.fixture(scope="module")
def all_watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Logged, ...]]:
    return {scenario: watched(scenario, tmp_path_factory.mktemp(scenario)) for scenario in SCENARIOS}


def test_watching_any_scenario_only_reads(all_watched: dict[str, tuple[Logged, ...]]) -> None:
    for scenario, requests in all_watched.items():
        assert len(requests) > 40, scenario
        assert [request for request in requests if not is_read(request)] == [], scenario
    assert any(request.path.endswith("/git-upload-pack") for request in all_watched["mirror-stuck"])


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("status", "-o", "json"),
    ("watch", "--until", "done", "--timeout", "20"),
    ("get", "gitea-actions-run"),
    ("get", "cicd-pipelinerun"),
    ("get", "cicd-builder-job"),
    ("get", "argo-application"),
    ("get", "cicd-runtime"),
    ("logs", "actions-dispatch"),
    ("logs", "tekton-pipelinerun"),
    ("logs", "runtime-provenance"),
    ("gate",),
    ("history",),
    ("follower",),
    ("evidence", "export", "--output", "."),
    ("doctor",),
    ("init", "--yes", "--force"),
    ("plan",),
    ("producers", "render"),
    ("completion", "bash"),
    ("record", "recorded", "--for", "1"),
)


def test_every_command_is_here() -> None:
    assert {command[0] for command in COMMANDS} | APART == ALL.keys() | HIDDEN.keys()


@pytest.fixture(scope="module")
def all_commanded(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[Logged, ...]]:
    """Every request of each command, against a lane that is served apart."""
    found: dict[tuple[str, ...], tuple[Logged, ...]] = {}
    folder, home = tmp_path_factory.mktemp("apart"), tmp_path_factory.mktemp("home")
    with ServedApart("build", folder) as apart, pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(home))
        sound = apart.connections.read_text()
        for command in COMMANDS:
            before = len(apart.record.entries)
            with contextlib.redirect_stdout(io.StringIO()):
                main(["--connections", str(apart.connections), *_whole(command, sound)])
            found[command] = tuple(apart.record.entries[before:])
            apart.connections.write_text(sound)
    return found


def _whole(command: tuple[str, ...], connections: str) -> tuple[str, ...]:
    """`init` with what it would ask for."""
    if command[0] != "init":
        return command
    said = YAML(typ="safe", pure=True).load(connections)
    gitea = ("--gitea-url", said["gitea"]["url"], "--token-file", said["gitea"]["token"]["file"])
    return (*command, *gitea, "--kubeconfig", said["kubernetes"]["kubeconfig"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_only_reads(
    command: tuple[str, ...], all_commanded: dict[tuple[str, ...], tuple[Logged, ...]]
) -> None:
    requests = all_commanded[command]
    assert bool(requests) is (command[0] not in OFFLINE)
    assert [request for request in requests if not is_read(request)] == []


def test_the_shipped_roles_grant_what_is_used_and_nothing_else(
    all_watched: dict[str, tuple[Logged, ...]], all_commanded: dict[tuple[str, ...], tuple[Logged, ...]]
) -> None:
    used = asked(request for requests in (*all_watched.values(), *all_commanded.values()) for request in requests)
    assert used == granted("lanewatch-role", "lanewatch-audit-role") | TO_EVERYONE | RECORDED


def test_what_a_watched_lane_asks_for_needs_no_more_than_the_role(all_watched: dict[str, tuple[Logged, ...]]) -> None:
    """The policy audit's role is for `gate` and `follower` alone."""
    for scenario, requests in all_watched.items():
        assert asked(requests) - granted("lanewatch-role") == set(), scenario
