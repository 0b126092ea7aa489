"""Journals of every scenario: what the real authorities read of the simulated world, second by second.

A second in which nothing changed of what an authority reads repeats its last answer, so it is a Confirmation without
asking: only changes are read (those of the builder's log apart, which tells progress alone). The journals are made once
for all tests, several worlds at a time.
"""

from __future__ import annotations

import asyncio
import functools
import math
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from lanewatch.authorities.interface import Authority
from lanewatch.clients.opening import open_clients
from lanewatch.rollout.correlation import correlate
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    GITOPS,
    MIRROR,
    OPERATOR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Confirmation,
    Correlation,
    Entry,
    Knowledge,
    Moment,
    Observation,
    Outcome,
)
from lanewatch.rollout.knowledge import learn, same_words
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import OperatorReport
from lanewatch.simulator import handover
from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.simulator.serving import served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.watch.assembly import configured_authorities
from tests.authorities.served_lane import lane
from tests.simulator.small_world import START, Steady

STEADY = 1000.0  # our steady clock at the push
AFTER_END = 12.0  # seconds that are read after a story's end
REPEATED = 8.0  # seconds after which an authority that has no news is heard again
AT_ONCE = 3  # worlds read at a time by one process: while one waits for git the others go on
OF_DOCUMENTS = {
    "repos": frozenset({MIRROR}),
    "artifacts": frozenset({ACTIONS, PLAN, PROVENANCE}),
}


@dataclass(frozen=True)
class Journal:
    """One scenario as it was read, and the world that it was read from."""

    world: World
    entries: tuple[Entry, ...]

    @property
    def scenario(self) -> str:
        return self.world.scenario


def moment(second: float) -> Moment:
    return Moment(START + timedelta(seconds=second), STEADY + second)


def second_of(entry: Entry) -> float:
    """The world's second at which the entry was read."""
    return entry.read_at.steady - STEADY


def truly(world: World, stage: str, second: float) -> frozenset[str]:
    """The states in which the ledger has a stage, or "lane", around `second`: stamps are whole seconds."""
    told = [entry for entry in world.ledger if entry.stage == stage and entry.at <= second + 1]
    before = [entry.state for entry in told if entry.at <= second - 1]
    return frozenset([*before[-1:], *(entry.state for entry in told[len(before) :])]) or frozenset({"pending"})


@functools.cache
def journals() -> dict[str, Journal]:
    """All scenarios, each read from its push to some seconds after its end; two processes share the work."""
    names, workers = list(SCENARIOS), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=workers) as pool:
        read = {one.scenario: one for part in pool.map(read_worlds, (names[::2], names[1::2])) for one in part}
    return {name: read[name] for name in names}


def read_worlds(scenarios: Sequence[str]) -> list[Journal]:
    """These scenarios, read in one loop."""
    with tempfile.TemporaryDirectory(prefix="lanewatch-journals-") as folder:
        return asyncio.run(_all(Path(folder), scenarios))


async def _all(folder: Path, scenarios: Sequence[str]) -> list[Journal]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(scenario: str) -> Journal:
        async with gate:
            return await read_world(folder / scenario, scenario)

    return await asyncio.gather(*map(one, scenarios))


class ReadersClock:
    """The world's wall; `steady` leaps with every reading, so that no answer is old enough to be given again."""

    def __init__(self, steady: Steady) -> None:
        self._world = steady.clock()
        self._readings = 0

    def now(self) -> Moment:
        self._readings += 1
        return Moment(self._world.wall(), STEADY + 10.0 * self._readings)


