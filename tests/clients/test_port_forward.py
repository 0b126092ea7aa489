"""Gitea behind a Service: requests through websockets to its Pods, on a fake API server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.opening import Clients, open_clients
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.errors import ConfigurationError

PODS = "/api/v1/namespaces/devops/pods"
BODY = b'{"version": "1.26.3"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


def pod(name: str, *, ready: bool = True) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "gitea", "ports": [{"name": "web", "containerPort": 3000}]}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


@dataclass
class FakeCluster:
    """Serves one Service whose Pods forward to a real socket, message by message as kubelet does (wsstream, v4).

    `lost`: Pods that nothing listens in; `torn`: Pods whose connection breaks within an answer; `announces`: the port
    that the channels begin with, where it is not the one that was asked for.
    """

    pods: list[dict[str, Any]] = field(default_factory=lambda: [pod("gitea-0")])
    lost: set[str] = field(default_factory=set)
    torn: set[str] = field(default_factory=set)
    announces: int = 0
    refusal: int = 0
    port: int = 0  # where the Pods' Gitea listens
    forwarded: list[tuple[str, str]] = field(default_factory=list)  # Pod and ports of each websocket
    asked: list[str] = field(default_factory=list)  # first lines of the requests that Gitea saw

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_get("/api/v1/namespaces/devops/services/gitea", self._service)
        made.router.add_get(PODS, self._pods)
        made.router.add_get(PODS + "/{name}/portforward", self._forward)
        return made

    async def _service(self, _: web.Request) -> web.Response:
        ports = [{"port": 80, "targetPort": "web"}]
        return web.json_response({"kind": "Service", "spec": {"selector": {"app": "gitea"}, "ports": ports}})

    async def _pods(self, request: web.Request) -> web.Response:
        assert request.query["labelSelector"] == "app=gitea"
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": self.pods})

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        if self.refusal:
            said = 'pods "x" is forbidden: User "ops@example.org" cannot get resource "pods/portforward"'
            return web.json_response({"kind": "Status", "code": self.refusal, "message": said}, status=self.refusal)
        if "Upgrade" not in request.headers:
            return web.json_response({"kind": "Status", "code": 404}, status=404)
        assert request.headers["Authorization"] == "Bearer cluster-token"
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await socket.prepare(request)
        assert socket.ws_protocol == "v4.channel.k8s.io"
        name, ports = request.match_info["name"], request.query["ports"]
        self.forwarded.append((name, ports))
        announced = (self.announces or int(ports)).to_bytes(2, "little")
        await socket.send_bytes(b"\x00" + announced)
        await socket.send_bytes(b"\x01" + announced)
        if name in self.lost:
            refused = f"error forwarding port {ports} to pod {name}, uid : dial tcp4 127.0.0.1:{ports}: refused\x1b[31m"
            await socket.send_bytes(b"\x01" + refused.encode())
        else:
            await self._copied(socket, torn=name in self.torn)
        await socket.close()
        return socket

    async def _copied(self, socket: web.WebSocketResponse, *, torn: bool) -> None:
        """Both directions between the websocket and the Pod's port, until either has no more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)

        async def up() -> None:
            async for message in socket:
                assert message.type is WSMsgType.BINARY
                if message.data[:1] == b"\x00":  # what comes on another channel is ignored
                    writer.write(message.data[1:])

        async def down() -> None:
            while data := await reader.read(20):
                await socket.send_bytes(b"\x00" + data)
                if torn:
                    return

        both = {asyncio.create_task(up()), asyncio.create_task(down())}
        _, left = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        writer.close()

    async def gitea(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What listens in the Pod: one answer for each request of a kept connection."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.split(b"\r\n")[0].decode())
                writer.write(ANSWER)
        writer.close()


@asynccontextmanager
async def clients_of(cluster: FakeCluster, folder: Path) -> AsyncIterator[Clients]:
    listening = await asyncio.start_server(cluster.gitea, "127.0.0.1", 0)
    cluster.port = listening.sockets[0].getsockname()[1]
    runner = web.AppRunner(cluster.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (folder / "kubeconfig").write_text(json.dumps(_kubeconfig(runner.addresses[0][1])))
    clients = open_clients(load_connections(_connections(folder)), SystemClock(), folder / "cache")
    try:
        yield clients
    finally:
        await clients.close()
        await runner.cleanup()
        listening.close()


@asynccontextmanager
async def gitea_behind(cluster: FakeCluster, folder: Path) -> AsyncIterator[Gitea]:
    async with clients_of(cluster, folder) as clients:
        assert clients.gitea is not None
        yield clients.gitea


def _kubeconfig(port: int) -> dict[str, Any]:
    return {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "cluster-token"}}],
    }


