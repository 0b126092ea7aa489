"""What need not be asked: contexts that hold the lane's objects, the mirrored forge, the registry, the Service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import Credential
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.clients.kubeconfig import read_access
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import (
    APPLICATIONS,
    DEPLOYMENTS,
    PIPELINE_RUNS,
    SERVICES,
    Resource,
    read_list,
    read_object,
)
from lanewatch.clients.shape import objects, optional
from lanewatch.doctor.first_file import Contexts
from lanewatch.spec.lane import Lane

CONTEXT_LIMIT = 8  # of a kubeconfig that may name hundreds; the current one is tried first


@dataclass(frozen=True, slots=True)
class Held:
    """Which planes of the lane one context holds."""

    context: str
    planes: frozenset[str]


async def contexts_of(
    lane: Lane, kubeconfig: Path | None, names: Iterable[str], clock: Clock, plugins: tuple[str, ...] = ()
) -> Contexts:
    """The context of each plane, found by the lane's own objects; the current one where nothing is found."""
    tried = list(names)[:CONTEXT_LIMIT]
    held = await asyncio.gather(*(_held(lane, _cluster(kubeconfig, name, clock, plugins), name) for name in tried))
    planes = {
        plane: next((one.context for one in held if plane in one.planes), "") for plane in ("ci", "argo", "runtime")
    }
    found = [name for name in planes.values() if name]
    default = max(found, key=found.count) if found else (tried[0] if tried else "")
    return Contexts(str(kubeconfig or ""), default, planes, plugins)


def _cluster(kubeconfig: Path | None, context: str | None, clock: Clock, plugins: tuple[str, ...]) -> Cluster:
    access = partial(read_access, kubeconfig, context, frozenset(plugins))
    return Cluster(kubeconfig, context, clock=clock, key="kubernetes", access=access)


async def _held(lane: Lane, cluster: Cluster, context: str) -> Held:
    wanted = (
        ("argo", APPLICATIONS, lane.argo_namespace, lane.application),
        ("runtime", DEPLOYMENTS, lane.runtime_namespace, lane.workload),
    )
    try:
        there = await asyncio.gather(
            *(_exists(cluster, resource, namespace, name) for _, resource, namespace, name in wanted),
            _has_runs(cluster, lane),
        )
    finally:
        await cluster.close()
    planes = ("argo", "runtime", "ci")
    return Held(context, frozenset(plane for plane, found in zip(planes, there, strict=True) if found))


async def _exists(cluster: Cluster, resource: Resource, namespace: str, name: str) -> bool:
    try:
        await read_object(cluster, resource, namespace, name)
    except ReadFailure:
        return False
    return True


async def _has_runs(cluster: Cluster, lane: Lane) -> bool:
    """A namespace that does not exist lists nothing: one run at least must be there."""
    try:
        return bool((await read_list(cluster, PIPELINE_RUNS, lane.pipeline_namespace)).items)
    except ReadFailure:
        return False


async def mirrored_forge(gitea: Gitea, lane: Lane) -> str:
    """The base of the forge that the mirror follows, "" where Gitea does not tell. Raises ReadFailure."""
    repository = await gitea.repository(lane.repository)
    address = optional(repository, "original_url", str) or ""
    base, _, _ = address.removesuffix(".git").removesuffix("/").rpartition(f"/{lane.repository}")
    parts = urlsplit(base)
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and not parts.query
    return base if plain else ""


async def registry_address(lane: Lane, clock: Clock) -> str:
    """The registry of the spec's registryPrefix, if it answers from here: https first. "" if not."""
    host = lane.registry_prefix.partition("/")[0]
    for scheme in ("https", "http"):
        try:
            origin = Origin(f"{scheme}://{host}", clock=clock)
        except ValueError:
            return ""
        try:
            if (await origin.get("/v2/", total=3.0)).status in (200, 401):
                return f"{scheme}://{host}"
        except ReadFailure:
            continue
        finally:
            await origin.close()
    return ""


async def workload_service(lane: Lane, contexts: Contexts, clock: Clock) -> tuple[str, int]:
    """Name and port of the Service that is called as the workload, else of the only one; ("", 0) if none is seen."""
    kubeconfig = Path(contexts.kubeconfig) if contexts.kubeconfig else None
    context = contexts.planes.get("runtime") or contexts.default or None
    cluster = _cluster(kubeconfig, context, clock, contexts.plugins)
    try:
        services = (await read_list(cluster, SERVICES, lane.runtime_namespace)).items
        called = [one for one in services if optional(one, "metadata.name", str) == lane.workload]
        found = called or (list(services) if len(services) == 1 else [])
        if not found:
            return "", 0
        port = next((number for one in objects(found[0], "spec.ports") if (number := optional(one, "port", int))), 0)
        return (optional(found[0], "metadata.name", str) or "", port) if port else ("", 0)
    except ReadFailure:
        return "", 0
    finally:
        await cluster.close()


def gitea_at(url: str, token: Credential | None, clock: Clock) -> tuple[Gitea, Origin]:
    """A client for discovery; close the origin. Raises ValueError for an address that is none."""
    origin = Origin(url, clock=clock, authorization=token, ca_key="gitea.ca", credential_key="gitea.token")
    return Gitea(origin), origin