@dataclass
class Reading:
    """Reads one world in the order of its seconds."""

    world: World
    authorities: Sequence[Authority]
    entries: list[Entry] = field(default_factory=list)
    known: Knowledge = field(default_factory=Knowledge)
    answered: dict[str, Observation] = field(default_factory=dict)
    read_at: dict[str, float] = field(default_factory=dict)

    async def at(self, second: float, changed: frozenset[str]) -> None:
        """Everything that is news at this second, and what that makes news in turn, as the watcher asks."""
        order = iter(range(1, 1000))
        for authority in self.authorities:
            if authority.id in changed or authority.id not in self.answered:
                await self._ask(authority, second + next(order) / 1000)
        for _ in range(4):
            known = correlate(self.known)
            stale = [one for one in self.authorities if self._question_changed(one, known)]
            for authority in stale:
                await self._ask(authority, second + next(order) / 1000)
        self._repeat(second, order)

    def _question_changed(self, authority: Authority, known: Correlation) -> bool:
        last = self.answered.get(authority.id)
        return last is None or last.subject != authority.subject(known)

    async def _ask(self, authority: Authority, second: float) -> None:
        subject = authority.subject(correlate(self.known))
        if any(getattr(subject, need) is None for need in authority.needs):
            return
        said = replace(await authority.read(subject), read_at=moment(second), seconds=0.0)
        last = self.answered.get(authority.id)
        self.answered[authority.id] = said
        repeats = last is not None and same_words(last, said)
        self._tell(Confirmation(authority.id, moment(second), 0.0) if repeats else said, second)

    def _repeat(self, second: float, order: Iterator[int]) -> None:
        again = unsettled(self.known, moment(second))
        for authority in self.answered:
            if authority in again or second - self.read_at[authority] >= REPEATED:
                self._tell(Confirmation(authority, moment(second + next(order) / 1000), 0.0), second)

    def _tell(self, entry: Entry, second: float) -> None:
        self.entries.append(entry)
        self.known = learn(self.known, entry)
        self.read_at[entry.authority] = second


async def read_world(folder: Path, scenario: str) -> Journal:
    """The scenario's world, read. `folder` is made."""
    world = build_world(scenario, seed=1, start=START, repositories=folder / "repositories")
    steady, mover = Steady(0.0), RefMover(world)
    async with served(replace(world, refs=()), steady.clock()) as running:
        told = handover.connections(world, running, folder, lane().workload, lane().repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        connections, clock = load_connections(folder / "connections.yaml"), ReadersClock(steady)
        clients = open_clients(connections, clock, folder / "cache")
        try:
            reading = Reading(world, configured_authorities(lane(), connections, clients, clock))
            reading._tell(operator(world), 0.0)
            changes = changed_at(world)
            for second in range(int(world.end + AFTER_END) + 1):
                steady.now = float(second)
                mover.apply(second)
                await reading.at(float(second), changes.get(second, frozenset()))
        finally:
            await clients.close()
    return Journal(world, tuple(reading.entries))


def operator(world: World, second: float = 0.0) -> Observation:
    """What the connections say: the commit, if the scenario names one, and when it was pushed."""
    report = OperatorReport(world.commit, "connections", START, upstream_configured=True)
    return Observation(OPERATOR, Correlation(), Outcome.OK, "", moment(second), 0.0, report=report)


def changed_at(world: World) -> dict[int, frozenset[str]]:
    """By second: the authorities that may see something new at it."""
    found: dict[int, frozenset[str]] = {}
    for at, whose in _changes(world):
        second = max(0, math.ceil(at))
        found[second] = found.get(second, frozenset()) | whose
    return found


def _changes(world: World) -> Iterator[tuple[float, frozenset[str]]]:
    for change in world.objects:
        yield change.at, _readers_of(change.object)
    for document in world.documents:
        yield document.at, OF_DOCUMENTS.get(document.collection, frozenset({ACTIONS}))
    for ref in world.refs:
        yield ref.at, frozenset({MIRROR, GITOPS})
    stored = [blob.at for blob in world.blobs] + [tag.at for tag in world.tags]
    yield from ((at, frozenset({PROVENANCE, RUNTIME})) for at in stored)
    for told in world.health:
        yield told.at, frozenset({RUNTIME})


def _readers_of(native: Any) -> frozenset[str]:
    """Who shows such an object: Pods of steps and Events say nothing to whoever looks for provenance."""
    kind, meta = native["kind"], native["metadata"]
    if kind == "Application":
        return frozenset({ARGO})
    if meta.get("namespace") == lane().runtime_namespace:
        return frozenset({RUNTIME})
    owners = {owner["kind"] for owner in meta.get("ownerReferences", ())}
    builds = kind in ("Job", "TaskRun", "PipelineRun") or owners == {"Job"}
    return frozenset({PROVENANCE, TEKTON}) if builds else frozenset({TEKTON})
