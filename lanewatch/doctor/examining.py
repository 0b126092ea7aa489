"""Every system of a lane examined at once: one hung system costs its own rows and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.meter import Meter, metering
from lanewatch.clients.opening import PLANES, Clients
from lanewatch.doctor.around import examine_health, examine_registry, examine_upstream, health_probe
from lanewatch.doctor.check import Diagnosis, Examined, Sheet
from lanewatch.doctor.gitea import examine_gitea
from lanewatch.doctor.planes import PLANE_AUTHORITIES, examine_plane
from lanewatch.rollout.facts import ACTIONS, AUTHORITIES, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, Outcome
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.text import safe

SKEW_NOTED = 5.0  # seconds: beyond it durations across authorities are wide enough to mislead
SYSTEM_SECONDS = 25.0  # of one system's whole examination; below statusSeconds

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
    return Diagnosis(lane.target, tuple(examined), missing)


def _subjects(lane: Lane, known: Connections, clients: Clients) -> list[Subject]:
    subjects: list[Subject] = []
    gitea, registry, health = clients.gitea, clients.registry, known.health
    if gitea is not None and known.gitea is not None:
        address = known.gitea.url
        snapshots = lane.repository if known.snapshots is None else known.snapshots.repository
        asks = (MIRROR, ACTIONS, PLAN, PROVENANCE, GITOPS)
        subjects.append(
            Subject("gitea", lambda: address, asks, lambda sheet: examine_gitea(gitea, lane, address, snapshots, sheet))
        )
    if known.upstream is not None:
        base = known.upstream.url
        upstream = Upstream(clients.git, base, safe)
        subjects.append(
            Subject("upstream", lambda: base, (MIRROR,), lambda sheet: examine_upstream(upstream, lane, base, sheet))
        )
    subjects += [_plane(plane, lane, clients) for plane in PLANES if plane in clients.clusters]
    if registry is not None and known.registry is not None:
        host = known.registry.url
        subjects.append(
            Subject(
                "registry",
                lambda: host,
                (PROVENANCE, RUNTIME),
                lambda sheet: examine_registry(registry, lane, host, sheet),
            )
        )
    if health is not None:
        probe = health_probe(clients, health, lane)
        where = health.url or f"service {lane.runtime_namespace}/{health.service}:{health.port}"
        subjects.append(
            Subject("health", lambda: where, (RUNTIME,), lambda sheet: examine_health(probe, lane, health, sheet))
        )
    return subjects


def _plane(plane: str, lane: Lane, clients: Clients) -> Subject:
    cluster = clients.clusters[plane]

    def ask(sheet: Sheet) -> Awaitable[str]:
        return examine_plane(plane, cluster, lane, clients.gitea, sheet)

    return Subject(f"kubernetes.{plane}", lambda: cluster.host, PLANE_AUTHORITIES[plane], ask)


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
        sheet.note("clock", f"{distance:.0f} s {ahead} ours", "run an NTP client on both machines: timedatectl status")
    return skew.low, skew.high


def _to_add(authority: str) -> str:
    """What connections lack for an authority."""
    key = "kubernetes" if authority in {one for ones in PLANE_AUTHORITIES.values() for one in ones} else "gitea"
    return f"connections name no {key}: run lanewatch init, or see config/connections.example.yaml"
