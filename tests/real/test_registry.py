"""The registry client against a real registry: an index, its attestation, the token dance, a tag that moves."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.credentials import Credential, Source, registry_form
from lanewatch.clients.docker_config import DockerConfigSource
from lanewatch.clients.http import Origin
from lanewatch.clients.opening import open_clients
from lanewatch.clients.registry import Registry
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connecting import load_connections
from tests.real.docker_registry import PROGRAM, Pusher, TokenServer, registry

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="docker-registry is not installed")

REPOSITORY = "agentrun/agentrun-mgr"
COMMIT = "3f9c2e1d4b5a69788796a5b4c3d2e1f001234567"


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registry(tmp_path_factory.mktemp("open")) as host:
        yield host


@asynccontextmanager
async def asking(
    host: str, source: Source | None = None, ca: Path | None = None, realm: str = ""
) -> AsyncIterator[Registry]:
    clock = SystemClock()
    origin = Origin(f"http://{host}", clock=clock, ca=ca, immutable=True)
    credential = None if source is None else Credential(source, registry_form)
    trusted = frozenset({realm} if realm else ())
    try:
        yield Registry(origin, clock=clock, credential=credential, trusted_hosts=trusted)
    finally:
        await origin.close()


async def test_an_index_its_members_and_its_attestation(open_registry: str) -> None:
    pushed = Pusher(open_registry, REPOSITORY).index("v1", b"one", COMMIT)
    async with asking(open_registry) as client:
        found = await client.resolve(REPOSITORY, "v1")
        assert (found.index, found.manifests, found.configs) == (
            pushed["index"], (pushed["manifest"],), (pushed["config"],)
        )  # fmt: skip
        assert await client.resolve(REPOSITORY, pushed["index"]) == found
        claimed = await client.attestation(REPOSITORY, pushed["index"])
    assert claimed is not None
    assert claimed.source_commit == COMMIT
    assert claimed.subjects == (pushed["manifest"],)
    assert claimed.builder_id == "https://builder.example.org"


async def test_a_tag_that_moves_is_seen_to_move(open_registry: str) -> None:
    pusher = Pusher(open_registry, REPOSITORY)
    first = pusher.index("latest", b"first", COMMIT)
    async with asking(open_registry) as client:
        assert (await client.resolve(REPOSITORY, "latest")).index == first["index"]
        second = pusher.index("latest", b"second", COMMIT)
        assert (await client.resolve(REPOSITORY, "latest")).index == second["index"]
        assert (await client.resolve(REPOSITORY, first["index"])).index == first["index"]  # it is still there


async def test_what_is_not_there_is_absent(open_registry: str) -> None:
    Pusher(open_registry, REPOSITORY).index("v1", b"one", COMMIT)
    async with asking(open_registry) as client:
        for repository, reference in ((REPOSITORY, "nothing"), ("no/such", "v1"), (REPOSITORY, "sha256:" + "0" * 64)):
            with pytest.raises(ReadFailure) as caught:
                await client.resolve(repository, reference)
            assert caught.value.outcome is Outcome.ABSENT


async def test_the_token_dance_by_what_docker_login_wrote(tmp_path: Path) -> None:
    tokens = TokenServer(tmp_path, "reader", "hunter22")
    with tokens.serving(), registry(tmp_path, tokens.auth()) as host:
        pushed = Pusher(host, REPOSITORY, tokens.token(REPOSITORY, "pull", "push")).index("v1", b"one", COMMIT)
        auth = base64.b64encode(b"reader:hunter22").decode()
        file = tmp_path / "config.json"
        file.write_text(json.dumps({"auths": {host: {"auth": auth}}}))
        realm = f"127.0.0.1:{tokens.port}"
        async with asking(host, DockerConfigSource(file, host), tokens.certificate, realm) as client:
            assert (await client.resolve(REPOSITORY, "v1")).index == pushed["index"]
        assert {scope for scope, _ in tokens.asked} == {f"repository:{REPOSITORY}:pull"}
        assert {given for _, given in tokens.asked} == {tokens.basic}
        assert len(tokens.asked) == 1  # one token served all reads
        tokens.asked.clear()
        async with asking(host, DockerConfigSource(file, host), tokens.certificate) as client:
            with pytest.raises(ReadFailure) as caught:
                await client.resolve(REPOSITORY, "v1")
        assert caught.value.outcome is Outcome.DENIED
        assert {given for _, given in tokens.asked} == {""}  # a realm that nobody trusts gets no password
        assert "hunter22" not in caught.value.reason


async def test_connections_lead_there_as_a_person_writes_them(tmp_path: Path) -> None:
    tokens = TokenServer(tmp_path, "reader", "hunter22")
    with tokens.serving(), registry(tmp_path, tokens.auth()) as host:
        pushed = Pusher(host, REPOSITORY, tokens.token(REPOSITORY, "pull", "push")).index("v1", b"one", COMMIT)
        auth = base64.b64encode(b"reader:hunter22").decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
        (tmp_path / "connections.yaml").write_text(
            f"registry: {{url: 'http://{host}', dockerConfig: config.json, ca: token.pem}}\n"
            f"trustedHosts: ['127.0.0.1:{tokens.port}']\n"
        )
        clients = open_clients(load_connections(tmp_path / "connections.yaml"), SystemClock(), tmp_path / "cache")
        try:
            assert clients.registry is not None
            assert (await clients.registry.resolve(REPOSITORY, "v1")).index == pushed["index"]
            assert "hunter22" not in clients.redactor.redact("password hunter22 in a log")
        finally:
            await clients.close()
