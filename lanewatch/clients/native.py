"""Native Kubernetes objects: which kinds are read, how one, a list, a log and a service are asked for.

Everything is a plain JSON object as the API server serves it. Reasons name the verb, the resource and the namespace,
because that is what a Role has to grant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.failures import refuse_status
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.shape import JsonObject, field, objects, optional
from lanewatch.rollout.facts import Moment, Outcome
from lanewatch.text import clean

PAGE = 500
PAGE_LIMIT = 20  # 10,000 objects of one kind behind one selector: no lane
LIST_CAP = 32 << 20  # bytes per page: an object is at most 1.5 MiB in etcd, typically 10 kB
LIST_SECONDS = 10.0
LOG_CAP = 16 << 20  # bytes of one log read
HEALTH_CAP = 1 << 20
_LIST_CHANGED = 410  # the continue token outlived its snapshot


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind in one API version. `product` names what installs its CRD, "" for built-in kinds."""

    group: str  # "" is the core group
    version: str
    plural: str
    product: str = ""

    @property
    def name(self) -> str:
        """As RBAC and kubectl write it: "pods", "pipelineruns.tekton.dev"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str, name: str = "") -> str:
        """Of all objects of the kind, or of one; `namespace` is "" for a kind that belongs to none."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{quote(namespace)}" if namespace else ""
        tail = f"/{quote(name)}" if name else ""
        return f"{root}{place}/{self.plural}{tail}"


