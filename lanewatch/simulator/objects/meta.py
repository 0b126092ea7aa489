"""What all Kubernetes objects share: metadata, owners, conditions, and how one state becomes the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanewatch.simulator.world import Json

Object = dict[str, Any]


def key(made: Json) -> tuple[str, str, str, str]:
    """(apiVersion, kind, namespace, name)"""
    meta = made["metadata"]
    return made["apiVersion"], made["kind"], meta.get("namespace", ""), meta["name"]


def merged(whole: Json, change: Mapping[str, Any]) -> Object:
    """RFC 7386 merge patch: mappings merge, None deletes, everything else replaces. `whole` is left alone."""
    result: Object = dict(whole)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            below = result.get(name)
            result[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def metadata(
    namespace: str,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: Json | None = None,
) -> Object:
    """metadata before the API server adds uid, creationTimestamp and generation."""
    made: Object = {"name": name, "namespace": namespace}
    if labels:
        made["labels"] = dict(labels)
    if annotations:
        made["annotations"] = dict(annotations)
    if owner is not None:
        made["ownerReferences"] = [owner_reference(owner)]
    return made


def owner_reference(owner: Json) -> Object:
    """The controller reference to `owner`."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition(kind: str, status: str, since: str, reason: str = "", message: str | None = None) -> Object:
    """One status condition; empty reason and absent message are left out, as the API does."""
    made: Object = {"type": kind, "status": status, "lastTransitionTime": since}
    if reason:
        made["reason"] = reason
    if message is not None:
        made["message"] = message
    return made


def event(about: Json, name: str, at: str, component: str, reason: str, message: str, kind: str = "Normal") -> Object:
    """A core/v1 Event, count 1, seen at `at` (stamp)."""
    meta = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": meta["namespace"]},
        "involvedObject": {
            "kind": about["kind"],
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": about["apiVersion"],
        },
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
        "type": kind,
        "reportingComponent": component,
        "reportingInstance": "",
    }
