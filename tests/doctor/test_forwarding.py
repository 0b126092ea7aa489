"""Doctor about a Gitea that is reached through the cluster: what lacks on the way, and the lines that mend it."""

from __future__ import annotations

from pathlib import Path

from lanewatch.doctor.check import Check, Sheet, Verdict
from lanewatch.doctor.forwarding import examine_forward
from lanewatch.doctor.remedies import ClusterPlace
from lanewatch.spec.connections import PortForwardConnection
from tests.clients.test_port_forward import FakeCluster, clients_of, pod

ASKED = PortForwardConnection(namespace="devops", service="gitea", port=80)


async def examined(cluster: FakeCluster, folder: Path, asked: PortForwardConnection = ASKED) -> tuple[bool, Check]:
    """Whether the way is open, and the last check about it."""
    sheet = Sheet()
    async with clients_of(cluster, folder) as clients:
        (forward,) = clients.forwards
        place = ClusterPlace("kubernetes", forward.cluster, folder / "kubeconfig")
        is_open = await examine_forward(forward, asked, place, sheet)
    return is_open, sheet.checks[-1]


async def test_a_way_that_is_open(tmp_path: Path) -> None:
    assert await examined(FakeCluster(), tmp_path) == (True, Check("pods/portforward in devops", Verdict.OK, "may get"))


async def test_the_right_that_lacks_is_told_with_both_verbs(tmp_path: Path) -> None:
    is_open, told = await examined(FakeCluster(refusal=403), tmp_path)
    assert (is_open, told.verdict) == (False, Verdict.FAILED)
    assert told.fix.splitlines()[1:] == [
        '- {apiGroups: [""], resources: ["pods/portforward"], verbs: [get, create]}',
        "kubectl -n devops create role lanewatch-pods-portforward --verb=get,create --resource=pods/portforward",
        "kubectl -n devops create rolebinding lanewatch-pods-portforward --role=lanewatch-pods-portforward"
        " --user=ops@example.org",
    ]


async def test_a_service_without_a_ready_pod_is_told_with_where_to_look(tmp_path: Path) -> None:
    is_open, told = await examined(FakeCluster(pods=[pod("gitea-0", ready=False)]), tmp_path)
    assert (is_open, told.says) == (False, "service devops/gitea has no ready Pod")
    assert told.fix.endswith("--context c -n devops get endpointslices,pods")
