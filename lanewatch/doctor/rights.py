"""Whether one kind may be listed, watched and read, asked the only way a reader can: by reading one object of it.

The self-subject reviews would tell at once, but they are POSTs, which lanewatch does not send.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.failures import refuse_status
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import CONFIG_MAPS, LIST_CAP, PODS, Resource
from lanewatch.clients.shape import JsonObject, objects, optional
from lanewatch.doctor.check import Sheet, Verdict
from lanewatch.doctor.grants import Grant, grant
from lanewatch.doctor.remedies import VERBS, ClusterPlace, kubeconfig, no_crd
from lanewatch.rollout.facts import Outcome

MANY = 500  # objects of one kind: a page of the lists that are polled where nothing may be watched
NOBODY = "lanewatch-doctor"  # a name that no object has: 404 says that it might be read, 403 that it might not


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind in one namespace, and which authorities ask for it."""

    resource: Resource
    namespace: str
    authorities: tuple[str, ...]
    fields: str = ""
    verbs: tuple[str, ...] = VERBS
    older: str = ""  # a version that is read where this one is not served


async def probe(place: ClusterPlace, kind: Kind, sheet: Sheet) -> list[JsonObject]:
    """Check every verb that one kind needs; gives the objects that the list had, at most one page of 50."""
    sheet = sheet.about(*kind.authorities)
    name, cluster = f"{kind.resource.name} in {kind.namespace}", place.cluster
    try:
        listed = await _listed(cluster, kind)
        if listed.status == 404 and kind.older:
            kind = replace(kind, resource=replace(kind.resource, version=kind.older))
            listed = await _listed(cluster, kind)
    except ReadFailure as failure:
        sheet.failed(name, failure.reason, kubeconfig(place)(failure), failure.outcome)
        return []
    if listed.status == 403:
        sheet.lacks(name, "403: may not list", _grant(kind, await words_of(listed)))
        return []
    if listed.status == 404:
        what = f"no {kind.resource.product} CRDs" if kind.resource.product else "no such API"
        says = f"404: {what} in this cluster ({kind.resource.name} {kind.resource.version})"
        sheet.failed(name, says, no_crd(kind.resource, place), Outcome.UNSUPPORTED)
        return []
    page = await listed.json_object()
    found = objects(page, "items")
    there = len(found) + (optional(page, "metadata.remainingItemCount", int) or 0)
    watch, get = await asyncio.gather(_may_watch(cluster, kind, page), _may_get(cluster, kind, found))
    _say_rights(kind, sheet, name, there, watch, get)
    return found


async def may_read_logs(place: ClusterPlace, namespace: str, pods: list[JsonObject], sheet: Sheet) -> None:
    """pods/log, tried on the newest Pod there is; without one the right shows in a 404 for a name nobody has."""
    name = f"pods/log in {namespace}"
    pod = pods[-1] if pods else {}
    path = PODS.path(namespace, optional(pod, "metadata.name", str) or NOBODY)
    container = next((optional(one, "name", str) for one in objects(pod, "spec.containers")), None)
    query = [("tailLines", "1"), ("limitBytes", "1024"), *([("container", container)] if container else [])]
    answer = await sheet.read(name, place.cluster.get(f"{path}/log", query, accept="*/*"), kubeconfig(place))
    if answer is None:
        return
    if answer.status == 403:
        sheet.lacks(name, "403: may not get", grant(("get",), "pods/log", "", namespace, await words_of(answer)))
    else:
        sheet.ok(name, "may get" if pods else "may get (no Pod there to read)")


async def may_read_config_maps(cluster: Cluster, namespace: str, sheet: Sheet) -> None:
    """Only a plan that lies in a ConfigMap needs it: lacking it is no failure."""
    try:
        answer = await cluster.get(CONFIG_MAPS.path(namespace, NOBODY))
    except ReadFailure:
        return  # the kinds beside it have said what is wrong
    name = f"configmaps in {namespace}"
    if answer.status == 403:
        lacking = grant(("get",), "configmaps", "", namespace, await words_of(answer))
        sheet.lacks(name, "may not get: plans kept as configmap:NS/NAME#KEY stay unread", lacking, Verdict.NOTE)
    else:
        sheet.ok(name, "may get")


async def _listed(cluster: Cluster, kind: Kind) -> Answer:
    """Any of 200, 403, 404 as it came; raises ReadFailure for every other end."""
    fields = [("fieldSelector", kind.fields)] if kind.fields else []
    answer = await cluster.get(kind.resource.path(kind.namespace), [*fields, ("limit", "50")], cap=LIST_CAP, total=10)
    if answer.status not in (403, 404):
        refuse_status(answer, denied="", absent="", token_key=cluster.credential_key)
    return answer


async def _may_watch(cluster: Cluster, kind: Kind, page: JsonObject) -> str | None:
    """None when it may, else the server's words. One watch that the server ends after a second."""
    version = optional(page, "metadata.resourceVersion", str) or ""
    query = [("watch", "true"), ("timeoutSeconds", "1"), ("resourceVersion", version)]
    query += [("fieldSelector", kind.fields)] if kind.fields else []
    try:
        answer = await cluster.get(kind.resource.path(kind.namespace), query, cap=LIST_CAP)
    except ReadFailure as failure:
        return failure.reason
    return await words_of(answer) if answer.status == 403 else None


async def _may_get(cluster: Cluster, kind: Kind, found: list[JsonObject]) -> str | None:
    if "get" not in kind.verbs:
        return None
    name = next((one for item in found if (one := optional(item, "metadata.name", str))), NOBODY)
    try:
        answer = await cluster.get(kind.resource.path(kind.namespace, name), cap=LIST_CAP)
    except ReadFailure as failure:
        return failure.reason
    return await words_of(answer) if answer.status == 403 else None


def _say_rights(kind: Kind, sheet: Sheet, name: str, found: int, watch: str | None, get: str | None) -> None:
    if get is not None:
        sheet.lacks(name, "may list, may not get: its objects cannot be opened", _grant(kind, get))
    elif watch is not None:
        costly = "which is slower" if found < MANY else f"which is slower, and {found} objects at a time"
        may = " and ".join(verb for verb in ("list", "get") if verb in kind.verbs)
        sheet.lacks(name, f"may {may}, not watch: it is polled, {costly}", _grant(kind, watch), Verdict.NOTE)
    else:
        sheet.ok(name, f"may {', '.join(kind.verbs)} ({found} there)")


def _grant(kind: Kind, message: str) -> Grant:
    return grant(kind.verbs, kind.resource.plural, kind.resource.group, kind.namespace, message)


async def words_of(answer: Answer) -> str:
    """The Status's own message: only its user name is ever shown."""
    try:
        return optional(await answer.json_object(), "message", str) or ""
    except ReadFailure:
        return ""
