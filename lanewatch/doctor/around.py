"""What stands around the lane: the forge that is mirrored, the registry, and the workload's own health path."""

from __future__ import annotations

from lanewatch.authorities.health import AddressProbe, HealthProbe, ServiceProbe
from lanewatch.authorities.image_registry import image_repository
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.opening import Clients
from lanewatch.clients.registry import Registry
from lanewatch.doctor import remedies
from lanewatch.doctor.check import Sheet
from lanewatch.doctor.grants import grant
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connections import HealthConnection
from lanewatch.spec.lane import Lane

UNLIKELY_TAG = "lanewatch-doctor"  # a tag that no image has: that it is absent proves that manifests may be read


async def examine_upstream(upstream: Upstream, lane: Lane, address: str, sheet: Sheet) -> str:
    """Whether the head of the branch can be read by git."""
    general = remedies.general("upstream", address)

    def fix(failure: ReadFailure) -> str:
        if "not installed" in failure.reason:
            return "install git"
        if failure.outcome is Outcome.DENIED:
            return f"set upstream.credential to what may read {lane.repository} (user:password or a token)"
        if failure.outcome is Outcome.ABSENT:
            listing = f"git ls-remote {address}/{lane.repository}.git refs/heads/{lane.branch}"
            return f"correct upstream.url of connections.yaml, or the branch in the spec; this must tell it:\n{listing}"
        return general(failure)

    head = await sheet.read("may read the branch", upstream.head(lane.repository, lane.branch), fix)
    if head is not None:
        sheet.ok("may read the branch", f"{lane.repository} {lane.branch} at {head[:12]}")
    return ""


async def examine_registry(registry: Registry, lane: Lane, address: str, sheet: Sheet) -> str:
    """Whether manifests of the lane's image may be pulled."""
    repository = image_repository(lane)
    general = remedies.general("registry", address)
    name = f"may pull {repository}"
    if await sheet.read("reachable", _pinged(registry), general) is None:
        return ""
    sheet.ok("reachable", registry.host)
    try:
        await registry.resolve(repository, UNLIKELY_TAG)
    except ReadFailure as failure:
        if failure.outcome is Outcome.DENIED:
            fix = f"set registry.credential to user:password of an account that may pull {repository}"
            sheet.failed(name, failure.reason, fix, failure.outcome)
        elif failure.outcome is not Outcome.ABSENT:
            sheet.failed(name, failure.reason, general(failure), failure.outcome)
            return ""
        elif failure.status == 404:
            sheet.ok(name, "may pull")
        return ""
    sheet.ok(name, "may pull")
    return ""


async def _pinged(registry: Registry) -> bool:
    await registry.ping()
    return True


def health_probe(clients: Clients, known: HealthConnection, lane: Lane) -> HealthProbe | None:
    """As the runtime's authority asks; None when the way leads through a cluster that connections do not name."""
    if clients.health is not None:
        return AddressProbe(clients.health, lane.health_path)
    cluster = clients.clusters.get("runtime")
    if cluster is None or known.service is None or known.port is None:
        return None
    return ServiceProbe(cluster, lane.runtime_namespace, known.service, known.port, known.scheme, lane.health_path)


async def examine_health(
    probe: HealthProbe | None, place: remedies.ClusterPlace | None, lane: Lane, known: HealthConnection, sheet: Sheet
) -> str:
    """Whether the health path answers at all, and with what."""
    namespace = lane.runtime_namespace
    if probe is None:
        sheet.failed("answers", "health.service needs kubernetes in connections", "add kubernetes, or use health.url")
        return ""

    def fix(failure: ReadFailure) -> str:
        if failure.status == 403:
            return grant(("get",), "services/proxy", "", namespace, failure.reason).fix()
        if place is None:
            return remedies.general("health", str(known.url))(failure)
        if failure.outcome is Outcome.ABSENT:
            return f"correct health.service in connections.yaml to one of:\n{place.kubectl} -n {namespace} get services"
        if failure.status == 503:
            pods = f"{place.kubectl} -n {namespace} get service,endpointslices,pods"
            return f"no Pod of it answers at health.port {known.port}; see which ports and Pods it has:\n{pods}"
        return remedies.kubeconfig(place)(failure)

    answer = await sheet.read("answers", probe.ask(), fix)
    if answer is None:
        return ""
    if answer.status == 200:
        sheet.ok("answers", f"200 at {lane.health_path}")
    else:
        says = f"{answer.status} at {lane.health_path}"
        sheet.note("answers", says, "closeout.healthPath of the spec names the path; 200 is ok")
    return ""