PIPELINE_RUNS = Resource("tekton.dev", "v1", "pipelineruns", "Tekton")
TASK_RUNS = Resource("tekton.dev", "v1", "taskruns", "Tekton")
APPLICATIONS = Resource("argoproj.io", "v1alpha1", "applications", "Argo CD")
JOBS = Resource("batch", "v1", "jobs")
DEPLOYMENTS = Resource("apps", "v1", "deployments")
REPLICA_SETS = Resource("apps", "v1", "replicasets")
PODS = Resource("", "v1", "pods")
EVENTS = Resource("", "v1", "events")
CONFIG_MAPS = Resource("", "v1", "configmaps")
SERVICES = Resource("", "v1", "services")
EVENT_LISTENERS = Resource("triggers.tekton.dev", "v1beta1", "eventlisteners", "Tekton Triggers")


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete list at one resource version."""

    items: tuple[JsonObject, ...]
    resource_version: str
    read_at: Moment
    host: str
    raw_digest: str  # sha256 over the pages' bytes


async def server_version(cluster: Cluster) -> str:
    """GET /version: "v1.36.3"."""
    answer = await cluster.get("/version")
    refuse_status(
        answer, denied="may not read /version", absent="no Kubernetes API here", token_key=cluster.credential_key
    )
    return field(await answer.json_object(), "gitVersion", str)


async def read_object(cluster: Cluster, resource: Resource, namespace: str, name: str) -> JsonObject:
    """GET one object. Raises ReadFailure `absent`, `denied` (naming the right that lacks), `unsupported` (no CRD)."""
    answer = await cluster.get(resource.path(namespace, name), cap=LIST_CAP)
    if answer.status == 404 and not await _is_status(answer):
        raise _no_such_api(resource, answer)
    absent = f"no {resource.name} {namespace}/{name}" if namespace else f"no {resource.name} {name}"
    denied = await _denied(answer, "get", resource, namespace)
    refuse_status(answer, denied=denied, absent=absent, token_key=cluster.credential_key)
    return await answer.json_object()


async def read_list(
    cluster: Cluster, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
) -> Listing:
    """LIST with selectors, all pages of one snapshot. Raises ReadFailure `denied`, `unsupported` (no CRD), `invalid`.

    A list that expired between its pages is asked for once more, in one piece.
    """
    selectors = [("labelSelector", labels), ("fieldSelector", fields)]
    query = [(key, value) for key, value in selectors if value]
    for limit in ([("limit", str(PAGE))], []):
        listing = await _all_pages(cluster, resource, namespace, [*query, *limit])
        if listing is not None:
            return listing
    raise ReadFailure(Outcome.ERROR, f"{resource.name} in {namespace}: list expired twice while paging")


async def pod_log(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    *,
    tail: int | None = None,
    since: str | None = None,
    timestamps: bool = True,
    previous: bool = False,
) -> bytes:
    """GET the log of one container, once: `tail` lines, or from `since` (RFC 3339, whole seconds) on; else all of it.

    Bytes are arbitrary. Raises ReadFailure `absent` with the server's words while the container has not started.
    """
    query = [("container", container), ("timestamps", str(timestamps).lower()), ("previous", str(previous).lower())]
    query += [("tailLines", str(tail))] if tail is not None else []
    query += [("sinceTime", since)] if since is not None else []
    query += [("limitBytes", str(LOG_CAP))]
    path = f"{PODS.path(namespace, pod)}/log"
    answer = await cluster.get(path, query, accept="*/*", cap=LOG_CAP + 4096, total=LIST_SECONDS)
    if answer.status == 400:
        reason = f"no log yet: {await _status_message(answer)}"
        raise ReadFailure(Outcome.ABSENT, reason, status=400)
    denied = f"may not get pods/log in namespace {namespace}"
    refuse_status(answer, denied=denied, absent=f"no pod {namespace}/{pod}", token_key=cluster.credential_key)
    return answer.body


async def service_get(
    cluster: Cluster, namespace: str, service: str, port: str, path: str, scheme: str = "http"
) -> Answer:
    """GET a path of a service through the API server's proxy; the workload's own status is the Answer's.

    Raises ReadFailure when the API server itself refuses: `denied`, `absent`, `error` (no ready endpoints).
    """
    name = f"{service}:{port}" if scheme == "http" else f"{scheme}:{service}:{port}"
    target = f"/api/v1/namespaces/{quote(namespace)}/services/{quote(name, safe=':')}/proxy/{path.lstrip('/')}"
    answer = await cluster.get(target, accept="*/*", cap=HEALTH_CAP)
    if answer.status >= 400 and await _is_status(answer):
        if answer.status == 503:
            reason = f"service {namespace}/{service}: {await _status_message(answer)}"
            raise ReadFailure(Outcome.ERROR, reason, status=503)
        denied = f"may not get services/proxy in namespace {namespace}"
        refuse_status(
            answer, denied=denied, absent=f"no service {namespace}/{service}", token_key=cluster.credential_key
        )
    return answer


async def _all_pages(
    cluster: Cluster, resource: Resource, namespace: str, query: Sequence[tuple[str, str]]
) -> Listing | None:
    """None when the server says that the snapshot expired between two pages."""
    items: list[JsonObject] = []
    digest = hashlib.sha256()
    token = ""
    for _ in range(PAGE_LIMIT):
        paged = [*query, *([("continue", token)] if token else [])]
        answer = await cluster.get(resource.path(namespace), paged, cap=LIST_CAP, total=LIST_SECONDS)
        if answer.status == _LIST_CHANGED and token:
            return None
        page = await _page(cluster, resource, namespace, answer)
        items += objects(page, "items")
        digest.update(answer.body)
        token = optional(page, "metadata.continue", str) or ""
        if not token:
            version = optional(page, "metadata.resourceVersion", str) or ""
            return Listing(tuple(items), version, answer.read_at, answer.host, digest.hexdigest())
    raise ReadFailure(Outcome.INVALID, f"{resource.name} in {namespace}: over {PAGE * PAGE_LIMIT} objects")


async def _page(cluster: Cluster, resource: Resource, namespace: str, answer: Answer) -> JsonObject:
    if answer.status == 404:
        raise _no_such_api(resource, answer)
    denied = await _denied(answer, "list", resource, namespace)
    refuse_status(answer, denied=denied, absent=f"no {resource.name}", token_key=cluster.credential_key)
    return await answer.json_object()


def _no_such_api(resource: Resource, answer: Answer) -> ReadFailure:
    what = f"no {resource.product} CRDs in this cluster" if resource.product else "no such API in this cluster"
    return ReadFailure(Outcome.UNSUPPORTED, f"404: {what} ({resource.name} {resource.version}): {answer.host}")


async def _denied(answer: Answer, verb: str, resource: Resource, namespace: str) -> str:
    """The right that lacks; where the server took us for nobody it is the credential."""
    told = f"may not {verb} {resource.name}{f' in namespace {namespace}' if namespace else ''}"
    nobody = answer.status == 403 and "system:anonymous" in await _status_message(answer)
    return f"{told} without a credential" if nobody else told


async def _is_status(answer: Answer) -> bool:
    """Whether the API server itself speaks: a missing route answers 404 in plain text, a missing object as a Status."""
    try:
        return (await answer.json_object()).get("kind") == "Status"
    except ReadFailure:
        return False


async def _status_message(answer: Answer) -> str:
    """The server's own words, for what no status code tells; cleaned and cut."""
    try:
        message = optional(await answer.json_object(), "message", str)
    except ReadFailure:
        message = None
    return clean(message or f"status {answer.status}", limit=160)
