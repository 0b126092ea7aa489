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
from lanewatch.doctor.noticing import say_how_argo_learns
from lanewatch.doctor.remedies import kubeconfig, role
from lanewatch.doctor.rights import Kind, may_read_config_maps, may_read_logs, probe
from lanewatch.rollout.facts import ARGO, GITOPS, PROVENANCE, RUNTIME, TEKTON, Outcome
from lanewatch.spec.lane import Lane
from lanewatch.text import safe

EVENT_LISTENERS: Final = Resource("triggers.tekton.dev", "v1beta1", "eventlisteners", "Tekton Triggers")
OLDEST_KUBERNETES: Final = (1, 28)
PLANE_AUTHORITIES: Final = {"ci": (PROVENANCE, TEKTON), "argo": (GITOPS, ARGO), "runtime": (RUNTIME,)}


def kinds_of(plane: str, lane: Lane) -> tuple[Kind, ...]:
    """Every kind that lanewatch lists in this plane."""
    ci, argo, runtime = lane.pipeline_namespace, lane.argo_namespace, lane.runtime_namespace
    about = f"metadata.name={lane.application}"
    return {
        "ci": (
            Kind("ci", PIPELINE_RUNS, ci, (TEKTON, PROVENANCE)),
            Kind("ci", TASK_RUNS, ci, (TEKTON, PROVENANCE)),
            Kind("ci", JOBS, ci, (PROVENANCE,)),
            Kind("ci", PODS, ci, (TEKTON, PROVENANCE)),
            Kind("ci", EVENTS, ci, (TEKTON,)),
        ),
        "argo": (Kind("argo", APPLICATIONS, argo, (ARGO, GITOPS), about), Kind("argo", EVENTS, argo, (ARGO,))),
        "runtime": (
            Kind("runtime", DEPLOYMENTS, runtime, (RUNTIME,)),
            Kind("runtime", REPLICA_SETS, runtime, (RUNTIME,)),
            Kind("runtime", PODS, runtime, (RUNTIME,)),
            Kind("runtime", EVENTS, runtime, (RUNTIME,)),
        ),
    }[plane]


async def examine_plane(plane: str, cluster: Cluster, lane: Lane, gitea: Gitea | None, sheet: Sheet) -> str:
    """Check one plane; gives the server's version, "" where it cannot be told."""
    version = await sheet.read("reachable", server_version(cluster), kubeconfig(plane))
    if version is None:
        return ""
    version = safe(version, limit=40)
    sheet.ok("reachable", cluster.host)
    _say_version(version, sheet)
    kinds = kinds_of(plane, lane)
    found = await asyncio.gather(*(probe(cluster, kind, sheet) for kind in kinds))
    _say_authenticated(cluster, sheet)
    seen = dict(zip((kind.resource.plural for kind in kinds), found, strict=True))
    if plane == "ci":
        await _ci(cluster, lane, seen, sheet)
    elif plane == "argo":
        await _argo(lane, gitea, seen["applications"], sheet)
    else:
        await _runtime(cluster, lane, seen, sheet)
    return version


def _say_version(version: str, sheet: Sheet) -> None:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers is None:
        sheet.untold("version", f"Kubernetes {version}: not understood")
    elif (int(numbers[1]), int(numbers[2])) < OLDEST_KUBERNETES:
        sheet.note("version", f"Kubernetes {version} is older than 1.28, the oldest tried", "upgrade the cluster")
    else:
        sheet.ok("version", f"Kubernetes {version}, supported")


def _say_authenticated(cluster: Cluster, sheet: Sheet) -> None:
    """A 401 is about the credential, whatever was asked: it is told once, not for every kind."""
    refused = [check for check in sheet.checks if check.says.startswith("401")]
    if not refused:
        return
    sheet.checks[:] = [check for check in sheet.checks if check not in refused]
    fix = "renew the token in that kubeconfig (kubectl create token lanewatch -n NAMESPACE), or name another context"
    sheet.failed("authenticated", f"401: not accepted: {cluster.credential_key}", fix, Outcome.DENIED)


