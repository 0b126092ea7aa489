"""The Argo CD Application as 3.x writes it: no status subresource, health without resources (appTree)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanewatch.simulator.objects.meta import Object, metadata
from lanewatch.simulator.world import Json

API = "argoproj.io/v1alpha1"
REFRESH = "argocd.argoproj.io/refresh"


def application(
    namespace: str, name: str, repository: str, branch: str, path: str, destination: Mapping[str, str]
) -> Object:
    """An Application with automated sync, before the controller has seen it."""
    return {
        "apiVersion": API,
        "kind": "Application",
        "metadata": metadata(namespace, name, labels={"app.kubernetes.io/part-of": "agentrun"}),
        "spec": {
            "project": "agentrun",
            "source": {"repoURL": repository, "path": path, "targetRevision": branch},
            "destination": dict(destination),
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
    }


def compared(spec: Json, status: str, revision: str) -> Object:
    """status.sync"""
    to = {"source": dict(spec["source"]), "destination": dict(spec["destination"])}
    return {"status": status, "revision": revision, "comparedTo": to}


def request(revision: str) -> Object:
    """.operation as auto-sync asks for it."""
    return {
        "sync": {"revision": revision, "prune": True},
        "initiatedBy": {"automated": True},
        "retry": {"limit": 5},
    }


def operation_state(
    spec: Json, revision: str, phase: str, message: str, started: str, rows: Sequence[Json], finished: str | None
) -> Object:
    """status.operationState; `rows` are syncResult.resources."""
    return {
        "operation": request(revision),
        "phase": phase,
        "message": message,
        "startedAt": started,
        "finishedAt": finished,
        "syncResult": {"revision": revision, "source": dict(spec["source"]), "resources": list(rows)},
    }


def managed(namespace: str, name: str, status: str) -> Object:
    """A row of status.resources: no health, because it lives in the app tree."""
    return {
        "group": "apps",
        "version": "v1",
        "kind": "Deployment",
        "namespace": namespace,
        "name": name,
        "status": status,
    }


def applied(namespace: str, name: str, image: str) -> Object:
    """A row of syncResult.resources."""
    return {
        **managed(namespace, name, "Synced"),
        "message": f"deployment.apps/{name} configured",
        "hookPhase": "Running",
        "syncPhase": "Sync",
        "images": [image],
    }


def deployed(number: int, spec: Json, revision: str, started: str, at: str) -> Object:
    """A row of status.history."""
    return {
        "id": number,
        "revision": revision,
        "deployStartedAt": started,
        "deployedAt": at,
        "source": dict(spec["source"]),
        "initiatedBy": {"automated": True},
    }
