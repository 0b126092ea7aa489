"""Gitea behind a Service: requests through websockets to its Pods, on a fake API server."""

from __future__ import annotations

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
from lanewatch.clients.opening import open_clients
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
    """Serves one Service; `lost` are Pods whose connection breaks as kubelet says it does."""

    pods: list[dict[str, Any]] = field(default_factory=lambda: [pod("gitea-0")])
    lost: set[str] = field(default_factory=set)
    refusal: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # Pod, ports, first line of the request

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
            return web.json_response({"kind": "Status", "code": self.refusal}, status=self.refusal)
        assert request.headers["Authorization"] == "Bearer cluster-token"
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await socket.prepare(request)
        name, ports = request.match_info["name"], request.query["ports"]
        announced = int(ports).to_bytes(2, "little")
        await socket.send_bytes(b"\x00" + announced)
        await socket.send_bytes(b"\x01" + announced)
        async for message in socket:
            assert message.type is WSMsgType.BINARY
            assert message.data[:1] == b"\x00"
            self.asked.append((name, ports, message.data[1:].split(b"\r\n")[0].decode()))
            if name in self.lost:
                await socket.send_bytes(b"\x01connection refused\x1b[31m")
                break
            await socket.send_bytes(b"\x00" + ANSWER[:20])
            await socket.send_bytes(b"\x00" + ANSWER[20:])
        await socket.close()
        return socket


@asynccontextmanager
async def gitea_behind(cluster: FakeCluster, folder: Path) -> AsyncIterator[Gitea]:
    runner = web.AppRunner(cluster.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (folder / "kubeconfig").write_text(json.dumps(_kubeconfig(runner.addresses[0][1])))
    clients = open_clients(load_connections(_connections(folder)), SystemClock(), folder / "cache")
    try:
        assert clients.gitea is not None
        yield clients.gitea
    finally:
        await clients.close()
        await runner.cleanup()


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
    assert set(cluster.asked) == {("gitea-0", "3000", "GET /git/api/v1/version HTTP/1.1")}


async def test_a_pod_that_is_lost_is_said_and_its_successor_is_found(tmp_path: Path) -> None:
    cluster = FakeCluster(lost={"gitea-0"})
    async with gitea_behind(cluster, tmp_path) as gitea:
        with pytest.raises(ReadFailure, match="port-forward to gitea: connection refused") as failed:
            await gitea.version()
        assert "\x1b" not in failed.value.reason
        cluster.pods = [pod("gitea-1")]
        assert await gitea.version() == "1.26.3"
    assert cluster.asked[-1][0] == "gitea-1"


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