async def _ci(cluster: Cluster, lane: Lane, seen: dict[str, list[JsonObject]], sheet: Sheet) -> None:
    pods = Kind("ci", PODS, lane.pipeline_namespace, (TEKTON, PROVENANCE))
    await asyncio.gather(
        may_read_logs(cluster, pods, seen["pods"], sheet.about(TEKTON, PROVENANCE)),
        may_read_config_maps(cluster, lane.pipeline_namespace, sheet.about(PROVENANCE)),
        _event_listener(cluster, lane, sheet.about(TEKTON)),
    )
    _say_retention(seen["pipelineruns"], sheet.about(TEKTON))


async def _event_listener(cluster: Cluster, lane: Lane, sheet: Sheet) -> None:
    """Whether what starts PipelineRuns stands. Without one the spec's trigger.fallback is how they start."""
    where = (EVENT_LISTENERS, lane.event_listener_namespace, lane.event_listener)
    instead = f"runs start by trigger.fallback, {lane.trigger_fallback}"
    try:
        listener = await read_object(cluster, *where)
    except ReadFailure as failure:
        if failure.status == 403:
            fix = role(("get",), EVENT_LISTENERS.plural, EVENT_LISTENERS.group, where[1], failure.reason)
            sheet.note("EventListener ready", failure.reason, fix)
        elif failure.outcome in (Outcome.ABSENT, Outcome.UNSUPPORTED):
            fix = "if that is not meant: lanewatch producers render eventlistener | kubectl apply -f -"
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
        fix = f"kubectl -n {where[1]} describe eventlistener {where[2]}"
        sheet.failed("EventListener ready", says, fix)


def _say_retention(runs: list[JsonObject], sheet: Sheet) -> None:
    """Nobody tells how long runs and their Pods' logs are kept; the oldest run that is still there says at least."""
    stamps = sorted(stamp for run in runs if (stamp := optional(run, "metadata.creationTimestamp", str)))
    if not stamps:
        sheet.untold("log retention", "no PipelineRun there: logs live as long as their Pods")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(stamps[0])
    sheet.ok("log retention", f"oldest PipelineRun listed is {_days(age.total_seconds())} old; logs live with its Pods")


async def _argo(lane: Lane, gitea: Gitea | None, applications: list[JsonObject], sheet: Sheet) -> None:
    if _refused(sheet, APPLICATIONS):
        return
    if not applications:
        says = f"no Application {lane.application} in {lane.argo_namespace}"
        fix = "kubectl get applications.argoproj.io -A: targets[].argo and argo.namespaceRef of the spec must name it"
        sheet.failed("Application found", says, fix, Outcome.ABSENT)
        return
    sheet.ok("Application found", lane.application)
    await say_how_argo_learns(applications[0], gitea, lane, sheet.about(ARGO))


async def _runtime(cluster: Cluster, lane: Lane, seen: dict[str, list[JsonObject]], sheet: Sheet) -> None:
    pods = Kind("runtime", PODS, lane.runtime_namespace, (RUNTIME,))
    await may_read_logs(cluster, pods, seen["pods"], sheet)
    if _refused(sheet, DEPLOYMENTS):
        return
    names = {optional(one, "metadata.name", str) for one in seen["deployments"]}
    if lane.workload in names:
        sheet.ok("workload found", f"{lane.workload_kind}/{lane.workload}")
    else:
        says = f"no {lane.workload_kind}/{lane.workload} in {lane.runtime_namespace}"
        fix = f"kubectl get deployments -A | grep {lane.workload}; spec.targets[].runtime names it"
        sheet.failed("workload found", says, fix, Outcome.ABSENT)


def _refused(sheet: Sheet, resource: Resource) -> bool:
    """Whether the kind itself could not be listed: then nothing is known of its objects."""
    return any(
        c.verdict is Verdict.FAILED and c.name.startswith((resource.name, "authenticated")) for c in sheet.checks
    )


def _days(seconds: float) -> str:
    return f"{seconds / 86400:.0f} d" if seconds >= 2 * 86400 else f"{max(0.0, seconds) / 3600:.1f} h"
