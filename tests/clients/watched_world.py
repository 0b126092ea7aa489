"""A simulated cluster, a reader of its lists and a clock that moves with a jumping loop: what the watch tests share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PODS, Resource
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import RequestLog, Transmit, send, serve
from lanewatch.simulator.kubernetes import Rights, handler
from lanewatch.simulator.world import ObjectChange, World
from tests.jumping_loop import LoopClock, run_jumping
from tests.simulator.small_world import START, small_world

T = TypeVar("T")
NAMESPACE = "ci"


def pod(at: float, name: str, phase: str, *, type: Any = "MODIFIED", uid: str = "") -> ObjectChange:
    meta = {"name": name, "namespace": NAMESPACE, "uid": uid or f"uid-{name}"}
    return ObjectChange(at, type, {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "status": {"phase": phase}})


@dataclass
class Watched:
    """Who reads, and what the server was asked."""

    cluster: Cluster
    lists: SharedLists
    record: RequestLog
    world: World
    seen: list[dict[str, str]] = field(default_factory=list)

    async def phases(self, resource: Resource = PODS) -> dict[str, str]:
        """Pod names and phases, as one read gives them."""
        items: Any = (await self.lists.read(self.cluster, resource, NAMESPACE)).items
        return {item["metadata"]["name"]: item["status"]["phase"] for item in items}

    async def stream(self) -> None:
        """Read until a stream is live."""
        while self.lists.pace() < 10:
            await self.phases()
            await asyncio.sleep(2)

    async def poll_until(self, second: float) -> None:
        """Read every two seconds."""
        while asyncio.get_running_loop().time() < second:
            await self.phases()
            await asyncio.sleep(2)

    def asked(self, what: str) -> int:
        """How many LISTs or WATCHes have arrived."""
        watches = [("watch", "true") in entry.query for entry in self.record.entries]
        return sum(watches) if what == "WATCH" else len(watches) - sum(watches)


@asynccontextmanager
async def watching(
    folder: Path, *objects: ObjectChange, rights: Rights | None = None, transmit: Transmit = send
) -> AsyncIterator[Watched]:
    clock = WorldClock(START, 0.0, 0.0, 1.0, asyncio.get_running_loop().time)
    world, record = small_world(objects=objects), RequestLog()
    server = await serve(handler(world, clock, rights or Rights("T1")), clock, record=record, transmit=transmit)
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(kubeconfig_of(server.url)))
    cluster = Cluster(kubeconfig, None, clock=LoopClock(), key="kubernetes.ci")
    lists = SharedLists(LoopClock())
    try:
        yield Watched(cluster, lists, record, world)
    finally:
        await lists.close()
        await cluster.close()
        await server.close()


def kubeconfig_of(url: str) -> dict[str, Any]:
    return {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "T1"}}],
    }


def run(folder: Path, story: Callable[[Watched], Awaitable[T]], *objects: ObjectChange, **options: Any) -> T:
    """The story on a jumping loop."""

    async def main() -> T:
        async with watching(folder, *objects, **options) as watched:
            return await story(watched)

    return run_jumping(main())
