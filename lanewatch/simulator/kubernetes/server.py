"""The API server: paths to answers. It reads a world and refuses everything but reading."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.http import Handler, Request, Response, json_response, text_response
from lanewatch.simulator.http_messages import READS
from lanewatch.simulator.kubernetes import answers, resources
from lanewatch.simulator.kubernetes.lists import listed
from lanewatch.simulator.kubernetes.logs import PodLogs
from lanewatch.simulator.kubernetes.resources import RESOURCES, Resource
from lanewatch.simulator.kubernetes.selectors import named
from lanewatch.simulator.kubernetes.store import Store
from lanewatch.simulator.kubernetes.watches import watched
from lanewatch.simulator.world import HealthChange, World

VERSION = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.3",
    "gitCommit": "0f6c28a",
    "gitTreeState": "clean",
    "goVersion": "go1.26.1",
    "compiler": "gc",
    "platform": "linux/amd64",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may ask, and what the cluster refuses or lacks.

    token: the one bearer token that is let in. denied: resources answered with 403, by plural name; unwatched: those
    that may be listed and not watched ("*": none may); unlisted: those that may be read by name alone. absent: API
    groups whose CRDs are not installed.
    """

    token: str = field(repr=False)
    denied: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    unwatched: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()

    def refuse(self, resource: str, verb: str) -> bool:
        if resource in self.denied or (verb == "watch" and not self.unwatched.isdisjoint({resource, "*"})):
            return True
        return verb in ("list", "watch") and resource in self.unlisted


@dataclass(frozen=True, slots=True)
class _Cluster:
    store: Store
    logs: PodLogs
    health: Dated[str, HealthChange]
    clock: WorldClock
    rights: Rights
    health_path: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path names. `rest` is what follows a subresource."""

    resource: Resource
    namespace: str
    name: str
    below: str
    rest: str


def handler(world: World, clock: WorldClock, rights: Rights, *, health_path: str = "/health") -> Handler:
    """The API server of a world. health_path: what the service proxy finds behind the workload's Service."""
    served = tuple(item for item in RESOURCES if item.group not in rights.absent)
    health = Dated((change.at, "", change) for change in world.health)
    cluster = _Cluster(Store(world), PodLogs(world), health, clock, rights, health_path, served)

    async def respond(request: Request) -> Response:
        if not _admitted(request, rights.token):
            return answers.unauthorized()
        if request.method not in READS:
            return answers.refusal(405, f"the server does not allow the method {request.method} on this path")
        return _general(cluster, request) or _object(cluster, request)

    return respond


def _admitted(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _general(cluster: _Cluster, request: Request) -> Response | None:
    """Version, liveness and discovery; None for any other path."""
    parts = request.path.strip("/").split("/")
    if parts == ["version"]:
        return json_response(VERSION)
    if parts[0] in ("livez", "readyz", "healthz"):
        return text_response("ok", 200)
    if parts == ["api"]:
        return json_response(resources.api_versions())
    if parts == ["apis"]:
        return json_response(resources.api_groups(cluster.resources))
    group, version, left = _group(parts)
    if left:
        return None
    rows = resources.resource_list(cluster.resources, group, version)
    return json_response(rows) if rows else answers.no_such_path()


def _group(parts: Sequence[str]) -> tuple[str, str, list[str]]:
    """Group, version and what follows them; empty strings for a path that is no API path."""
    if parts[0] == "api" and len(parts) >= 2:
        return "", parts[1], list(parts[2:])
    if parts[0] == "apis" and len(parts) >= 3:
        return parts[1], parts[2], list(parts[3:])
    return "", "", []


def _target(cluster: _Cluster, path: str) -> _Target | None:
    group, version, left = _group(path.strip("/").split("/"))
    namespace = ""
    if left[:1] == ["namespaces"] and len(left) > 2:
        namespace, left = left[1], left[2:]
    plural, name, below, *rest = [*left, "", "", ""][:3] + left[3:]
    resource = resources.find(cluster.resources, group, version, plural)
    if resource is None or (below and below not in resource.subresources):
        return None
    return _Target(resource, namespace, name, below, "/".join(rest))


def _object(cluster: _Cluster, request: Request) -> Response:
    target = _target(cluster, request.path)
    if target is None or (target.resource.namespaced and target.name and not target.namespace):
        return answers.no_such_path()
    at = cluster.clock.at()
    cluster.store.advance(at)
    resource, name = target.resource, target.name or named(request.first("fieldSelector")) or ""
    verb = "get" if target.name else "watch" if request.first("watch") in ("true", "1") else "list"
    if cluster.rights.refuse(resource.name, verb):
        return answers.forbidden(resource, verb, target.namespace, name)
    if verb == "watch":
        return watched(request, cluster.store, cluster.clock, resource, target.namespace)
    if verb == "list":
        return listed(request, cluster.store, resource, target.namespace, at)
    if target.below == "proxy":
        return _proxied(cluster, target, at)
    whole = cluster.store.live().get((resource.api_version, resource.kind, target.namespace, target.name))
    if whole is None:
        return answers.no_such_object(resource, target.name)
    if target.below == "log":
        return cluster.logs.answer(request, whole, at, cluster.clock)
    return json_response(whole)


def _proxied(cluster: _Cluster, target: _Target, at: float) -> Response:
    """services/[SCHEME:]NAME[:PORT]/proxy/PATH: the workload's own answer, or why it could not be reached."""
    name = target.name.removeprefix("http:").split(":")[0]
    service = cluster.store.live().get(("v1", "Service", target.namespace, name))
    if service is None:
        return answers.no_such_object(target.resource, name)
    change = cluster.health.get("", at)
    if change is None or change.status == 0:
        where = service["spec"]["clusterIP"]
        return answers.refusal(503, f"error trying to reach service: dial tcp {where}: connect: connection refused")
    if "/" + target.rest != cluster.health_path:
        return text_response("404 page not found\n", 404)
    return Response(change.status, change.body, (("Content-Type", change.content_type),))
