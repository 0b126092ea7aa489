"""Lists: selected, sorted, in pages that share one snapshot."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from lanewatch.simulator.http import Request, Response, json_response
from lanewatch.simulator.kubernetes.answers import refusal
from lanewatch.simulator.kubernetes.resources import Resource
from lanewatch.simulator.kubernetes.selectors import BadSelector, Matches, fields_match, labels_match
from lanewatch.simulator.kubernetes.store import Object, Store

TOKEN_SECONDS = 300.0  # etcd compacts every five minutes, and with it goes the snapshot of a continue token


def listed(request: Request, store: Store, resource: Resource, namespace: str, at: float) -> Response:
    """The objects of a resource, in a namespace or ("") everywhere."""
    try:
        fields = fields_match(request.first("fieldSelector"), resource.kind)
        labels = labels_match(request.first("labelSelector"))
        limit = int(request.first("limit") or 0)
        version, after = _continued(request.first("continue"), at)
    except BadSelector as problem:
        return refusal(400, f'Unable to find "{resource.called}" that match: {problem}')
    except _Expired:
        return refusal(410, "The provided continue parameter is too old to display a consistent list result.")
    except ValueError:
        return refusal(400, "continue key is not valid, or limit is not a number")
    version = store.version if version is None else version
    found = _found(store, resource, namespace, version, after, fields, labels)
    meta: dict[str, Any] = {"resourceVersion": str(version)}
    if limit and len(found) > limit:
        meta["continue"] = _token(version, found[limit - 1], at)
        if not request.first("fieldSelector") and not request.first("labelSelector"):
            meta["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    items = [_item(resource, whole) for whole in found]
    kind = {"kind": resource.kind + "List", "apiVersion": resource.api_version}
    return json_response({**kind, "metadata": meta, "items": items})


def _found(
    store: Store,
    resource: Resource,
    namespace: str,
    version: int,
    after: tuple[str, str],
    fields: Matches,
    labels: Matches,
) -> list[Object]:
    """By namespace and name, as etcd's keys order them."""
    kept = {
        place[2:]: whole
        for place, whole in store.live(version).items()
        if place[:2] == (resource.api_version, resource.kind) and place[2:] > after
    }
    mine = {place: whole for place, whole in kept.items() if not namespace or place[0] == namespace}
    return [mine[place] for place in sorted(mine) if fields(mine[place]) and labels(mine[place])]


def _item(resource: Resource, whole: Object) -> Mapping[str, Any]:
    """Built-in lists leave kind and apiVersion to the list; custom resources carry their own."""
    if not resource.builtin:
        return whole
    return {name: value for name, value in whole.items() if name not in ("kind", "apiVersion")}


class _Expired(Exception):
    pass


def _token(version: int, last: Object, at: float) -> str:
    meta = last["metadata"]
    place = [version, at, meta.get("namespace", ""), meta["name"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _continued(token: str, at: float) -> tuple[int | None, tuple[str, str]]:
    """The snapshot's version and the last key of a continue token. Raises _Expired, or ValueError when it is none."""
    if not token:
        return None, ("", "")
    try:
        version, given, namespace, name = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, TypeError) as problem:
        raise ValueError("not a continue token") from problem
    if at - float(given) > TOKEN_SECONDS:
        raise _Expired
    return int(version), (str(namespace), str(name))
