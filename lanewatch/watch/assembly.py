"""From a lane and its connections to what asks the outside: which authorities can be asked, and with which clients.

Nothing is asked here. What connections leave out has no authority: its row says `unconfigured` and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from platformdirs import user_cache_path, user_state_path

from lanewatch.authorities.actions import ActionsAuthority
from lanewatch.authorities.application import ApplicationAuthority, ApplicationReader
from lanewatch.authorities.artifacts import RunArtifacts
from lanewatch.authorities.ci_builds import CiBuilds
from lanewatch.authorities.gitops import GitopsAuthority
from lanewatch.authorities.health import AddressProbe, HealthProbe, ServiceProbe
from lanewatch.authorities.image_registry import ImageRegistry, image_repository
from lanewatch.authorities.interface import Authority
from lanewatch.authorities.mirror import MirrorAuthority
from lanewatch.authorities.papers import Papers
from lanewatch.authorities.plan import PlanAuthority
from lanewatch.authorities.provenance import ProvenanceAuthority
from lanewatch.authorities.reading import Witness
from lanewatch.authorities.snapshots import Snapshots
from lanewatch.authorities.tekton import TektonAuthority
from lanewatch.authorities.upstream import Upstream
from lanewatch.authorities.workload import WorkloadAuthority
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import installation_key
from lanewatch.clients.opening import Clients, open_clients
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    AUTHORITIES,
    GITOPS,
    MIRROR,
    OPERATOR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Correlation,
    Observation,
    Outcome,
)
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.watch.live import Connected
from lanewatch.watch.objects import ObjectReader
from lanewatch.watch.opener import Opener

NEEDED = {
    MIRROR: "gitea",
    ACTIONS: "gitea",
    PLAN: "gitea",
    PROVENANCE: "kubernetes or gitea",
    TEKTON: "kubernetes",
    GITOPS: "gitea",
    ARGO: "kubernetes",
    RUNTIME: "kubernetes",
}


def connect(lane: Lane, connections: Connections, operator: OperatorReport, clock: Clock) -> Connected:
    """Clients and authorities; `operator` becomes the first journal entry, with what is unconfigured filled in."""
    key = installation_key(user_state_path("lanewatch"))
    clients = open_clients(connections, clock, user_cache_path("lanewatch") / "git", fingerprint_key=key)
    making = _Making(lane, connections, clients, clock)
    authorities = making.all()
    asked = {authority.id for authority in authorities}
    missing = tuple((one, f"connections name no {NEEDED[one]}") for one in AUTHORITIES if one not in asked)
    first = Observation(
        OPERATOR, Correlation(), Outcome.OK, "", clock.now(), 0.0, report=replace(operator, unconfigured=missing)
    )
    logs = LogReader(clients.gitea, clients.clusters, clients.redactor)
    objects = ObjectReader(clients.gitea, clients.clusters, clients.redactor)

    async def close() -> None:
        logs.close()
        await making.close()

    return Connected(authorities, first, logs, objects, Opener(logs, objects, clock), close)


def configured_authorities(
    lane: Lane, connections: Connections, clients: Clients, clock: Clock
) -> tuple[Authority, ...]:
    """Those whose system connections name, in the order of the lane."""
    return _Making(lane, connections, clients, clock).all()


@dataclass(slots=True)
class _Making:
    """Makes each authority from what it shares with the others; None where connections leave its system out."""

    lane: Lane
    connections: Connections
    clients: Clients
    clock: Clock
    _papers: Papers | None = None

    def all(self) -> tuple[Authority, ...]:
        return tuple(one for authority in AUTHORITIES if (one := self.authority(authority)) is not None)

    async def close(self) -> None:
        """Close what was made here, then every client."""
        if self._papers is not None:
            await self._papers.close()
        await self.clients.close()

    def authority(self, authority: str) -> Authority | None:
        makers = {
            MIRROR: self.mirror,
            ACTIONS: self.actions,
            PLAN: self.plan,
            PROVENANCE: self.provenance,
            TEKTON: self.tekton,
            GITOPS: self.gitops,
            ARGO: self.argo,
            RUNTIME: self.runtime,
        }
        return makers[authority]()

    def witness(self, authority: str) -> Witness:
        return Witness(authority, self.clients.redactor)

    def papers(self) -> Papers | None:
        """Shared by actions, plan and provenance: one list of a run's artifacts serves all three."""
        gitea = self.clients.gitea
        if self._papers is None and gitea is not None:
            text = self.witness(PLAN).text
            artifacts = RunArtifacts(gitea, self.lane.workflow_repository, self.clock, text)
            self._papers = Papers(
                artifacts,
                self.clock,
                cluster=self.clients.clusters.get("ci"),
                registry=self.clients.registry,
                trusted_hosts=frozenset(self.connections.trusted_hosts),
            )
        return self._papers

    def application(self) -> ApplicationReader | None:
        """One for each who reads it: the list is shared, the news of it is each one's own."""
        cluster = self.clients.clusters.get("argo")
        return None if cluster is None else ApplicationReader(self.lane, cluster, self.clients.lists.for_reader())

    def mirror(self) -> Authority | None:
        gitea = self.clients.gitea
        if gitea is None:
            return None
        witness = self.witness(MIRROR)
        upstream = self.connections.upstream
        base = None if upstream is None else upstream.url
        named = self.connections.snapshots
        repository = self.lane.repository if named is None else named.repository
        prefixes = (self.lane.snapshot_ref_prefix, self.lane.stage_ref_prefix)
        snapshots = Snapshots(gitea, repository, prefixes)
        source = Upstream(self.clients.git, base, witness.text)
        return MirrorAuthority(self.lane, gitea, source, snapshots, self.clock, witness)

    def actions(self) -> Authority | None:
        gitea, papers = self.clients.gitea, self.papers()
        if gitea is None or papers is None:
            return None
        return ActionsAuthority(self.lane, gitea, papers.artifacts, self.clock, self.witness(ACTIONS))

    def plan(self) -> Authority | None:
        gitea, papers = self.clients.gitea, self.papers()
        if gitea is None or papers is None:
            return None
        return PlanAuthority(self.lane, gitea, papers, self.clock, self.witness(PLAN))

    def provenance(self) -> Authority | None:
        cluster, papers, registry = self.clients.clusters.get("ci"), self.papers(), self.clients.registry
        if cluster is None and papers is None:
            return None
        namespace = self.lane.pipeline_namespace
        return ProvenanceAuthority(
            self.lane,
            self.clock,
            self.witness(PROVENANCE),
            builds=None if cluster is None else CiBuilds(cluster, self.clients.lists.for_reader(), namespace),
            papers=papers,
            images=None if registry is None else ImageRegistry(registry, image_repository(self.lane)),
        )

    def tekton(self) -> Authority | None:
        cluster = self.clients.clusters.get("ci")
        if cluster is None:
            return None
        return TektonAuthority(self.lane, cluster, self.clients.lists.for_reader(), self.clock, self.witness(TEKTON))

    def gitops(self) -> Authority | None:
        if self.clients.gitea is None:
            return None
        git, application = self.clients.git, self.application()
        return GitopsAuthority(self.lane, self.clients.gitea, git, application, self.clock, self.witness(GITOPS))

    def argo(self) -> Authority | None:
        cluster, reader = self.clients.clusters.get("argo"), self.application()
        if cluster is None or reader is None:
            return None
        return ApplicationAuthority(self.lane, cluster, reader, self.clock, self.witness(ARGO))

    def runtime(self) -> Authority | None:
        cluster = self.clients.clusters.get("runtime")
        if cluster is None:
            return None
        return WorkloadAuthority(
            self.lane,
            cluster,
            self.clients.lists.for_reader(),
            self.clients.registry,
            self._probe(),
            self.clock,
            self.witness(RUNTIME),
        )

    def _probe(self) -> HealthProbe | None:
        health, path = self.connections.health, self.lane.health_path
        if health is None:
            return None
        if self.clients.health is not None:
            return AddressProbe(self.clients.health, path)
        cluster = self.clients.clusters.get("runtime")
        if cluster is None or health.service is None or health.port is None:
            return None
        return ServiceProbe(cluster, self.lane.runtime_namespace, health.service, health.port, health.scheme, path)
