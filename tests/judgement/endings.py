"""What lanewatch reads of every scenario at its end, in this process: one sweep each, all at once, once for all."""

from __future__ import annotations

import asyncio
import functools
import importlib
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from pathlib import Path

from lanewatch.clients.clock import Clock
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import Entry, Knowledge, Moment
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.stages import judged
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.simulator.stories import START

AFTER_END = 5.0  # seconds after the story's last event


@dataclass(frozen=True)
class WorldTime:
    """The product's clock on the world's wall."""

    world: WorldClock

    def now(self) -> Moment:
        return Moment(self.world.wall(), time.monotonic())


@dataclass(frozen=True)
class Ending:
    """The journal of one sweep, and when it was complete."""

    scenario: str
    entries: tuple[Entry, ...]
    at: Moment

    def known(self, *without: str) -> Knowledge:
        """All that was read, but nothing of these authorities."""
        kept = (entry for entry in self.entries if entry.authority not in without)
        return reduce(learn, kept, Knowledge())

    def case(self, *without: str) -> Case:
        return judged(self.known(*without), self.at)


@functools.cache
def endings() -> dict[str, Ending]:
    """Every scenario."""
    importlib.import_module("kubernetes.aio")  # once, ahead of nineteen threads that would each begin to
    return {one.scenario: one for one in asyncio.run(_all(SCENARIOS))}


@functools.cache
def lane() -> Lane:
    return load_spec().lane()


def later(ending: Ending, seconds: float) -> Moment:
    """An instant after the sweep."""
    return Moment(ending.at.wall + timedelta(seconds=seconds), ending.at.steady + seconds)


async def _all(names: Iterable[str]) -> list[Ending]:
    with tempfile.TemporaryDirectory(prefix="lanewatch-endings-") as folder:
        return await asyncio.gather(*(_read(name, Path(folder) / name) for name in names))


async def _read(scenario: str, folder: Path) -> Ending:
    world = await asyncio.to_thread(build_world, scenario, seed=1, start=START, repositories=folder / "repositories")
    clock = WorldClock(START, world.end + AFTER_END, time.monotonic(), 1.0, time.monotonic)
    async with served(world, clock) as running:
        told = handover.connections(world, running, folder, lane().workload, lane().repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        return await _swept(scenario, folder / "connections.yaml", WorldTime(clock))


async def _swept(scenario: str, file: Path, clock: Clock) -> Ending:
    connections = load_connections(file)
    operator = OperatorReport(connections.commit, "connections", connections.pushed_at, upstream_configured=True)
    session = LiveSession(lane(), clock, lambda: assembly.connect(lane(), connections, operator, clock))
    async with session:
        assert await settle(session, 60.0), scenario
        return Ending(scenario, tuple(session.entries), session.rollout.now)
