"""What the kubeconfigs of a configuration lead to: kubectl rewrites them at will, mostly without a change of ours."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubeconfig import certificate_files, kubeconfig_files, read_access
from lanewatch.clients.opening import PLANES
from lanewatch.spec.connections import Connections
from lanewatch.watch.configuration import Reached


def reached(connections: Connections) -> Reached:
    """Tokens are left out: a client reads its own again when it is refused. No credential plugin is run."""
    known = connections.kubernetes
    clusters: dict[str, object] = {}
    failures: dict[str, str] = {}
    files: list[Path] = []
    for name in PLANES if known is not None else ():
        assert known is not None
        plane = known.plane(name)
        if plane.in_cluster:
            continue
        files += kubeconfig_files(plane.kubeconfig)
        try:
            access = read_access(plane.kubeconfig, plane.context, frozenset(known.exec_plugins))
        except ReadFailure as failure:
            failures[name] = failure.reason
            continue
        certificates = certificate_files(access)
        files += certificates
        who = access.credential.source.name() if access.credential else ""
        clusters[name] = (access.context, access.cluster, access.user, who, [_digest(file) for file in certificates])
    return Reached(clusters, failures, tuple(dict.fromkeys(files)))


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
