"""A recording behind a real API: what the cluster held at its end, asked by the product's own client and authority."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lanewatch.authorities.reading import Witness
from lanewatch.authorities.tekton import TektonAuthority
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import TEKTON
from lanewatch.simulator.http import serve
from lanewatch.simulator.kubernetes import Rights, handler
from lanewatch.simulator.world import ObjectChange
from lanewatch.spec.loading import load_spec
from lanewatch.watch.recording import CI_KINDS
from tests.clients.conftest import StillClock
from tests.recordings.reading import CHANGES
from tests.simulator.small_world import Steady, small_world

LANE = load_spec().lane()
TOKEN = "t" * 32


def left_at_the_end(recorded: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects that the server held at the end of a recording, each with its kind and apiVersion."""
    held: dict[str, dict[str, dict[str, Any]]] = {}
    for line in recorded:
        of_kind, told = held.setdefault(line["kind"], {}), line["object"]
        if line["type"] == "LIST":
            of_kind.clear()
            of_kind.update({item["metadata"]["uid"]: item for item in told.get("items") or []})
        elif line["type"] == "DELETED":
            of_kind.pop(told["metadata"]["uid"], None)
        elif line["type"] in CHANGES:
            of_kind[told["metadata"]["uid"]] = told
    return [_whole(kind, item) for kind, items in held.items() for item in items.values()]


def _whole(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    resource = CI_KINDS[kind]
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    return {**item, "kind": kind, "apiVersion": version}


@asynccontextmanager
async def authority_over(objects: Iterable[dict[str, Any]], folder: Path) -> AsyncIterator[TektonAuthority]:
    """The Tekton authority, with a cluster of its own on a socket that holds `objects`."""
    world = small_world(objects=tuple(ObjectChange(0.0, "ADDED", item) for item in objects))
    clock = Steady().clock()
    server = await serve(handler(world, clock, Rights(TOKEN)), clock, name="kubernetes")
    own = StillClock()
    lists = SharedLists(own)
    cluster = Cluster(_kubeconfig(server.url, folder), None, clock=own, key="kubernetes.ci")
    try:
        yield TektonAuthority(LANE, cluster, lists, own, Witness(TEKTON))
    finally:
        await lists.close()
        await cluster.close()
        await server.close()


def _kubeconfig(url: str, folder: Path) -> Path:
    file = folder / "kubeconfig"
    told = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
    }
    file.write_text(json.dumps(told))
    return file
