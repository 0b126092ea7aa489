"""The role that lanewatch asks for is the one that it uses: every request of a sweep and a doctor is granted by it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lanewatch.clients.opening import open_clients
from lanewatch.doctor.examining import examine
from lanewatch.rollout.reports import OperatorReport
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import RequestLog
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.doctor.examined_lane import HASTE, SameClock
from tests.producers.test_render import documents
from tests.simulator.stories import START, fresh

Granted = set[tuple[str, str, str, str]]  # namespace, group, resource, verb
_PATH = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/\w+/namespaces/(?P<namespace>[^/]+)/(?P<rest>.+)")


def granted() -> Granted:
    roles = [one for one in documents("lanewatch-role") if one["kind"] == "Role"]
    return {
        (role["metadata"]["namespace"], group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked(record: RequestLog) -> Granted:
    """What the API server would ask its authorizer, by its own rules of path and query."""
    found: Granted = set()
    for request in (one for one in record.entries if one.server == "kubernetes"):
        match = _PATH.fullmatch(request.path)
        if match is None:
            assert request.path == "/version", request.path
            continue
        resource, _, below = match["rest"].partition("/")
        name, _, sub = unquote(below).partition("/")
        verb = "get" if name else "watch" if {("watch", "true"), ("watch", "1")} & set(request.query) else "list"
        whole = f"{resource}/{sub.partition('/')[0]}" if sub else resource
        found.add((match["namespace"], match["group"] or "", whole, verb))
    return found


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
        used = asked(place.record)
    assert used - granted() == set()
    unused = granted() - used
    assert {resource for _, _, resource, _ in unused} <= {"services"}, unused  # `init` lists Services, once
