"""The three planes of Kubernetes: what each authority reads there, and the objects that a lane cannot do without."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import (
    APPLICATIONS,
    DEPLOYMENTS,
    EVENT_LISTENERS,
    EVENTS,
    JOBS,
    PIPELINE_RUNS,
    PODS,
    REPLICA_SETS,
    TASK_RUNS,
    Resource,
    read_object,
    server_version,
)
from lanewatch.clients.shape import JsonObject, objects, optional
from lanewatch.doctor.check import Sheet, Verdict
from lanewatch.doctor.grants import ANONYMOUS, grant
from lanewatch.doctor.noticing import say_how_argo_learns
from lanewatch.doctor.remedies import ClusterPlace, kubeconfig
from lanewatch.doctor.rights import Kind, may_read_config_maps, may_read_logs, probe
from lanewatch.doctor.versions import examine_argo, examine_tekton
from lanewatch.rollout.facts import ARGO, GITOPS, PROVENANCE, RUNTIME, TEKTON, Outcome
from lanewatch.spec.lane import Lane
from lanewatch.text import safe

LISTED: Final = ("list", "watch")  # kinds of which no single object is opened
OLDEST_KUBERNETES: Final = (1, 28)
Seen = dict[str, list[JsonObject]]  # the first page of each kind, by plural
PLANE_AUTHORITIES: Final = {"ci": (PROVENANCE, TEKTON), "argo": (GITOPS, ARGO), "runtime": (RUNTIME,)}


def kinds_of(plane: str, lane: Lane) -> tuple[Kind, ...]:
    """Every kind that lanewatch lists in this plane."""
    ci, argo, runtime = lane.pipeline_namespace, lane.argo_namespace, lane.runtime_namespace
    about = f"metadata.name={lane.application}"
    return {
        "ci": (
            Kind(PIPELINE_RUNS, ci, (TEKTON, PROVENANCE), older="v1beta1"),
            Kind(TASK_RUNS, ci, (TEKTON, PROVENANCE), older="v1beta1"),
            Kind(JOBS, ci, (PROVENANCE,)),
            Kind(PODS, ci, (TEKTON, PROVENANCE), verbs=LISTED),
            Kind(EVENTS, ci, (TEKTON,), verbs=LISTED),
        ),
        "argo": (
            Kind(APPLICATIONS, argo, (ARGO, GITOPS), about),
            Kind(EVENTS, argo, (ARGO,), verbs=LISTED),
        ),
        "runtime": (
            Kind(DEPLOYMENTS, runtime, (RUNTIME,)),
            Kind(REPLICA_SETS, runtime, (RUNTIME,)),
            Kind(PODS, runtime, (RUNTIME,)),
            Kind(EVENTS, runtime, (RUNTIME,), verbs=LISTED),
        ),
    }[plane]


async def examine_plane(plane: str, place: ClusterPlace, lane: Lane, gitea: Gitea | None, sheet: Sheet) -> str:
    """Check one plane; gives the server's version, "" where it cannot be told."""
    version = await sheet.read("reachable", server_version(place.cluster), kubeconfig(place))
    if version is None:
        return ""
    version = safe(version, limit=40)
    sheet.ok("reachable", place.cluster.host)
    _say_version(version, sheet)
    kinds = kinds_of(plane, lane)
    found = await asyncio.gather(*(probe(place, kind, sheet) for kind in kinds))
    seen = dict(zip((kind.resource.plural for kind in kinds), found, strict=True))
    if _say_authenticated(place.cluster, sheet):
        await _EXAMINATIONS[plane](place, lane, gitea, seen, sheet)
    return version


def _say_version(version: str, sheet: Sheet) -> None:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers is None:
        sheet.untold("version", f"Kubernetes {version}: not understood")
    elif (int(numbers[1]), int(numbers[2])) < OLDEST_KUBERNETES:
        sheet.note("version", f"Kubernetes {version} is older than 1.28, the oldest tried", "upgrade the cluster")
    else:
        sheet.ok("version", f"Kubernetes {version}, supported")


def _say_authenticated(cluster: Cluster, sheet: Sheet) -> bool:
    """A 401 is about the credential, whatever was asked: told once, not for every kind; and so is a 403 for nobody."""
    nobody = [check for check in sheet.checks if check.grant is not None and check.grant.subject == ANONYMOUS]
    refused = [check for check in sheet.checks if check.says.startswith("401")] + nobody
    if not refused:
        sheet.ok("authenticated", cluster.credential_key)
        return True
    sheet.checks[:] = [check for check in sheet.checks if check not in refused]
    if nobody:
        says = f"403: the server was shown no credential that it knows: {cluster.credential_key}"
        fix = "put a token or a client certificate into the user of that context in its kubeconfig"
        sheet.failed("authenticated", says, fix, Outcome.DENIED)
        return False
    fix = (
        "renew the token in that kubeconfig, or name another context; a new one is made by\n"
        "kubectl create token lanewatch -n NAMESPACE"
    )
    sheet.failed("authenticated", f"401: not accepted: {cluster.credential_key}", fix, Outcome.DENIED)
    return False


