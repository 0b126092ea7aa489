"""The product, whole but for the screen, on a served lane in a loop whose time jumps: before, during, after a fault."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from lanewatch.output.status_json import status_json
from lanewatch.output.status_text import status_text
from lanewatch.rollout.facts import Moment, Outcome, Quality
from lanewatch.rollout.freshness import Rest, thresholds_of
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.rollout import ENDED, Rollout
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.faults import FaultLayer
from lanewatch.simulator.serving import Served, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.watch import assembly
from lanewatch.watch.configuration import Configuration, Configured
from lanewatch.watch.demand import Demand
from lanewatch.watch.live import Connected, LiveSession
from tests.authorities.served_lane import lane
from tests.simulator.stories import START, told

SERVERS = ("gitea", "kubernetes", "registry", "health", "upstream")


class LaneClock:
    """The product's clocks: steady is the loop's time, wall the world's. Both can be pushed by a test."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._seconds = asyncio.get_running_loop().time  # read in other threads too
        self.slept = 0.0  # seconds that only `steady` counts: the machine was suspended
        self.stepped = 0.0  # seconds that only `wall` counts: somebody set the clock
        self.pushed = 0  # how often it was read since one of them was pushed

    def now(self) -> Moment:
        seconds = self._seconds()
        self.pushed += bool(self.slept or self.stepped)
        wall = START + timedelta(seconds=self._at + seconds + self.slept + self.stepped)
        return Moment(wall, 1000.0 + seconds + self.slept)


@dataclass
class FaultyLane:
    """One watched lane and what it showed."""

    served: Served
    world: World
    session: LiveSession
    layer: FaultLayer
    clock: LaneClock
    folder: Path
    pictures: list[Rollout] = field(default_factory=list)

    async def watch(self, seconds: float) -> None:
        """Look at the picture once a second."""
        for _ in range(int(seconds)):
            await asyncio.sleep(1)
            for task in self.session._tasks:
                assert not task.done(), task.exception()
            self.pictures.append(self.session.rollout)
            check(self.session.rollout)

    async def until(self, holds: Callable[[Rollout], bool], seconds: float) -> bool:
        """Whether it held within so many seconds."""
        for _ in range(int(seconds)):
            if holds(self.session.rollout):
                return True
            await self.watch(1)
        return holds(self.session.rollout)

    def lines(self, rollout: Rollout | None = None) -> list[str]:
        """What a person sees: the screen's lines, each finding on one, with servers' names for their addresses."""
        shown = rollout or self.session.rollout
        marks = {"error": "✘", "warning": "⚠", "info": "·"}
        findings = [f"{marks[finding.severity]} {finding.message}" for finding in shown.findings]
        own = [f"⚠ {self.session.trouble}"] if self.session.trouble else []
        return [self.named(line) for line in (*own, *findings, *status_text(shown).splitlines())]

    def named(self, line: str) -> str:
        """A line that is the same in every run."""
        for name in SERVERS:
            line = line.replace(getattr(self.served, name).removeprefix("http://"), name)
        line = line.replace(str(self.folder), "…")
        return re.sub(r"\s+", " ", line).strip()

    def standing(self) -> list[str]:
        """The stages and findings, without what grows with time: what a harmless fault must not change."""
        kept = [line for line in self.lines() if line[:1] in "✔✘◐⊘?·⚠"]
        return [re.sub(r"\d+\.\d", "n", line) for line in kept]

    def everything(self, rollout: Rollout) -> str:
        """Screen, JSON, reasons and facts as one text."""
        reads = [f"{read.authority}: {read.outcome} {read.reason}" for read in rollout.reads]
        facts = [
            f"{fact.name}: {fact.quality} {fact.value} {fact.reason}"
            for seen in self.session.knowledge.seen.values()
            for fact in seen.last.facts
        ]
        return "\n".join([*self.lines(rollout), status_json(rollout), *reads, *facts])


def check(rollout: Rollout) -> None:
    """What must hold in every picture, whatever happens: nothing old is shown without its mark."""
    ages = {read.authority: read.age_seconds for read in rollout.reads}
    ended = {stage.authority: stage.state in ENDED for stage in rollout.stages}
    for name, cell in rollout.fields.items():
        fact = cell.fact
        age = ages.get(fact.authority) if fact is not None else None
        if fact is None or age is None or fact.final or cell.quality not in (Quality.GOOD, Quality.ESTIMATED):
            continue
        limit = thresholds_of(fact.authority, Rest.LANE if ended.get(fact.authority, True) else Rest.NONE).ageing
        shown = cell.age_seconds if cell.age_seconds is not None else 0.0
        assert shown <= limit + 1, f"{name} is shown as {cell.quality} though it is {shown:.0f} s old"


def all_answer(rollout: Rollout) -> bool:
    return all(read.outcome in (Outcome.OK, Outcome.ABSENT) for read in rollout.reads)


class AttendedSession(LiveSession):
    """As if one more stage ran for ever: in a finished lane a fault would be met only after minutes."""

    def demand(self, authority: str) -> Demand:
        demand = super().demand(authority)
        return Demand.RESTING if demand is Demand.FINISHED else demand


@asynccontextmanager
async def faulty_lane(
    folder: Path,
    scenario: str = "build",
    at: float = 200.0,
    *,
    world: World | None = None,
    upstream: bool = False,
    attended: bool = True,
    change: Callable[[Connections, Served], Connections] = lambda connections, _: connections,
) -> AsyncIterator[FaultyLane]:
    """The lane of a scenario from its second `at` on, watched. `change` may point connections elsewhere.

    attended: see AttendedSession.
    """
    clock, layer = LaneClock(at), FaultLayer()
    world = world or told(scenario)
    worldly = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
    watched = lane()
    async with served(world, worldly, faults=layer, health_path=watched.health_path) as running:
        said = handover.connections(world, running, folder, watched.workload, watched.repository)
        if not upstream:
            del said["upstream"]  # git is a process of its own: real time for every poll
        file = folder / "connections.yaml"
        handover.write_whole(file, handover.as_yaml(said))

        def configured() -> Configured:
            connections = change(load_connections(file), running)
            operator = OperatorReport(
                connections.commit, "connections", connections.pushed_at, upstream_configured=upstream
            )

            def connect() -> Connected:
                return assembly.connect(watched, connections, operator, clock)

            return Configured(watched, connect, (), (file,))

        configuration = Configuration(configured(), configured)

        kind = AttendedSession if attended else LiveSession
        async with kind(watched, clock, configured().connect, configuration=configuration) as session:
            yield FaultyLane(running, world, session, layer, clock, folder)
