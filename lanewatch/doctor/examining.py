"""Every system of a lane examined at once: one hung system costs its own rows and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import Meter, metering
from lanewatch.clients.opening import PLANES, Clients, secret_source
from lanewatch.doctor.around import examine_health, examine_registry, examine_upstream, health_probe
from lanewatch.doctor.check import Diagnosis, Examined, Sheet
from lanewatch.doctor.forwarding import examine_forward
from lanewatch.doctor.gitea import GiteaPlace, examine_gitea
from lanewatch.doctor.planes import PLANE_AUTHORITIES, examine_plane
from lanewatch.doctor.remedies import ClusterPlace
from lanewatch.rollout.facts import ACTIONS, AUTHORITIES, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, Outcome
from lanewatch.spec.connections import Connections, KubernetesConnection, Plane, PortForwardConnection
from lanewatch.spec.lane import Lane
from lanewatch.text import safe

SKEW_NOTED = 5.0  # seconds: beyond it durations across authorities are wide enough to mislead
SYSTEM_SECONDS = 25.0  # of one system's whole examination; below statusSeconds

_HEALTH = "health: {service: %s, port: 8080}"

Examination = Callable[[Sheet], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Subject:
    """One system that can be examined."""

    system: str
    address: Callable[[], str]  # a cluster's is known once its kubeconfig has been read
    authorities: tuple[str, ...]
    examine: Examination


async def examine(lane: Lane, connections: Connections, clients: Clients) -> Diagnosis:
    """Ask every system that connections name. Never raises for the world's faults."""
    subjects = _subjects(lane, connections, clients)
    examined = await asyncio.gather(*(_examined(subject) for subject in subjects))
    asked = {authority for subject in subjects for authority in subject.authorities}
    missing = tuple((one, _to_add(one)) for one in AUTHORITIES if one not in asked)
    return Diagnosis(lane.target, (*examined, *_left_out(lane, connections)), missing)


def _left_out(lane: Lane, known: Connections) -> list[Examined]:
    """Sections that no authority stands or falls with, and what a lane without them cannot tell."""
    found: list[Examined] = []
    if known.health is None and known.kubernetes is not None:
        sheet = Sheet()
        fix = (
            f"add to connections.yaml the workload's Service, or its address as {{url: …}}:\n{_HEALTH % lane.workload}"
        )
        sheet.failed("configured", "connections name no health, which the lane's end needs", fix, Outcome.UNCONFIGURED)
        found.append(Examined("health", "", (RUNTIME,), tuple(sheet.checks), named=False))
    if known.upstream is None and known.gitea is not None:
        sheet = Sheet()
        says = "connections name no upstream: a mirror that is stuck is not seen as stuck"
        sheet.note(
            "configured", says, "add to connections.yaml the forge that is mirrored:\nupstream: {url: https://…}"
        )
        found.append(Examined("upstream", "", (), tuple(sheet.checks), named=False))
    if known.registry is None and known.kubernetes is not None:
        sheet = Sheet()
        says = "connections name no registry: members of an image index and attestations are not read"
        sheet.note("configured", says, f"add to connections.yaml:\nregistry: {{url: https://{_host(lane)}}}")
        found.append(Examined("registry", "", (), tuple(sheet.checks), named=False))
    return found


def _host(lane: Lane) -> str:
    return lane.registry_prefix.partition("/")[0]


def _subjects(lane: Lane, known: Connections, clients: Clients) -> list[Subject]:
    """In the order of the page: Gitea, what it follows, the clusters, what stands beside them."""
    found = [_gitea(lane, known, clients), _upstream(lane, known, clients)]
    found += [_plane(plane, lane, known, clients) for plane in PLANES if plane in clients.clusters]
    found += [_registry(lane, known, clients), _health(lane, known, clients)]
    return [subject for subject in found if subject is not None]


def _gitea(lane: Lane, known: Connections, clients: Clients) -> Subject | None:
    gitea, connection = clients.gitea, known.gitea
    if gitea is None or connection is None:
        return None
    token = "none given" if connection.token is None else secret_source(connection.token, known.secrets_root).name()
    snapshots = lane.repository if known.snapshots is None else known.snapshots.repository
    place = GiteaPlace(connection.url, token, snapshots)

    async def ask(sheet: Sheet) -> str:
        if connection.port_forward is not None and not await _forwarded(connection.port_forward, known, clients, sheet):
            return ""
        return await examine_gitea(gitea, lane, place, sheet)

    return Subject("gitea", lambda: connection.url, (MIRROR, ACTIONS, PLAN, PROVENANCE, GITOPS), ask)


