"""The embedded lane as a process: what it writes, what it says, and that it goes away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from lanewatch.simulator.__main__ import options
from lanewatch.simulator.handover import write_whole
from lanewatch.simulator.process import Options, clock_for
from lanewatch.simulator.scenarios import SCENARIOS
from lanewatch.simulator.serving import served
from tests.simulator.stories import fresh, standing_at

Process = asyncio.subprocess.Process


@asynccontextmanager
async def running(scenario: str, folder: Path, *arguments: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """The simulator as a child with a pipe on its standard input, once it says that it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lanewatch.simulator",
        scenario,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            yield process, json.loads(await process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def left_behind(folder: Path) -> list[str]:
    return [item.name for item in folder.iterdir() if item.name.startswith("lanewatch-lane-")]


async def test_it_says_where_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    connections, ledger, ports = tmp_path / "connections.yaml", tmp_path / "ledger.json", tmp_path / "ports.json"
    where = ("--write-connections", str(connections), "--ledger", str(ledger), "--port-file", str(ports))
    async with running("build", tmp_path, "--at", "end", *where) as (process, ready):
        told = YAML(typ="safe", pure=True).load(connections)
        assert ready["ready"] is True
        assert ready["connections"] == str(connections)
        assert 109.0 <= ready["at"] < 115.0
        assert json.loads(read(ports))["gitea"] == told["gitea"]["url"] == ready["gitea"]
        assert told["health"] == {"service": "agentrun-mgr", "port": 8080}
        assert told["snapshots"] == {"repository": "pikasTech/agentrun"}
        token, kubeconfig = Path(told["gitea"]["token"]["file"]), Path(told["kubernetes"]["kubeconfig"])
        assert {stat.S_IMODE(file.stat().st_mode) for file in (token, kubeconfig, ledger)} == {0o600}
        true = json.loads(read(ledger))
        assert (true["commit"], true["start"]) == (told["commit"], told["pushedAt"])
        assert [entry["state"] for entry in true["entries"] if entry["stage"] == "lane"] == ["running", "succeeded"]
        secret, config = read(token).strip(), json.loads(read(kubeconfig))
        assert secret not in read(connections)
        await _let_in(told, secret, config)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert left_behind(tmp_path) == []


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


async def _let_in(told: Any, secret: str, config: Any) -> None:
    """Gitea and the cluster let the written credentials in."""
    user, server = config["users"][0]["user"]["token"], config["clusters"][0]["cluster"]["server"]
    async with httpx.AsyncClient(trust_env=False) as client:
        sign = {"Authorization": f"token {secret}"}
        runs = f"{told['gitea']['url']}/api/v1/repos/pikasTech/agentrun/actions/runs"
        answer = await client.get(runs, params={"head_sha": told["commit"]}, headers=sign)
        assert answer.json()["total_count"] == 1
        sign = {"Authorization": f"Bearer {user}"}
        path = "/apis/tekton.dev/v1/namespaces/agentrun-ci/pipelineruns"
        assert len((await client.get(server + path, headers=sign)).json()["items"]) == 2


async def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    async with running("mirror-stuck", tmp_path) as (process, ready):
        assert "commit" not in YAML(typ="safe", pure=True).load(Path(ready["connections"]))
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0
        assert left_behind(tmp_path) == []


async def test_an_unknown_scenario_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lanewatch.simulator", "nothing", stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert all(name in said.decode() for name in SCENARIOS)


@pytest.mark.parametrize("wrong", [["--speed", "0"], ["--speed", "-1"], ["--at", "soon"], ["--seed", "x"]])
def test_wrong_options(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        options(["build", *wrong])
    assert refused.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_options_in_their_units() -> None:
    chosen = options(["reuse", "--at", "end", "--delay", "100", "--speed", "4", "--seed", "9"])
    assert (chosen.at, chosen.delay, chosen.speed, chosen.seed) == (None, 0.1, 4.0, 9)
    assert options(["build"]).at == 0.0


def test_the_clock_shows_real_time_and_starts_on_a_whole_second() -> None:
    now = datetime(2026, 7, 5, 14, 0, 0, 750_000, tzinfo=UTC)
    clock = clock_for(Options("build", at=10.0), now, steady=0.0)
    assert clock.start == datetime(2026, 7, 5, 13, 59, 50, tzinfo=UTC)
    assert clock.at_anchor == 10.75
    ended = clock_for(Options("build", at=None), now, steady=0.0)
    assert 5.0 <= ended.at_anchor - SCENARIOS["build"].end < 6.0


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "one", 0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800", 0o600)
    assert file.read_text() == "one"
    assert list(tmp_path.iterdir()) == [file]


async def test_served_in_one_loop_every_request_is_remembered(tmp_path: Path) -> None:
    world = fresh("build", tmp_path)
    async with served(world, standing_at(200.0)) as place, httpx.AsyncClient(trust_env=False) as client:
        body = (await client.get(f"{place.health}/health")).json()
        assert body["sourceCommit"] == world.commit
        assert (await client.get(f"{place.kubernetes}/version")).status_code == 401
        seen = [(entry.server, entry.method, entry.status) for entry in place.record.entries]
        assert seen == [("health", "GET", 200), ("kubernetes", "GET", 401)]
        secrets = (place.tokens.gitea, place.tokens.kubernetes)
        assert not [secret for secret in secrets if secret in repr(place)]
