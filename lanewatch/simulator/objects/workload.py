"""Deployments and ReplicaSets as their controllers write them (reference argo-k8s-oci 2)."""

from __future__ import annotations

from collections.abc import Mapping

from lanewatch.simulator.objects.meta import Object, condition, metadata
from lanewatch.simulator.world import Json

DEADLINE = 600  # progressDeadlineSeconds where nobody says another
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"  # of a ReplicaSet that was used again
SOURCE_COMMIT = "unidesk.pikapython.com/source-commit"


def template(name: str, image: str, commit: str) -> Object:
    """The Pod template of one gitops commit."""
    container = {
        "name": name,
        "image": image,
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 2},
        "imagePullPolicy": "IfNotPresent" if "@" in image else "Always",
    }
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": name}, "annotations": {SOURCE_COMMIT: commit}},
        "spec": {
            "containers": [container],
            "restartPolicy": "Always",
            "serviceAccountName": name,
            "terminationGracePeriodSeconds": 30,
        },
    }


def deployment(
    namespace: str, name: str, made_of: Json, replicas: int, annotations: Mapping[str, str], deadline: int = DEADLINE
) -> Object:
    """A Deployment that replaces its Pods one by one, before its controller has seen it."""
    labels = {"app.kubernetes.io/name": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(namespace, name, labels=labels, annotations=annotations),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": dict(made_of),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": deadline,
        },
        "status": {},
    }


def replica_set(owner: Json, template_hash: str, revision: int) -> Object:
    """The ReplicaSet of the Deployment's present template, still at 0."""
    meta, spec = owner["metadata"], owner["spec"]
    labels = {**spec["template"]["metadata"]["labels"], "pod-template-hash": template_hash}
    notes = {REVISION: str(revision), "deployment.kubernetes.io/desired-replicas": str(spec["replicas"])}
    inner = {**spec["template"], "metadata": {**spec["template"]["metadata"], "labels": labels}}
    name = f"{meta['name']}-{template_hash}"
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata(meta["namespace"], name, labels=labels, annotations=notes, owner=owner),
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": inner},
        "status": {"replicas": 0, "observedGeneration": 1},
    }


def counts(replicas: int, ready: int) -> Object:
    """A ReplicaSet's status; zero counts are left out, as the API does (None deletes in a patch)."""
    return {
        "replicas": replicas,
        "fullyLabeledReplicas": replicas or None,
        "readyReplicas": ready or None,
        "availableReplicas": ready or None,
    }


def rollout(generation: int, total: int, updated: int, ready: int, conditions: list[Object]) -> Object:
    """A Deployment's status; `ready` are also available."""
    return {
        "observedGeneration": generation,
        "replicas": total,
        "updatedReplicas": updated or None,
        "readyReplicas": ready or None,
        "availableReplicas": ready or None,
        "conditions": conditions,
    }


def conditions(
    available_since: str, progressing_since: str, updated: str, reason: str, message: str, *, progressing: str = "True"
) -> list[Object]:
    """Available and Progressing; only lastUpdateTime and reason of the latter move during a rollout."""
    available = condition(
        "Available", "True", available_since, "MinimumReplicasAvailable", "Deployment has minimum availability."
    )
    progress = condition("Progressing", progressing, progressing_since, reason, message)
    return [{**available, "lastUpdateTime": available_since}, {**progress, "lastUpdateTime": updated}]
