"""The role that lanewatch asks for is the one that it uses: every request of a sweep and a doctor is granted by it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lanewatch.clients.opening import open_clients
from lanewatch.doctor.examining import examine
from lanewatch.rollout.reports import OperatorReport
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.doctor.examined_lane import HASTE, SameClock
from tests.producers.authorizing import asked, granted
from tests.simulator.stories import START, fresh

TO_EVERYONE = {("tekton-pipelines", "", "configmaps", "get")}  # Tekton grants its -info ConfigMaps to every user


async def test_every_request_of_a_sweep_and_a_doctor_is_granted(tmp_path: Path) -> None:
    lane, world = load_spec().lane(), fresh("build", tmp_path)
    clock = WorldClock(START, world.end + 5, time.monotonic(), HASTE, time.monotonic)
    async with served(world, clock) as place:
        told: dict[str, Any] = handover.connections(world, place, tmp_path, lane.workload, lane.repository)
        handover.write_whole(tmp_path / "connections.yaml", handover.as_yaml(told))
        connections, own = load_connections(tmp_path / "connections.yaml"), SameClock(clock)
        operator = OperatorReport(
            commit=world.commit, commit_by="connections", pushed_at=None, upstream_configured=True
        )
        async with LiveSession(lane, own, lambda: assembly.connect(lane, connections, operator, own)) as session:
            assert await settle(session, 20)
        clients = open_clients(connections, own, tmp_path / "cache")
        await examine(lane, connections, clients)
        await clients.close()
        used = asked(place.record.entries)
    assert used - granted("lanewatch-role") - TO_EVERYONE == set()
    unused = granted("lanewatch-role") - used
    assert {resource for _, _, resource, _ in unused} <= {"services"}, unused  # `init` lists Services, once
