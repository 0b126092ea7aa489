"""The embedded lane as a process of its own: builds a world, serves it, says where, and ends with its parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.faults import FaultLayer, known_faults
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.lacking import set_up
from lanewatch.simulator.names import configuration_folder, lane_names
from lanewatch.simulator.scenarios import TOLD, build_world
from lanewatch.simulator.serving import Served, Tokens, served
from lanewatch.simulator.world import World

AFTER_END = 5.0  # `--at end` puts the last event so many seconds ago


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. at: seconds since the push, None for the end. delay: seconds per answer."""

    scenario: str
    at: float | None = 0.0
    speed: float = 1.0
    seed: int = 1
    gitea_version: str = "1.26.3"
    delay: float = 0.0
    faults: tuple[str, ...] = ()
    without: tuple[str, ...] = ()  # words of lacking.WITHOUT
    connections: Path | None = None
    ledger: Path | None = None
    repositories: Path | None = None
    port_file: Path | None = None


def clock_for(options: Options, now: datetime, steady: float) -> WorldClock:
    """The world's clock: it starts on a whole second and shows `now` at this moment."""
    at = TOLD[options.scenario].end + AFTER_END if options.at is None else options.at
    start = (now - timedelta(seconds=at)).replace(microsecond=0)
    return WorldClock(start, (now - start).total_seconds(), steady, options.speed, time.monotonic)


async def run(options: Options, out: TextIO) -> None:
    """Serve until a signal or the end of standard input. Raises KeyError for an unknown scenario, OSError."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lanewatch-lane-")))
        clock = clock_for(options, datetime.now(UTC), time.monotonic())
        repositories = options.repositories or folder / "repositories"
        world = build_world(options.scenario, seed=options.seed, start=clock.start, repositories=repositories)
        names, tokens = lane_names(configuration_folder()), Tokens()
        setup = set_up(options.without, tokens.kubernetes)
        place = await stack.enter_async_context(
            served(
                world,
                clock,
                delay=options.delay,
                tokens=tokens,
                rights=setup.rights,
                elsewhere=Rights(tokens.kubernetes) if setup.rights.absent else None,
                access=setup.access,
                gitea_version=options.gitea_version,
                health_path=names.health_path,
                faults=_layer(options),
            )
        )
        told = handover.connections(
            world, place, folder, names.workload, names.repository, stale_context=setup.stale_context
        )
        file = options.connections or folder / "connections.yaml"
        handover.write_whole(file, handover.as_yaml(told))
        _write_more(options, world, place)
        print(json.dumps(_ready(world, clock, place, file)), file=out, flush=True)
        watching = _watch_parent(loop, stopped)
        await stopped.wait()
        if watching:
            loop.remove_reader(sys.stdin.fileno())


def _layer(options: Options) -> FaultLayer:
    """The faults in force from the beginning on. Raises KeyError for an unknown one."""
    layer, known = FaultLayer(), known_faults()
    for id in options.faults:
        layer.arm(known[id])
    return layer


def _write_more(options: Options, world: World, place: Served) -> None:
    if options.ledger is not None:
        handover.write_whole(options.ledger, handover.ledger(world), 0o600)
    if options.port_file is not None:
        handover.write_whole(options.port_file, json.dumps(_urls(place)) + "\n")


def _urls(place: Served) -> dict[str, str]:
    return {name: getattr(place, name) for name in ("gitea", "upstream", "kubernetes", "registry", "health")}


def _ready(world: World, clock: WorldClock, place: Served, file: Path) -> dict[str, Any]:
    """The one line on standard output. clock: world time is epoch + (wall - anchor) × rate."""
    now = clock.wall()
    return {
        "ready": True,
        "scenario": world.scenario,
        **_urls(place),
        "connections": str(file),
        "start": world.stamp(0),
        "end": world.end,
        "at": round(clock.at(), 3),
        "clock": {"epoch": now.isoformat(), "rate": clock.rate},
    }


def _watch_parent(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> bool:
    """End when the parent does: it holds the other end of a pipe. A terminal or a file says nothing about it."""
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return False

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stopped.set()

    loop.add_reader(descriptor, readable)
    return True
