"""A served lane as an owner of the systems set it up, and what the doctor says of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from lanewatch.clients.opening import open_clients
from lanewatch.doctor.check import Check, Diagnosis
from lanewatch.doctor.examining import examine
from lanewatch.rollout.facts import Moment
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from tests.simulator.stories import START, fresh

HASTE = 20.0  # a watch of one second ends in a twentieth

Told = dict[str, Any]


class SameClock:
    """The product's clocks, on the world's wall."""

    def __init__(self, world: WorldClock, behind: float = 0.0) -> None:
        self._world = world
        self._behind = behind

    def now(self) -> Moment:
        return Moment(self._world.wall() - timedelta(seconds=self._behind), time.monotonic())


async def diagnosis(
    folder: Path,
    *,
    change: Callable[[Told], None] = lambda _: None,
    behind: float = 0.0,
    **serving: Any,
) -> Diagnosis:
    """Of the built lane at its end. `change` edits the connections; `serving` goes to the servers."""
    world = fresh("build", folder)
    clock = WorldClock(START, world.end + 5, time.monotonic(), HASTE, time.monotonic)
    lane = load_spec().lane()
    async with served(world, clock, **serving) as running:
        told = handover.connections(world, running, folder, lane.workload, lane.repository)
        change(told)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        connections = load_connections(folder / "connections.yaml")
        clients = open_clients(connections, SameClock(clock, behind), folder / "cache")
        try:
            return await examine(lane, connections, clients)
        finally:
            await clients.close()


def check(told: Diagnosis, system: str, name: str) -> Check:
    """The check of that name, which must be there."""
    found = [one for each in told.systems if each.system == system for one in each.checks if one.name == name]
    assert found, (system, name, [(each.system, one.name) for each in told.systems for one in each.checks])
    return found[0]
