"""One sweep of a served lane in this process, with the servers dressed as some release."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.doctor.examined_lane import HASTE, SameClock
from tests.simulator.stories import START, fresh


async def swept(folder: Path, scenario: str, **serving: Any) -> Rollout:
    """The picture of the scenario's end."""
    lane, world = load_spec().lane(), fresh(scenario, folder)
    clock = WorldClock(START, world.end + 5, time.monotonic(), HASTE, time.monotonic)
    async with served(world, clock, **serving) as place:
        told: dict[str, Any] = handover.connections(world, place, folder, lane.workload, lane.repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        connections, own = load_connections(folder / "connections.yaml"), SameClock(clock)
        operator = OperatorReport(
            commit=connections.commit,
            commit_by="connections",
            pushed_at=connections.pushed_at,
            upstream_configured=True,
        )
        async with LiveSession(lane, own, lambda: assembly.connect(lane, connections, operator, own)) as session:
            await settle(session, 25)
            return session.rollout
