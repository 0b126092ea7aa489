"""What stands around a lane and does not move: namespaces, controllers, the Service, the EventListener, a follower."""

from __future__ import annotations

import json

from lanewatch.simulator.objects.meta import Object, metadata
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.planes import planes

FOUNDED = -30 * 86400.0
CLUSTER_IP = "10.43.17.80"
TEKTON_NAMESPACE = "tekton-pipelines"
TEKTON_VERSIONS = {"pipelines-info": "v1.15.0", "triggers-info": "v0.37.0"}
ARGO_IMAGE = "quay.io/argoproj/argocd:v3.4.2"
FOLLOWER = "branch-follower-agentrun-jd01-v02"


def surroundings(lane: Lane) -> None:
    """Put them into the cluster."""
    names = lane.names
    for name in sorted(
        {"devops-infra", TEKTON_NAMESPACE, names.ci_namespace, names.argo_namespace, names.runtime_namespace}
    ):
        lane.recorder.put(FOUNDED, _namespace(name))
    for name, version in TEKTON_VERSIONS.items():
        lane.recorder.put(FOUNDED, _release(name, version))
    lane.recorder.put(FOUNDED, _argo_server(names.argo_namespace))
    lane.recorder.put(FOUNDED, _service(lane))
    if lane.listener:
        lane.recorder.put(FOUNDED, _listener(lane))
    lane.recorder.put(FOUNDED, _follower(lane))
    planes(lane, FOUNDED)


def _namespace(name: str) -> Object:
    meta = {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta, "status": {"phase": "Active"}}


def _release(name: str, version: str) -> Object:
    """What Tekton installs for every user to read: which release it is."""
    meta = metadata(TEKTON_NAMESPACE, name, labels={"app.kubernetes.io/part-of": TEKTON_NAMESPACE})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"version": version}}


def _argo_server(namespace: str) -> Object:
    labels = {"app.kubernetes.io/name": "argocd-server", "app.kubernetes.io/part-of": "argocd"}
    pod = {"containers": [{"name": "argocd-server", "image": ARGO_IMAGE}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(namespace, "argocd-server", labels=labels),
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"spec": pod}},
        "status": {"readyReplicas": 1, "replicas": 1},
    }


def _service(lane: Lane) -> Object:
    name, selector = lane.names.workload, {"app.kubernetes.io/name": lane.names.workload}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(lane.names.runtime_namespace, name, labels=selector),
        "spec": {
            "clusterIP": CLUSTER_IP,
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP", "targetPort": "http"}],
            "selector": selector,
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }


def _listener(lane: Lane) -> Object:
    names = lane.names
    host = f"el-{names.listener}.{names.ci_namespace}.svc.cluster.local"
    meta = metadata(names.ci_namespace, names.listener)
    return {
        "apiVersion": "triggers.tekton.dev/v1beta1",
        "kind": "EventListener",
        "metadata": {**meta, "uid": lane.recorder.uid("EventListener", names.listener)},
        "spec": {
            "serviceAccountName": names.service_account,
            "triggers": [{"name": "actions-dispatch", "template": {"ref": names.pipeline}}],
        },
        "status": {
            "address": {"url": f"http://{host}:8080"},
            "configuration": {"generatedName": f"el-{names.listener}"},
            "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": lane.recorder.stamp(FOUNDED)},
            ],
        },
    }


def _follower(lane: Lane) -> Object:
    """The deprecated branch follower's status: it stopped observing when the lane took over."""
    said = {
        "observedCommit": lane.head,
        "phase": "Idle",
        "lastRunSeconds": 105.7,
        "updatedAt": lane.recorder.stamp(-9 * 86400.0),
    }
    meta = metadata(lane.names.ci_namespace, FOLLOWER)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"status": json.dumps(said)}}
