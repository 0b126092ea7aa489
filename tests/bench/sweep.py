"""A warm sweep: all authorities at once, against the longest chain of requests that each waits for the one before."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lanewatch.authorities.interface import Authority
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.meter import Exchange, metering
from lanewatch.clients.opening import open_clients
from lanewatch.rollout.correlation import correlate
from lanewatch.rollout.facts import OPERATOR, Correlation, Knowledge, Observation, Outcome
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch.assembly import configured_authorities
from tests.bench.measuring import Claim
from tests.e2e.lanes import serving

ROUNDS = 7
DELAY_MS = "100"


def sweep_claim() -> Claim:
    """Prints the median sweep request by request; its claim is first request to last answer over the longest chain."""
    with tempfile.TemporaryDirectory() as folder, serving("build", Path(folder), options=("--delay", DELAY_MS)) as lane:
        sweeps = asyncio.run(_sweeps(lane.connections))
    sweeps.sort(key=lambda reads: _wall(reads) / _longest(reads))
    median = sweeps[len(sweeps) // 2]
    _print(median)
    return Claim("warm sweep / its longest chain of requests", _wall(median), _longest(median), 1.15)


async def _sweeps(connections_path: Path) -> list[dict[str, list[Exchange]]]:
    """The exchanges of each authority, sweep by sweep, after two sweeps that found out what there is to ask."""
    lane, connections, clock = load_spec().lane(), load_connections(connections_path), SystemClock()
    with tempfile.TemporaryDirectory() as cache:
        clients = open_clients(connections, clock, Path(cache))
        authorities = configured_authorities(lane, connections, clients, clock)
        operator = OperatorReport(commit=connections.commit, pushed_at=connections.pushed_at)
        first = Observation(OPERATOR, Correlation(), Outcome.OK, "", clock.now(), 0.0, report=operator)
        known = learn(Knowledge(), first)
        measured = []
        try:
            for turn in range(4 + ROUNDS):
                known, reads = await _sweep(authorities, known)
                if turn >= 4:
                    measured.append(reads)
                await asyncio.sleep(1.1)  # lists younger than a second would be shared with the next sweep
        finally:
            await clients.close()
    return measured


async def _sweep(authorities: Iterable[Authority], known: Knowledge) -> tuple[Knowledge, dict[str, list[Exchange]]]:
    correlation = correlate(known)
    reads: dict[str, list[Exchange]] = {}

    async def read(authority: Authority) -> Observation:
        with metering() as meter:
            observation = await authority.read(authority.subject(correlation))
        reads[authority.id] = [one for one in meter.exchanges if not one.shared]
        return observation

    asked = [one for one in authorities if all(getattr(correlation, need) is not None for need in one.needs)]
    for observation in await asyncio.gather(*map(read, asked)):
        known = learn(known, observation)
    return known, reads


def _wall(reads: dict[str, list[Exchange]]) -> float:
    exchanges = [one for read in reads.values() for one in read]
    return max(one.finished for one in exchanges) - min(one.started for one in exchanges)


def _longest(reads: dict[str, list[Exchange]]) -> float:
    return max(_chain(read) for read in reads.values())


def _chain(exchanges: list[Exchange]) -> float:
    """Seconds of the longest chain in which each request began after the one before it had ended."""
    lengths: dict[int, float] = {}
    ordered = sorted(exchanges, key=lambda one: one.started)
    for index, one in enumerate(ordered):
        before = (lengths[i] for i in range(index) if ordered[i].finished <= one.started)
        lengths[index] = (one.finished - one.started) + max(before, default=0.0)
    return max(lengths.values(), default=0.0)


def _print(reads: dict[str, list[Exchange]]) -> None:
    start = min(one.started for read in reads.values() for one in read)
    for authority, read in reads.items():
        print(f"  {authority}  longest chain {_chain(read):.3f} s")
        for one in sorted(read, key=lambda one: one.started):
            print(f"    {one.started - start:6.3f} {one.finished - start:6.3f}  {one.host} {one.path[:90]}")
