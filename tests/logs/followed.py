"""A container that prints in a simulated cluster, and a follower whose connections are torn, for the tests of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.lines import LogLine
from lanewatch.logs.log import Log
from lanewatch.logs.pod_log import PodLog
from lanewatch.logs.sources import Asked, Source
from lanewatch.logs.spool import SpoolFolder
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Exchange, RequestLog, send, serve
from lanewatch.simulator.kubernetes import Rights, handler
from lanewatch.simulator.objects.pods import Container, restarted, running, terminated
from lanewatch.simulator.world import LogChunk, ObjectChange, Rotation, World
from lanewatch.text import PATTERNS_ONLY
from tests.clients.watched_world import kubeconfig_of
from tests.jumping_loop import LoopClock, run_jumping
from tests.simulator.small_world import START, small_world

STREAM = ("container", "ci", "p", "main")
MAIN = Container("main", "i:1", "i@sha256:0", "containerd://1")


def pod(
    at: float, state: Any, *, phase: str = "Running", policy: str = "Never", told: Any = "MODIFIED", uid: str = "u1"
) -> ObjectChange:
    """The Pod with its one container in this state, from `at` on."""
    return ObjectChange(
        at,
        told,
        {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": "p", "namespace": "ci", "uid": uid},
            "spec": {"containers": [MAIN.spec()], "restartPolicy": policy},
            "status": {"phase": phase, "containerStatuses": [state]},
        },
    )


def stamp(at: float) -> str:
    return small_world().stamp(at)


def is_running(at: float, restarts: int = 0, last: Any = None) -> Any:
    state = running(MAIN, stamp(at))
    return restarted(state, restarts, last) if restarts else state


def has_ended(began: float, at: float, code: int = 0) -> Any:
    return terminated(MAIN, stamp(began), stamp(at), code)


def prints(*lines: tuple[float, str]) -> tuple[LogChunk, ...]:
    return tuple(LogChunk(at, STREAM, text.encode() + b"\n") for at, text in lines)


@dataclass
class Torn:
    """Cuts every followed log off after so many bytes, as often as there are numbers; then leaves them alone."""

    cuts: list[int]

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.response.body
        if isinstance(body, bytes) or not self.cuts:
            await send(exchange)
            return
        left = self.cuts.pop(0)

        async def some() -> AsyncIterator[bytes]:
            nonlocal left
            async for data in body:
                yield data[:left]
                left -= len(data)
                if left <= 0:
                    await asyncio.sleep(0.01)
                    exchange.writer.transport.abort()
                    return

        await send(replace(exchange, response=replace(exchange.response, body=some())))


def follow(
    folder: Path,
    world: World,
    *,
    cuts: Sequence[int] = (),
    asked: Asked | None = None,
    at: float = 0.0,
    source: Callable[[Cluster], Source] = lambda cluster: PodLog(cluster, "ci", "p", "main"),
    record: RequestLog | None = None,
) -> list[LogLine]:
    """All lines that a follower has at the end; a story that does not end fails after a day of its time."""

    async def main() -> list[LogLine]:
        clock = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
        server = await serve(handler(world, clock, Rights("T1")), clock, record=record, transmit=Torn(list(cuts)))
        (folder / "kubeconfig").write_text(json.dumps(kubeconfig_of(server.url)))
        cluster = Cluster(folder / "kubeconfig", None, clock=LoopClock(), key="kubernetes.ci")
        log = Log("main", source(cluster), SpoolFolder(folder), PATTERNS_ONLY)
        try:
            async with asyncio.timeout(86_400):
                await log.run(asked or Asked(follow=True))
            return log.page(0, 1_000_000)
        finally:
            log.close()
            await cluster.close()
            await server.close()

    return run_jumping(main())


def world(*objects: ObjectChange, logs: Sequence[LogChunk], rotations: Sequence[Rotation] = ()) -> World:
    return small_world(objects=objects, logs=tuple(logs), rotations=tuple(rotations))
