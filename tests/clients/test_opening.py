"""From connections to clients: what is named is there, what is not is None, secrets reach the redactor."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lanewatch
from lanewatch.clients.answers import REASON_LIMIT, ReadFailure
from lanewatch.clients.opening import open_clients
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connections import FOLDER, Connections
from tests.clients.conftest import StillClock
from tests.clients.scripted import Scripted, http


def connections(folder: Path, **values: Any) -> Connections:
    return Connections.model_validate(values, context={FOLDER: folder})


async def test_nothing_named_is_nothing_opened(tmp_path: Path, clock: StillClock) -> None:
    clients = open_clients(connections(tmp_path), clock, tmp_path)
    assert (clients.gitea, clients.registry, clients.health, dict(clients.clusters)) == (None, None, None, {})
    await clients.close()


async def test_everything_named(
    server: Scripted, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LW_GITEA", "LWCANARY_gitea")
    (tmp_path / "registry").write_text("user:LWCANARY_registry")
    (tmp_path / "secrets" / "cicd").mkdir(parents=True)
    (tmp_path / "secrets" / "cicd" / "up.env").write_text("token=LWCANARY_upstream")
    (tmp_path / "kubeconfig").write_text(
        "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n"
        "users: [{name: u, user: {token: LWCANARY_cluster}}]\n"
    )
    clients = open_clients(
        connections(
            tmp_path,
            gitea={"url": server.url, "token": {"env": "LW_GITEA"}},
            upstream={"url": f"{server.url}/up", "credential": {"sourceRef": "cicd/up.env", "targetKey": "token"}},
            kubernetes={"kubeconfig": "kubeconfig", "argo": {"context": "a"}},
            registry={"url": server.url, "credential": {"file": "registry"}},
            health={"url": server.url},
            git={f"{server.url}/deep": {"credential": {"env": "LW_GITEA"}}},
            secretsRoot="secrets",
        ),
        clock,
        tmp_path / "cache",
    )
    assert clients.gitea is not None
    server.answers["/api/v1/version"] = http(200, {"version": "1.26.3"})
    await clients.gitea.version()
    assert server.asked[0].headers["authorization"] == "token LWCANARY_gitea"
    assert clients.clusters["ci"] is clients.clusters["runtime"]
    assert set(clients.clusters) == {"ci", "argo", "runtime"}
    shown = clients.redactor.redact("LWCANARY_gitea LWCANARY_registry LWCANARY_upstream LWCANARY_cluster")
    assert "LWCANARY" not in shown
    server.answers["/up/o/r.git/info/refs"] = http(404, "", "text/plain")
    with pytest.raises(ReadFailure):
        await clients.git.ls_remote(f"{server.url}/up/o/r.git", ["refs/heads/a"])
    assert server.asked[1].headers["authorization"].startswith("Basic ")
    await clients.close()


async def test_a_source_ref_needs_a_root(tmp_path: Path, clock: StillClock) -> None:
    named = {"url": "http://127.0.0.1:1", "token": {"sourceRef": "cicd/x.env", "targetKey": "token"}}
    clients = open_clients(connections(tmp_path, gitea=named), clock, tmp_path)
    assert clients.gitea is not None
    with pytest.raises(ReadFailure, match="name no secretsRoot") as caught:
        await clients.gitea.version()
    assert caught.value.outcome is Outcome.UNCONFIGURED
    await clients.close()


async def test_a_secret_that_is_missing_fails_its_own_reads_only(
    server: Scripted, tmp_path: Path, clock: StillClock
) -> None:
    named = {"url": server.url, "token": {"file": "missing"}}
    clients = open_clients(connections(tmp_path, gitea=named, health={"url": server.url}), clock, tmp_path)
    assert clients.gitea is not None
    with pytest.raises(ReadFailure, match="missing: no such file") as caught:
        await clients.gitea.version()
    assert caught.value.outcome is Outcome.UNCONFIGURED
    server.answers["/health"] = http(200, "ok", "text/plain")
    assert clients.health is not None
    assert (await clients.health.get("/health")).status == 200
    await clients.close()


def test_a_reason_is_one_clean_line_of_bounded_length() -> None:
    failure = ReadFailure(Outcome.ERROR, "a\x1b[2J\nb\u202e" + "x" * 1000)
    assert len(failure.reason) == REASON_LIMIT
    assert failure.reason.isprintable()
    assert str(failure) == f"error: {failure.reason}"


def importers(library: str) -> set[str]:
    """The product modules that import `library`."""
    found = set()
    for file in Path(lanewatch.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            found |= {file.stem for name in names if name.partition(".")[0] == library}
    return found


@pytest.mark.parametrize(
    ("library", "modules"),
    [
        ("httpx", {"http", "pool"}),
        ("aiohttp", {"api_client", "kubernetes", "read_only_trace", "websocket"}),
        ("kubernetes", {"api_client"}),
    ],
)
def test_each_transport_is_imported_where_it_belongs(library: str, modules: set[str]) -> None:
    assert importers(library) == modules


def test_the_kubernetes_library_is_not_loaded_before_it_is_asked() -> None:
    probe = "import sys, lanewatch.clients.opening; print({'kubernetes', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
