"""Name look-ups that hold nothing up, and connections that find a dead peer."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.limits import Limits
from lanewatch.clients.native import server_version
from lanewatch.clients.sockets import keepalive_options, look_names_up_apart, probing_socket
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, http
from tests.clients.test_kubernetes import write_kubeconfig


class SilentResolver:
    """Answers nothing for names under .hang before it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked = 0
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, *rest: Any, **options: Any) -> Any:
        host = host.decode() if isinstance(host, bytes) else host
        if host.endswith(".hang"):
            self.asked += 1
            self.released.wait(120)
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self._real("127.0.0.1" if host == "lane.test" else host, *rest, **options)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Any:
    one = SilentResolver()
    monkeypatch.setattr(socket, "getaddrinfo", one)
    yield one
    one.released.set()


async def test_hung_look_ups_end_in_a_second_and_hold_up_no_other_thread(
    origin: MakeOrigin, resolver: SilentResolver
) -> None:
    asking = [origin("http://a.hang", Limits()).get("/x") for _ in range(40)]
    async with asyncio.timeout(60):  # who waited for the resolver would wait for two minutes
        told, worked = await asyncio.gather(asyncio.gather(*asking, return_exceptions=True), _threaded())
    assert worked, "blocking work goes on meanwhile"
    reasons = {str(one.reason) for one in told if isinstance(one, ReadFailure)}
    assert "no DNS answer within 1 s: a.hang" in reasons
    assert resolver.asked == 1, "one look-up of a name at a time"


async def _threaded() -> bool:
    await asyncio.sleep(0.1)
    return await asyncio.to_thread(lambda: True)


async def test_what_a_name_last_led_to_serves_while_the_resolver_is_silent(
    server: Scripted, origin: MakeOrigin, resolver: SilentResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    look_names_up_apart(loop)
    first = await loop.getaddrinfo("lane.test", server.port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolver("now.hang"))
    assert await loop.getaddrinfo("lane.test", server.port, type=socket.SOCK_STREAM) == first


async def test_a_cluster_without_an_answer_from_the_resolver(
    clock: StillClock, tmp_path: Path, resolver: SilentResolver
) -> None:
    cluster = Cluster(write_kubeconfig(tmp_path, "http://b.hang:6443"), None, clock=clock, key="k")
    with pytest.raises(ReadFailure) as caught:
        await server_version(cluster)
    await cluster.close()
    assert (caught.value.outcome, caught.value.reason) == (
        Outcome.UNREACHABLE,
        "no DNS answer within 1 s: b.hang:6443",
    )


def probes(one: socket.socket) -> dict[tuple[int, int], int]:
    return {(level, option): one.getsockopt(level, option) for level, option, _ in keepalive_options()}


def test_every_kind_of_connection_probes_its_peer() -> None:
    with probing_socket((socket.AF_INET, socket.SOCK_STREAM, 0)) as made:
        assert probes(made) == {(level, option): value for level, option, value in keepalive_options()}
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in keepalive_options()


async def test_both_clients_use_probing_sockets(
    server: Scripted, origin: MakeOrigin, clock: StillClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []
    real = socket.socket.setsockopt

    def remember(one: socket.socket, level: int, option: int, *value: Any) -> None:
        made.append((level, option))
        real(one, level, option, *value)

    server.answers["/x"], server.answers["/version"] = http(200, {}), http(200, {"gitVersion": "v1"})
    wanted = {(level, option) for level, option, _ in keepalive_options()}
    cluster = Cluster(write_kubeconfig(tmp_path, server.url), None, clock=clock, key="k")
    monkeypatch.setattr(socket.socket, "setsockopt", remember)
    await origin(server.url).get("/x")
    assert wanted <= set(made)
    made.clear()
    await server_version(cluster)
    await cluster.close()
    assert wanted <= set(made)
