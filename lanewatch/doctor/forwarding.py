"""The way to a Gitea that only the cluster reaches: its Service, a ready Pod, the right to `pods/portforward`."""

from __future__ import annotations

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.native import PODS, SERVICES
from lanewatch.clients.port_forward import PortForward
from lanewatch.doctor.check import Sheet
from lanewatch.doctor.grants import grant
from lanewatch.doctor.remedies import ClusterPlace, kubeconfig
from lanewatch.doctor.rights import NOBODY, words_of
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connections import PortForwardConnection

RIGHT = "pods/portforward"
VERBS = ("get", "create")  # a GET by its method; from Kubernetes 1.35 on an upgrade of it asks for create as well


async def examine_forward(
    forward: PortForward, asked: PortForwardConnection, place: ClusterPlace, sheet: Sheet
) -> bool:
    """Whether the way is open; the right is tried on a Pod that nobody has: 404 says that it is granted."""
    name = f"{RIGHT} in {asked.namespace}"
    target = await sheet.read("portForward", forward.target(), lambda failure: _fix(failure, asked, place))
    if target is None:
        return False
    sheet.ok("portForward", f"service {asked.namespace}/{asked.service}:{asked.port} by Pod {target[0]}")
    path = f"{PODS.path(asked.namespace, NOBODY)}/portforward"
    answer = await sheet.read(name, place.cluster.get(path, [("ports", str(target[1]))]), kubeconfig(place))
    if answer is None:
        return False
    if answer.status == 403:
        fix = grant(VERBS, RIGHT, "", asked.namespace, await words_of(answer)).fix()
        sheet.failed(name, f"403: may not get {name}", fix, Outcome.DENIED)
        return False
    sheet.ok(name, "may get")
    return True


def _fix(failure: ReadFailure, asked: PortForwardConnection, place: ClusterPlace) -> str:
    if failure.status == 403:
        kind, verb = (SERVICES, "get") if SERVICES.name in failure.reason else (PODS, "list")
        return grant((verb,), kind.plural, kind.group, asked.namespace, "").fix()
    if failure.outcome is Outcome.ABSENT and "no ready Pod" in failure.reason:
        return f"see why its Pods are not ready:\n{place.kubectl} -n {asked.namespace} get endpointslices,pods"
    if failure.outcome is Outcome.ABSENT:
        listing = f"{place.kubectl} -n {asked.namespace} get services"
        return f"correct gitea.portForward in connections.yaml to one of:\n{listing}"
    return kubeconfig(place)(failure)
