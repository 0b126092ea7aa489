"""batch/v1 Jobs and the metadata of their Pods (reference tekton 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanewatch.simulator.objects.meta import Object, metadata
from lanewatch.simulator.world import Json


def job(
    namespace: str,
    name: str,
    labels: Mapping[str, str],
    container: Json,
    owner: Json | None,
    volumes: Sequence[Json] = (),
) -> Object:
    """A Job of one Pod that is tried once and kept for an hour."""
    spec = {
        "restartPolicy": "Never",
        "containers": [dict(container)],
        **({"volumes": list(volumes)} if volumes else {}),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(namespace, name, labels=labels, owner=owner),
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": 600,
            "ttlSecondsAfterFinished": 3600,
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": spec,
            },
        },
        "status": {},
    }


def pod_metadata(owner: Json, suffix: str) -> Object:
    """Metadata of the Job's Pod."""
    meta = owner["metadata"]
    labels = {
        **owner["spec"]["template"]["metadata"]["labels"],
        "batch.kubernetes.io/controller-uid": meta["uid"],
        "batch.kubernetes.io/job-name": meta["name"],
        "controller-uid": meta["uid"],
        "job-name": meta["name"],
    }
    made = metadata(meta["namespace"], f"{meta['name']}-{suffix}", labels=labels, owner=owner)
    return {**made, "generateName": meta["name"] + "-", "finalizers": ["batch.kubernetes.io/job-tracking"]}


def ended(kind: str, since: str, reason: str, message: str) -> Object:
    """A Job condition that is True."""
    return {
        "type": kind,
        "status": "True",
        "lastProbeTime": since,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