async def _forwarded(asked: PortForwardConnection, known: Connections, clients: Clients, sheet: Sheet) -> bool:
    (forward,) = clients.forwards
    return await examine_forward(forward, asked, _place(asked.plane, forward.cluster, known), sheet)


def _upstream(lane: Lane, known: Connections, clients: Clients) -> Subject | None:
    if known.upstream is None:
        return None
    base = known.upstream.url
    upstream = Upstream(clients.git, base, safe)
    return Subject("upstream", lambda: base, (MIRROR,), lambda sheet: examine_upstream(upstream, lane, base, sheet))


def _registry(lane: Lane, known: Connections, clients: Clients) -> Subject | None:
    registry, connection = clients.registry, known.registry
    if registry is None or connection is None:
        return None
    base = connection.url
    return Subject(
        "registry", lambda: base, (PROVENANCE, RUNTIME), lambda sheet: examine_registry(registry, lane, base, sheet)
    )


def _health(lane: Lane, known: Connections, clients: Clients) -> Subject | None:
    health = known.health
    if health is None:
        return None
    probe, cluster = health_probe(clients, health, lane), clients.clusters.get("runtime")
    place = None if health.service is None or cluster is None else _place("runtime", cluster, known)
    where = health.url or f"service {lane.runtime_namespace}/{health.service}:{health.port}"
    return Subject("health", lambda: where, (RUNTIME,), lambda sheet: examine_health(probe, place, lane, health, sheet))


def _plane(plane: Plane, lane: Lane, known: Connections, clients: Clients) -> Subject:
    cluster = clients.clusters[plane]
    place = _place(plane, cluster, known)

    def ask(sheet: Sheet) -> Awaitable[str]:
        return examine_plane(plane, place, lane, clients.gitea, sheet)

    return Subject(f"kubernetes.{plane}", lambda: cluster.host, PLANE_AUTHORITIES[plane], ask)


def _place(plane: Plane, cluster: Cluster, known: Connections) -> ClusterPlace:
    kubernetes = known.kubernetes or KubernetesConnection()
    return ClusterPlace(kubernetes.place(plane), cluster, kubernetes.plane(plane).kubeconfig)


async def _examined(subject: Subject) -> Examined:
    sheet, version = Sheet(), ""
    with metering() as meter:
        try:
            async with asyncio.timeout(SYSTEM_SECONDS):
                version = await subject.examine(sheet)
        except TimeoutError:
            says = f"not done within {SYSTEM_SECONDS:g} s"
            sheet.failed("answers in time", says, "the system is too slow to be watched", Outcome.TIMEOUT)
        except ReadFailure as failure:  # a leaf that is not as documented, where no check names it
            sheet.failed("understood", failure.reason, "report it: the answer is not as documented", failure.outcome)
    address = subject.address()
    host = urlsplit(address).netloc or address
    skew = _say_clock(host, meter, sheet)
    own = [one for one in meter.exchanges if one.host == host and one.status is not None]
    latency = min((one.finished - one.started for one in own), default=None)
    return Examined(
        system=subject.system,
        address=address,
        authorities=subject.authorities,
        checks=tuple(sheet.checks),
        version=version,
        latency=latency,
        skew=skew,
        requests=len(meter.exchanges),
    )


def _say_clock(host: str, meter: Meter, sheet: Sheet) -> tuple[float, float] | None:
    """The bounds of the host's clock; far off is worth a note, for every duration across clocks widens by it."""
    skew = meter.skew(host)
    if skew is None:
        return None
    distance = max(skew.low, -skew.high, 0.0)
    if distance > SKEW_NOTED:
        ahead = "ahead of" if skew.low > 0 else "behind"
        sheet.note(
            "clock",
            f"{distance:.0f} s {ahead} ours",
            "run an NTP client on both machines; what it says:\ntimedatectl status",
        )
    return skew.low, skew.high


def _to_add(authority: str) -> str:
    """What connections lack for an authority."""
    key = "kubernetes" if authority in {one for ones in PLANE_AUTHORITIES.values() for one in ones} else "gitea"
    return f"connections name no {key}: run lanewatch init, or see config/connections.example.yaml"
