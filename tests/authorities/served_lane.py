"""A whole simulated lane behind real sockets, and the four authorities of its first half as the product makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lanewatch.authorities.actions import ActionsAuthority
from lanewatch.authorities.artifacts import RunArtifacts
from lanewatch.authorities.ci_builds import CiBuilds
from lanewatch.authorities.image_registry import ImageRegistry, image_repository
from lanewatch.authorities.mirror import MirrorAuthority
from lanewatch.authorities.papers import Papers
from lanewatch.authorities.plan import PlanAuthority
from lanewatch.authorities.provenance import ProvenanceAuthority
from lanewatch.authorities.reading import Witness
from lanewatch.authorities.snapshots import Snapshots
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.opening import Clients, open_clients
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, PROVENANCE, Fact, Moment, Observation
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.scenarios import build_world
from lanewatch.simulator.serving import Served, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from tests.simulator.small_world import START, Steady


@cache
def lane() -> Lane:
    """The lane of the given spec, with the site values of the clone."""
    return load_spec().lane()


class ServedClock:
    """The product's clocks at the world's second; each reading moves `steady`, so that no answer is shared by age."""

    def __init__(self, steady: Steady) -> None:
        self._world = WorldClock(START, 0.0, 0.0, 1.0, steady)
        self._readings = 0

    def now(self) -> Moment:
        self._readings += 1
        return Moment(self._world.wall(), 1000.0 + self._readings)


@dataclass(frozen=True, slots=True)
class Watched:
    """One lane at one second, and who asks it."""

    world: World
    steady: Steady
    served: Served
    clients: Clients
    mirror: MirrorAuthority
    actions: ActionsAuthority
    plan: PlanAuthority
    provenance: ProvenanceAuthority

    @property
    def commit(self) -> str:
        assert self.world.commit is not None
        return self.world.commit

    def move_to(self, at: float) -> None:
        """Let the world be at that second (refs on disk stay where they were)."""
        self.steady.now = at


@asynccontextmanager
async def lane_at(
    folder: Path, scenario: str, at: float, *, gitea_version: str = "1.26.3", **changes: Any
) -> AsyncIterator[Watched]:
    """The scenario's lane at its second `at`. `changes` go to the lane (a snapshot prefix, a branch …)."""
    world = build_world(scenario, seed=1, start=START, repositories=folder / "repositories")
    steady = Steady(at)
    watched_lane = replace(lane(), **changes)
    async with served(world, steady.clock(), gitea_version=gitea_version) as running:
        told = handover.connections(world, running, folder, watched_lane.workload, watched_lane.repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        clients = open_clients(load_connections(folder / "connections.yaml"), ServedClock(steady), folder / "cache")
        try:
            yield _watched(world, steady, running, clients, watched_lane)
        finally:
            await clients.close()


def _watched(world: World, steady: Steady, running: Served, clients: Clients, watched: Lane) -> Watched:
    clock, gitea, registry = ServedClock(steady), clients.gitea, clients.registry
    assert gitea is not None
    assert registry is not None
    heard = {name: Witness(name, clients.redactor) for name in (MIRROR, ACTIONS, PLAN, PROVENANCE)}
    artifacts = RunArtifacts(gitea, watched.workflow_repository, clock, heard[PLAN].text)
    papers = Papers(artifacts, clock, cluster=clients.clusters["ci"], registry=registry)
    prefixes = (watched.snapshot_ref_prefix, watched.stage_ref_prefix)
    return Watched(
        world=world,
        steady=steady,
        served=running,
        clients=clients,
        mirror=MirrorAuthority(
            watched,
            gitea,
            Upstream(clients.git, running.upstream, heard[MIRROR].text),
            Snapshots(gitea, watched.repository, prefixes),
            clock,
            heard[MIRROR],
        ),
        actions=ActionsAuthority(watched, gitea, artifacts, clock, heard[ACTIONS]),
        plan=PlanAuthority(watched, gitea, papers, clock, heard[PLAN]),
        provenance=ProvenanceAuthority(
            watched,
            clock,
            heard[PROVENANCE],
            builds=CiBuilds(clients.clusters["ci"], clients.lists, watched.pipeline_namespace),
            papers=papers,
            images=ImageRegistry(registry, image_repository(watched)),
        ),
    )


def fact(observation: Observation, name: str) -> Fact:
    """The fact of that name, which must be there."""
    found = observation.fact(name)
    assert found is not None, f"no fact {name} in {[one.name for one in observation.facts]}"
    return found
