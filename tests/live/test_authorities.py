"""Every authority against real systems, in one whole sweep: it reads, or says in one line why not; nothing is written.

Also LANEWATCH_LIVE_SPEC (the lane's own spec; else the packaged one), LANEWATCH_LIVE_UPSTREAM, LANEWATCH_LIVE_HEALTH
(SERVICE:PORT), LANEWATCH_LIVE_COMMIT.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.clock import SystemClock
from lanewatch.clients.opening import open_clients
from lanewatch.doctor.examining import examine
from lanewatch.rollout.facts import AUTHORITIES, Outcome
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.live.given import live, needs

pytestmark = [pytest.mark.live, needs("GITEA", "KUBECONFIG")]
EXPLAINED = {Outcome.ABSENT, Outcome.DENIED, Outcome.UNCONFIGURED, Outcome.UNSUPPORTED}


@pytest.fixture
def lane() -> Lane:
    return load_spec(Path(live("SPEC")) if live("SPEC") else None).lane()


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    told: dict[str, Any] = {"gitea": {"url": live("GITEA")}, "kubernetes": {"kubeconfig": live("KUBECONFIG")}}
    if live("GITEA_TOKEN"):
        told["gitea"]["token"] = {"env": "LANEWATCH_LIVE_GITEA_TOKEN"}
    if live("CONTEXT"):
        told["kubernetes"]["context"] = live("CONTEXT")
    if live("UPSTREAM"):
        told["upstream"] = {"url": live("UPSTREAM")}
    if live("REGISTRY"):
        told["registry"] = {"url": live("REGISTRY")}
        if live("REGISTRY_AUTH"):
            told["registry"]["credential"] = {"env": "LANEWATCH_LIVE_REGISTRY_AUTH"}
    if live("HEALTH"):
        service, _, port = live("HEALTH").partition(":")
        told["health"] = {"service": service, "port": int(port)}
    file = tmp_path / "connections.yaml"
    file.write_text(json.dumps(told))
    return load_connections(file)


async def test_each_authority_answers_or_says_why_not(lane: Lane, connections: Connections) -> None:
    clock = SystemClock()
    operator = OperatorReport(
        commit=live("COMMIT") or connections.commit,
        commit_by="connections",
        pushed_at=None,
        upstream_configured=connections.upstream is not None,
    )
    async with LiveSession(lane, clock, lambda: assembly.connect(lane, connections, operator, clock)) as session:
        await settle(session, 60)
        seen, rollout = session.knowledge.seen, session.rollout
    assert set(AUTHORITIES) <= {stage.authority for stage in rollout.stages}
    for authority in AUTHORITIES:
        if authority not in seen:
            continue  # what it needs was not found, and its row says so
        last = seen[authority].last
        assert last.outcome is Outcome.OK or (last.outcome in EXPLAINED and last.reason), (authority, last.reason)


async def test_a_doctor_understands_every_system(lane: Lane, connections: Connections, tmp_path: Path) -> None:
    clients = open_clients(connections, SystemClock(), tmp_path / "cache")
    try:
        told = await examine(lane, connections, clients)
    finally:
        await clients.close()
    strange = [check for system in told.systems for check in system.checks if check.name == "understood"]
    assert strange == []
    assert all(system.latency is not None for system in told.systems if system.system == "gitea")
