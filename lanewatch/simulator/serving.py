"""All the servers of one world on loopback, and the refs that move while they run."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from lanewatch.simulator import git_http, gitea, health, kubernetes, registry
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.faults import FaultLayer
from lanewatch.simulator.http import Handler, RequestLog, serve
from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.world import World


@dataclass(frozen=True, slots=True)
class Tokens:
    """The secrets of this process: made up at its start, never printed."""

    gitea: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)
    reader: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)  # one more, that may read
    kubernetes: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


@dataclass(frozen=True, slots=True)
class Served:
    """Where one world is served. URLs have no trailing slash; `record` has every request that reached any server."""

    gitea: str
    upstream: str
    kubernetes: str
    registry: str
    health: str
    tokens: Tokens
    record: RequestLog
    elsewhere: str = ""  # a second API server over the same objects


@asynccontextmanager
async def served(
    world: World,
    clock: WorldClock,
    *,
    delay: float = 0.0,
    tokens: Tokens | None = None,
    rights: kubernetes.Rights | None = None,
    elsewhere: kubernetes.Rights | None = None,
    access: gitea.Access | None = None,
    gitea_version: str = "1.26.3",
    health_path: str = "/health",
    faults: FaultLayer | None = None,
) -> AsyncIterator[Served]:
    """Serve the world until the block ends. delay: real seconds before every answer. access: what the token may do.

    elsewhere: rights at a second API server. faults: what is laid over the answers.
    """
    layer = faults or FaultLayer()
    tokens, record = tokens or Tokens(), RequestLog()
    rights = rights or kubernetes.Rights(tokens.kubernetes)
    operator = {tokens.gitea: access or gitea.Access(owner=True), tokens.reader: gitea.Access(owner=True)}
    handlers: dict[str, Handler] = {
        "gitea": gitea.handler(world, clock, tokens=operator, version=gitea_version),
        "upstream": git_http.handler(world.repositories / "upstream"),
        "kubernetes": kubernetes.handler(world, clock, rights, health_path=health_path),
        "registry": registry.handler(world, clock),
        "health": health.handler(world, clock, path=health_path),
    }
    if elsewhere is not None:
        handlers["elsewhere"] = kubernetes.handler(world, clock, elsewhere, health_path=health_path)
    async with AsyncExitStack() as stack:
        urls: dict[str, str] = {}
        for name, handler in handlers.items():
            server = await serve(handler, clock, delay=delay, record=record, name=name, transmit=layer.over(name))
            stack.push_async_callback(server.close)
            urls[name] = server.url
        await stack.enter_async_context(_moving(world, clock))
        yield Served(**urls, tokens=tokens, record=record)


@asynccontextmanager
async def _moving(world: World, clock: WorldClock) -> AsyncIterator[None]:
    mover = RefMover(world)
    mover.apply(clock.at())
    task = asyncio.create_task(mover.run(clock))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