async def _ci(place: ClusterPlace, lane: Lane, _: Gitea | None, seen: Seen, sheet: Sheet) -> None:
    tekton = sheet.about(TEKTON)
    await asyncio.gather(
        may_read_logs(place, lane.pipeline_namespace, seen["pods"], sheet.about(TEKTON, PROVENANCE)),
        may_read_config_maps(place.cluster, lane.pipeline_namespace, sheet.about(PROVENANCE)),
        _event_listener(place, lane, tekton),
    )
    if not _refused(sheet, PIPELINE_RUNS):
        await examine_tekton(place, tekton)
        _say_retention(seen["pipelineruns"], tekton)


async def _event_listener(place: ClusterPlace, lane: Lane, sheet: Sheet) -> None:
    """Whether what starts PipelineRuns stands. Without one the spec's trigger.fallback is how they start."""
    where = (EVENT_LISTENERS, lane.event_listener_namespace, lane.event_listener)
    instead = f"runs start by trigger.fallback, {lane.trigger_fallback}"
    try:
        listener = await read_object(place.cluster, *where)
    except ReadFailure as failure:
        if failure.status == 403:
            fix = grant(("get",), EVENT_LISTENERS.plural, EVENT_LISTENERS.group, where[1], failure.reason).fix()
            sheet.note("EventListener ready", failure.reason, fix)
        elif failure.outcome in (Outcome.ABSENT, Outcome.UNSUPPORTED):
            fix = "if that is not meant, apply one:\nlanewatch producers render tekton | kubectl apply -f -"
            sheet.note("EventListener ready", f"{failure.reason}: {instead}", fix)
        else:
            sheet.untold("EventListener ready", failure.reason)
        return
    conditions = {optional(one, "type", str): one for one in objects(listener, "status.conditions")}
    ready = conditions.get("Ready") or conditions.get("Available") or {}
    if optional(ready, "status", str) == "True":
        sheet.ok("EventListener ready", safe(optional(listener, "status.address.url", str) or lane.event_listener))
    else:
        says = safe(optional(ready, "message", str) or "its conditions do not say Ready", limit=160)
        fix = f"see why:\n{place.kubectl} -n {where[1]} describe eventlistener {where[2]}"
        sheet.failed("EventListener ready", says, fix)


def _say_retention(runs: list[JsonObject], sheet: Sheet) -> None:
    """Nobody tells how long runs and their Pods' logs are kept; the oldest run that is still there says at least."""
    stamps = sorted(stamp for run in runs if (stamp := optional(run, "metadata.creationTimestamp", str)))
    if not stamps:
        sheet.untold("log retention", "no PipelineRun there: logs live as long as their Pods")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(stamps[0])
    sheet.ok("log retention", f"oldest PipelineRun listed is {_days(age.total_seconds())} old; logs live with its Pods")


async def _argo(place: ClusterPlace, lane: Lane, gitea: Gitea | None, seen: Seen, sheet: Sheet) -> None:
    if _refused(sheet, APPLICATIONS):
        return
    await examine_argo(place, lane.argo_namespace, sheet.about(ARGO))
    if not seen["applications"]:
        says = f"no Application {lane.application} in {lane.argo_namespace} of {place.cluster.context}"
        fix = (
            f"name the context of the cluster that has it in kubernetes.argo.context, or correct targets[].argo and "
            f"argo.namespaceRef of the spec:\n{place.kubectl} get applications.argoproj.io -A"
        )
        sheet.failed("Application found", says, fix, Outcome.ABSENT)
        return
    sheet.ok("Application found", lane.application)
    await say_how_argo_learns(seen["applications"][0], gitea, lane, sheet.about(ARGO))


async def _runtime(place: ClusterPlace, lane: Lane, _: Gitea | None, seen: Seen, sheet: Sheet) -> None:
    await may_read_logs(place, lane.runtime_namespace, seen["pods"], sheet)
    if _refused(sheet, DEPLOYMENTS):
        return
    names = {optional(one, "metadata.name", str) for one in seen["deployments"]}
    if lane.workload in names:
        sheet.ok("workload found", f"{lane.workload_kind}/{lane.workload}")
    else:
        says = f"no {lane.workload_kind}/{lane.workload} in {lane.runtime_namespace} of {place.cluster.context}"
        fix = (
            f"name the context of the cluster that has it in kubernetes.runtime.context, or correct targets[].runtime "
            f"of the spec:\n{place.kubectl} get deployments -A --field-selector metadata.name={lane.workload}"
        )
        sheet.failed("workload found", says, fix, Outcome.ABSENT)


_EXAMINATIONS: Final = {"ci": _ci, "argo": _argo, "runtime": _runtime}


def _refused(sheet: Sheet, resource: Resource) -> bool:
    """Whether the kind itself could not be listed: then nothing is known of its objects."""
    return any(
        c.verdict is Verdict.FAILED and c.name.startswith((resource.name, "authenticated")) for c in sheet.checks
    )


def _days(seconds: float) -> str:
    return f"{seconds / 86400:.0f} d" if seconds >= 2 * 86400 else f"{max(0.0, seconds) / 3600:.1f} h"
