"""A lane that is served by a thread of its own, so that the commands run as they do in life."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import RequestLog
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.simulator.serving import served
from tests.authorities.served_lane import lane

AFTER_END = 60.0  # seconds since the last event of the lane: long enough for it to be believed


class ServedApart:
    """A world served by a thread of its own, so that the commands run as they do in life."""

    def __init__(self, scenario: str, folder: Path) -> None:
        self.connections = folder / "connections.yaml"
        self.record = RequestLog()
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=SCENARIOS[scenario].end + AFTER_END)
        self._world = build_world(scenario, seed=1, start=start, repositories=folder / "repositories")
        self._folder = folder
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        world, watched_lane = self._world, lane()
        clock = WorldClock(world.start, world.end + AFTER_END, time.monotonic(), 1.0, time.monotonic)
        async with served(world, clock, health_path=watched_lane.health_path) as running:
            said = handover.connections(world, running, self._folder, watched_lane.workload, watched_lane.repository)
            handover.write_whole(self.connections, handover.as_yaml(said))
            self.record = running.record
            self._ready.set()
            await asyncio.to_thread(self._stop.wait)

    def __enter__(self) -> ServedApart:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