def _connections(folder: Path, url: str = "http://gitea.example.org/git") -> Path:
    file = folder / "connections.yaml"
    file.write_text(
        f"gitea:\n  url: {url}\n  portForward: {{namespace: devops, service: gitea, port: 80}}\n"
        "kubernetes: {kubeconfig: kubeconfig}\n"
    )
    return file


async def test_gitea_is_asked_through_a_ready_pod_at_the_ports_number(tmp_path: Path) -> None:
    cluster = FakeCluster(pods=[pod("starting", ready=False), pod("gitea-0")])
    async with gitea_behind(cluster, tmp_path) as gitea:
        assert await gitea.version() == "1.26.3"
        assert await gitea.version() == "1.26.3"
    assert set(cluster.forwarded) == {("gitea-0", "3000")}
    assert cluster.asked == ["GET /git/api/v1/version HTTP/1.1"] * 2


async def test_a_pod_that_is_lost_is_said_and_its_successor_is_found(tmp_path: Path) -> None:
    cluster = FakeCluster(lost={"gitea-0"})
    async with gitea_behind(cluster, tmp_path) as gitea:
        with pytest.raises(ReadFailure, match="port-forward to gitea: error forwarding port 3000 to pod") as failed:
            await gitea.version()
        assert "\x1b" not in failed.value.reason
        cluster.pods = [pod("gitea-1")]
        assert await gitea.version() == "1.26.3"
    assert cluster.forwarded[-1][0] == "gitea-1"


async def test_a_way_that_breaks_within_an_answer_gives_no_half_answer_and_the_next_is_whole(tmp_path: Path) -> None:
    cluster = FakeCluster(torn={"gitea-0"})
    async with gitea_behind(cluster, tmp_path) as gitea:
        with pytest.raises(ReadFailure):
            await gitea.version()
        cluster.torn = set()
        assert await gitea.version() == "1.26.3"


async def test_another_port_than_the_one_asked_for_is_another_protocol(tmp_path: Path) -> None:
    async with gitea_behind(FakeCluster(announces=22), tmp_path) as gitea:
        with pytest.raises(ReadFailure, match=r"not v4\.channel\.k8s\.io") as failed:
            await gitea.version()
    assert failed.value.outcome is Outcome.INVALID


async def test_a_role_that_does_not_grant_it_is_named(tmp_path: Path) -> None:
    async with gitea_behind(FakeCluster(refusal=403), tmp_path) as gitea:
        with pytest.raises(ReadFailure, match="pods/portforward: get, create") as failed:
            await gitea.version()
    assert failed.value.outcome is Outcome.DENIED


async def test_a_service_without_a_ready_pod_is_no_way(tmp_path: Path) -> None:
    async with gitea_behind(FakeCluster(pods=[pod("gitea-0", ready=False)]), tmp_path) as gitea:
        with pytest.raises(ReadFailure, match="service devops/gitea has no ready Pod") as failed:
            await gitea.version()
    assert failed.value.outcome is Outcome.ABSENT


def test_https_inside_a_forward_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="portForward"):
        load_connections(_connections(tmp_path, "https://gitea.example.org"))
