"""A simulated lane behind real sockets, and the four authorities of its second half as the product makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lanewatch.authorities.application import ApplicationAuthority, ApplicationReader
from lanewatch.authorities.gitops import GitopsAuthority
from lanewatch.authorities.health import ServiceProbe
from lanewatch.authorities.reading import Witness
from lanewatch.authorities.tekton import TektonAuthority
from lanewatch.authorities.workload import WorkloadAuthority
from lanewatch.clients.opening import Clients, open_clients
from lanewatch.rollout.facts import ARGO, GITOPS, RUNTIME, TEKTON, Correlation, Fact, Observation
from lanewatch.simulator import handover
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.simulator.serving import Tokens, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from tests.authorities.served_lane import ServedClock, lane
from tests.simulator.small_world import START, Steady


@dataclass(frozen=True, slots=True)
class Watched:
    """One lane, and who asks it."""

    world: World
    steady: Steady
    tekton: TektonAuthority
    gitops: GitopsAuthority
    argo: ApplicationAuthority
    runtime: WorkloadAuthority

    @property
    def subject(self) -> Correlation:
        return Correlation(commit=self.world.commit)

    def move_to(self, at: float) -> None:
        """Let the world's objects be at that second."""
        self.steady.now = at

    def last(self, stage: str) -> dict[str, object]:
        """The facts that the ledger gives for the stage, all of its entries together."""
        return {key: value for entry in self.world.ledger if entry.stage == stage for key, value in entry.facts.items()}


@asynccontextmanager
async def lane_at(
    folder: Path,
    scenario: str,
    at: float | None = None,
    *,
    denied: frozenset[str] = frozenset(),
    absent: frozenset[str] = frozenset(),
) -> AsyncIterator[Watched]:
    """The scenario's lane at its second `at`, else after its end. `denied` plurals, `absent` API groups."""
    world = build_world(scenario, seed=1, start=START, repositories=folder / "repositories")
    steady = Steady(SCENARIOS[scenario].end + 5 if at is None else at)
    tokens = Tokens()
    rights = Rights(tokens.kubernetes, denied=denied, absent=absent)
    async with served(world, steady.clock(), tokens=tokens, rights=rights) as running:
        told = handover.connections(world, running, folder, lane().workload, lane().repository)
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(told))
        clock = ServedClock(steady)
        clients = open_clients(load_connections(folder / "connections.yaml"), clock, folder / "cache")
        try:
            yield _watched(world, steady, clients, clock)
        finally:
            await clients.close()


def _watched(world: World, steady: Steady, clients: Clients, clock: ServedClock) -> Watched:
    ci, argo, runtime = (clients.clusters[plane] for plane in ("ci", "argo", "runtime"))
    heard = {name: Witness(name, clients.redactor) for name in (TEKTON, GITOPS, ARGO, RUNTIME)}
    reader = ApplicationReader(lane(), argo, clients.lists)
    probe = ServiceProbe(runtime, lane().runtime_namespace, lane().workload, 8080, "http", lane().health_path)
    return Watched(
        world=world,
        steady=steady,
        tekton=TektonAuthority(lane(), ci, clients.lists, clock, heard[TEKTON]),
        gitops=GitopsAuthority(lane(), clients.gitea, clients.git, reader, clock, heard[GITOPS]),
        argo=ApplicationAuthority(lane(), argo, reader, clock, heard[ARGO]),
        runtime=WorkloadAuthority(lane(), runtime, clients.lists, clients.registry, probe, clock, heard[RUNTIME]),
    )


def fact(observation: Observation, name: str) -> Fact:
    """The fact of that name, which must be there."""
    found = observation.fact(name)
    assert found is not None, f"no fact {name} in {[one.name for one in observation.facts]}"
    return found
