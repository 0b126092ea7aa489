"""The planes that the spec keeps apart, as the cluster shows them: nodes, who may do what, what is exposed, the cache.

Everything here stands still; a story in which a rule of the spec is broken patches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lanewatch.simulator.names import LaneNames
from lanewatch.simulator.objects.meta import Object, condition, metadata
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import CI_NODES, RUNTIME_NODES

CONTROL_NODE = "jd01-control-1"
CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
INTERCEPTORS = "tekton-triggers-eventlistener-clusterroles"  # as a release of Tekton Triggers installs it
RBAC = "rbac.authorization.k8s.io"
TRIGGERS = "triggers.tekton.dev"
READING = ["get", "list", "watch"]


def planes(lane: Lane, at: float) -> None:
    """Put them into the cluster."""
    recorder = lane.recorder
    for name in (CONTROL_NODE, *CI_NODES, *RUNTIME_NODES):
        recorder.put(at, _node(name, recorder.stamp(at)))
    recorder.put(at, cache(lane.names))
    if lane.listener:
        for made in (listener_service(lane.names), listener_role(lane.names), *_bindings(lane.names)):
            recorder.put(at, made)


def builder_configuration(names: LaneNames) -> str:
    """The ConfigMap that the builder Job mounts."""
    return f"{names.pipeline}-builder"


def cache(names: LaneNames, *, gc: bool = True) -> Object:
    """The builder's configuration, with or without collection of its cache."""
    text = f'[worker.oci]\n  gc = {str(gc).lower()}\n  maxUsedSpace = "20GB"\n'
    meta = metadata(names.ci_namespace, builder_configuration(names))
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"buildkitd.toml": text}}


def listener_service(names: LaneNames) -> Object:
    """What Tekton Triggers makes for an EventListener: inside the cluster only."""
    selector = {"app.kubernetes.io/managed-by": "EventListener", "eventlistener": names.listener}
    ports = [{"name": "http-listener", "port": 8080, "protocol": "TCP", "targetPort": 8080}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(names.ci_namespace, f"el-{names.listener}", labels=selector),
        "spec": {"clusterIP": "10.43.88.12", "ports": ports, "selector": selector, "type": "ClusterIP"},
        "status": {"loadBalancer": {}},
    }


def listener_role(names: LaneNames, *more: Mapping[str, Any]) -> Object:
    """What the EventListener's account may do in its namespace, and `more` rules."""
    reads = {
        "apiGroups": [TRIGGERS],
        "resources": ["eventlisteners", "triggers", "triggerbindings", "triggertemplates", "interceptors"],
        "verbs": READING,
    }
    creates = {"apiGroups": ["tekton.dev"], "resources": ["pipelineruns"], "verbs": ["create"]}
    return _role("Role", metadata(names.ci_namespace, names.service_account), [reads, creates, *more])


def listener_ingress(names: LaneNames) -> Object:
    """A way in from outside the cluster, which no lane that keeps the rules has."""
    service = {"name": f"el-{names.listener}", "port": {"number": 8080}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(names.ci_namespace, "ci-hooks"),
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "hooks.example", "http": {"paths": [path]}}]},
        "status": {"loadBalancer": {}},
    }


def _bindings(names: LaneNames) -> list[Object]:
    account, namespace = names.service_account, names.ci_namespace
    reads = {"apiGroups": [TRIGGERS], "resources": ["clustertriggerbindings", "clusterinterceptors"], "verbs": READING}
    subjects = [{"kind": "ServiceAccount", "name": account, "namespace": namespace}]
    return [
        _role("ClusterRole", {"name": INTERCEPTORS}, [reads]),
        _binding("RoleBinding", metadata(namespace, account), ("Role", account), subjects),
        _binding("ClusterRoleBinding", {"name": f"{namespace}-{account}"}, ("ClusterRole", INTERCEPTORS), subjects),
    ]


def _role(kind: str, meta: Object, rules: Sequence[Mapping[str, Any]]) -> Object:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": meta, "rules": list(rules)}


def _binding(kind: str, meta: Object, role: tuple[str, str], subjects: list[dict[str, str]]) -> Object:
    ref = {"apiGroup": RBAC, "kind": role[0], "name": role[1]}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": meta, "roleRef": ref, "subjects": subjects}


def _node(name: str, since: str) -> Object:
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    taint = {"key": next(iter(CONTROL_PLANE)), "effect": "NoSchedule"}
    ready = condition("Ready", "True", since, "KubeletReady", "kubelet is posting ready status")
    first = name == CONTROL_NODE
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**labels, **(CONTROL_PLANE if first else {})}},
        "spec": {"taints": [taint]} if first else {},
        "status": {"conditions": [ready], "nodeInfo": {"kubeletVersion": "v1.36.3", "operatingSystem": "linux"}},
    }
