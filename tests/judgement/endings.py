"""What lanewatch reads of every scenario at its end, in this process: one sweep each, once for all tests."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from pathlib import Path

from lanewatch.authorities.follower import read_follower
from lanewatch.clients.clock import Clock
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import Entry, Knowledge, Moment, Outcome
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.gate import examine
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.policy.report import PolicyReport
from lanewatch.rollout.record import Record
from lanewatch.rollout.remembering import record_of
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.stages import judged
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Logged
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.simulator.serving import Tokens, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.follower import follower_of
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.policy_reading import Sources, read_policy
from lanewatch.watch.waiting import settle
from tests.judgement.twisted import TWISTS, Twist
from tests.simulator.stories import START

TRIES = 5  # of a sweep on a machine that is too busy to answer itself in time
AT_ONCE = 4  # more of them wait for the processor longer than an authority waits for an answer
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
    built: BuildLog  # what the builder logged
    policy: PolicyReport  # what the audit read
    follower: FollowerStatus | None  # what the deprecated follower's object says
    asked: tuple[Logged, ...] = ()  # every request of sweep, audit and follower

    def known(self, *without: str) -> Knowledge:
        """All that was read, but nothing of these authorities."""
        kept = (entry for entry in self.entries if entry.authority not in without)
        return reduce(learn, kept, Knowledge())

    def case(self, *without: str) -> Case:
        return judged(self.known(*without), self.at)


@functools.cache
def endings() -> dict[str, Ending]:
    """Every scenario."""
    return {one.scenario: one for one in asyncio.run(_all(SCENARIOS))}


@functools.cache
def policy_broken() -> Ending:
    """The story whose cluster is set up against the spec."""
    with tempfile.TemporaryDirectory(prefix="lanewatch-broken-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_read("policy-broken", Path(folder)))


@functools.cache
def kept_out() -> Ending:
    """The lane of `build`, read by somebody whose rights end at it."""
    beyond = {"nodes", "services", "ingresses", "roles", "rolebindings", "clusterroles", "clusterrolebindings"}
    with tempfile.TemporaryDirectory(prefix="lanewatch-kept-out-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_read("build", Path(folder), denied=frozenset(beyond)))


@functools.cache
def twisted() -> dict[str, Ending]:
    """By check of the gate and contradiction rule, a lane in which it is broken."""
    return asyncio.run(_twisted())


async def _twisted() -> dict[str, Ending]:
    room = asyncio.Semaphore(AT_ONCE)

    async def read(twist: Twist, folder: Path) -> Ending:
        async with room:
            return await _read(twist.scenario, folder, make=twist.make, at=twist.at)

    with tempfile.TemporaryDirectory(prefix="lanewatch-twisted-", ignore_cleanup_errors=True) as folder:
        found = await asyncio.gather(*(read(twist, Path(folder) / rule) for rule, twist in TWISTS.items()))
    return dict(zip(TWISTS, found, strict=True))


@functools.cache
def record_before() -> Record:
    """The rollout before every scenario's own: delivered 45 minutes earlier, read from what the systems kept."""
    mirror = endings()["env-reuse"].case().mirror
    assert mirror is not None
    with tempfile.TemporaryDirectory(prefix="lanewatch-before-", ignore_cleanup_errors=True) as folder:
        ending = asyncio.run(_read("env-reuse", Path(folder), mirror.history[1].sha))
    case = ending.case()
    verdicts = examine(case, lane(), (), ending.built)
    record = record_of(case, lane(), picture(lane(), ending.known(), ending.at), verdicts, "history")
    assert record is not None
    return record


@functools.cache
def lane() -> Lane:
    return load_spec().lane()


def later(ending: Ending, seconds: float) -> Moment:
    """An instant after the sweep."""
    return Moment(ending.at.wall + timedelta(seconds=seconds), ending.at.steady + seconds)


async def _all(names: Iterable[str]) -> list[Ending]:
    room = asyncio.Semaphore(AT_ONCE)

    async def read(name: str, folder: str) -> Ending:
        async with room:
            return await _read(name, Path(folder) / name)

    with tempfile.TemporaryDirectory(prefix="lanewatch-endings-", ignore_cleanup_errors=True) as folder:
        return await asyncio.gather(*(read(name, folder) for name in names))


async def _read(
    scenario: str,
    folder: Path,
    commit: str | None = None,
    denied: frozenset[str] = frozenset(),
    make: Callable[[World], World] = lambda world: world,
    at: float | None = None,
) -> Ending:
    """commit: watch this one instead of the scenario's own. denied: kinds of the cluster that may not be read.

    make: what is made of the scenario's world first. at: read at this second of it, not at the end.
    """
    world = await asyncio.to_thread(build_world, scenario, seed=1, start=START, repositories=folder / "repositories")
    world = make(world)
    clock = WorldClock(START, world.end + AFTER_END if at is None else at, time.monotonic(), 1.0, time.monotonic)
    tokens = Tokens()
    rights = Rights(tokens.kubernetes, denied=denied)
    async with served(world, clock, tokens=tokens, rights=rights) as running:
        told = handover.connections(world, running, folder, lane().workload, lane().repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        ending = await _swept(scenario, folder / "connections.yaml", WorldTime(clock), commit)
        return replace(ending, asked=tuple(running.record.entries))


async def _swept(scenario: str, file: Path, clock: Clock, commit: str | None) -> Ending:
    connections = load_connections(file)
    pushed = None if commit else connections.pushed_at
    operator = OperatorReport(commit or connections.commit, "connections", pushed, upstream_configured=True)
    async with AsyncExitStack() as opened:
        for _ in range(TRIES):
            session = LiveSession(lane(), clock, lambda: assembly.connect(lane(), connections, operator, clock))
            await opened.enter_async_context(session)
            assert await settle(session, 60.0), scenario
            late = [read for read in session.rollout.reads if read.outcome in (Outcome.TIMEOUT, Outcome.UNREACHABLE)]
            if not late:
                break
            await session.close()
        assert not late, f"{scenario}: this machine is too busy to judge by: {late}"
        reader, case = session.connected.objects, judged(session.knowledge, session.rollout.now)
        sources = Sources(reader.clusters, reader.gitea, session.connected.logs, session.redactor)
        policy = await read_policy(case, lane(), sources)
        about = follower_of(load_spec(), lane().target).object
        assert about is not None
        follower = await read_follower(reader.clusters["ci"], about, session.redactor)
        built = await session.build()
        return Ending(scenario, tuple(session.entries), session.rollout.now, built, policy, follower)
