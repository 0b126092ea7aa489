"""Reads the native objects that the policy audit needs. On demand, once; each part that cannot be read says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from lanewatch.authorities.native import Native, leaf, name, owner_uids, text, uid
from lanewatch.authorities.policy_objects import (
    cache_gc_of,
    config_maps_of,
    grants_of,
    ingresses_to,
    node_of,
    pod_spec,
    roles_bound_to,
    runners_of,
)
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import (
    CONFIG_MAPS,
    EVENT_LISTENERS,
    JOBS,
    PODS,
    SERVICES,
    Resource,
    read_list,
    read_object,
)
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import ACTIONS, Handle, Outcome
from lanewatch.rollout.policy.report import Grant, Listener, Node, PodSpec, PolicyReport, RunnerSeen
from lanewatch.spec.lane import Lane
from lanewatch.text import Redactor, decode, safe_block

T = TypeVar("T")
_Pods = tuple[PodSpec, ...]
_Builder = tuple[PodSpec, bool | None]

INGRESSES = Resource("networking.k8s.io", "v1", "ingresses")
ROLES = Resource("rbac.authorization.k8s.io", "v1", "roles")
BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings")
CLUSTER_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings")
CLUSTER_ROLES = Resource("rbac.authorization.k8s.io", "v1", "clusterroles")
NODES = Resource("", "v1", "nodes")
AUDIT_ROLE = "lanewatch-audit"  # `lanewatch producers render lanewatch-audit-role`: beyond what a sweep may read
BY_AUDIT_ROLE = frozenset({"nodes", "listenerService", "ingresses", "grants"})
LOG_LINES = 20_000  # of one job: a workflow that prints more is audited by its end


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom the audit asks; what connections leave out is None or missing."""

    clusters: Mapping[str, Cluster]
    gitea: Gitea | None
    logs: LogReader
    redactor: Redactor


async def read_policy(case: Case, lane: Lane, sources: Sources) -> PolicyReport:
    """The report. Never raises for the world's faults."""
    return await _Reading(case, lane, sources).report()


@dataclass(slots=True)
class _Reading:
    """One audit under way."""

    case: Case
    lane: Lane
    sources: Sources
    unread: dict[str, str] = field(default_factory=dict)

    async def report(self) -> PolicyReport:
        first, second = await asyncio.gather(self._planes(), self._entry())
        runtime, builder, ci, nodes, listener = first
        grants, runners, workflow, logs = second
        pod, gc = builder if builder is not None else (None, None)
        report = self.case.provenance_report
        return PolicyReport(
            runtime_pods=runtime,
            builder=pod,
            has_builder=bool(report and report.job),
            ci_pods=ci,
            nodes=nodes,
            listener=listener,
            grants=grants,
            runners=runners,
            workflow=workflow,
            logs=logs,
            cache_gc=gc,
            unread=self.unread,
        )

    async def _planes(
        self,
    ) -> tuple[_Pods | None, _Builder | None, _Pods | None, tuple[Node, ...] | None, Listener | None]:
        return await asyncio.gather(
            self.tried("runtimePods", self.runtime_pods),
            self.tried("builder", self.builder),
            self.tried("ciPods", self.ci_pods),
            self.tried("nodes", self.nodes),
            self.tried("listener", self.listener),
        )

    async def _entry(
        self,
    ) -> tuple[tuple[Grant, ...] | None, tuple[RunnerSeen, ...] | None, str | None, str | None]:
        return await asyncio.gather(
            self.tried("grants", self.grants),
            self.tried("runners", self.runners),
            self.tried("workflow", self.workflow),
            self.tried("logs", self.action_logs),
        )

    async def tried(self, part: str, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The part, or None with the reason kept."""
        try:
            return await ask()
        except ReadFailure as failure:
            by_audit = failure.outcome is Outcome.DENIED and part in BY_AUDIT_ROLE
            self.unread[part] = f"{failure.reason} (the Role {AUDIT_ROLE} grants it)" if by_audit else failure.reason
            return None

    def cluster(self, plane: str) -> Cluster:
        if plane not in self.sources.clusters:
            raise ReadFailure(Outcome.UNCONFIGURED, f"connections name no kubernetes for plane {plane}")
        return self.sources.clusters[plane]

    async def runtime_pods(self) -> tuple[PodSpec, ...]:
        """Every Pod of the runtime's namespace: the plane is more than the workload."""
        namespace = self.lane.runtime_namespace
        found = await read_list(self.cluster("runtime"), PODS, namespace)
        return tuple(_pod(namespace, item) for item in found.items)

    async def builder(self) -> _Builder | None:
        """The Job's Pod where it is kept, else its template; and whether its cache is collected."""
        job = self.case.provenance_report.job if self.case.provenance_report else None
        if job is None:
            return None
        cluster, namespace = self.cluster("ci"), self.lane.pipeline_namespace
        whole = await read_object(cluster, JOBS, namespace, job.name)
        listed = await read_list(cluster, PODS, namespace, labels=f"batch.kubernetes.io/job-name={job.name}")
        pods = [item for item in listed.items if uid(whole) in owner_uids(item)]
        template = leaf(whole, "spec", "template", "spec")
        gc = await self.tried("cache", lambda: self.cache(cluster, template))
        if gc is None:
            self.unread.setdefault("cache", "no configuration of the builder says how its cache is collected")
        return (_pod(namespace, pods[-1]) if pods else pod_spec(f"jobs/{namespace}/{job.name}", template)), gc

    async def cache(self, cluster: Cluster, template: object) -> bool | None:
        names = config_maps_of(template)
        namespace = self.lane.pipeline_namespace
        return cache_gc_of([await read_object(cluster, CONFIG_MAPS, namespace, one) for one in names])

    async def ci_pods(self) -> tuple[PodSpec, ...]:
        """Pods of the PipelineRun's tasks."""
        run = self.case.pipeline_run
        if run is None:
            raise ReadFailure(Outcome.ABSENT, "no PipelineRun was read")
        namespace = self.lane.pipeline_namespace
        found = await read_list(self.cluster("ci"), PODS, namespace, labels=f"tekton.dev/pipelineRun={run.name}")
        if not found.items:
            raise ReadFailure(Outcome.ABSENT, f"the Pods of {run.name} are gone")
        return tuple(_pod(namespace, item) for item in found.items)

    async def nodes(self) -> tuple[Node, ...]:
        return tuple(node_of(item) for item in (await read_list(self.cluster("ci"), NODES, "")).items)

    async def listener(self) -> Listener:
        cluster, namespace, called = self.cluster("ci"), self.lane.event_listener_namespace, self.lane.event_listener
        found = await read_object(cluster, EVENT_LISTENERS, namespace, called)
        service = text(found, "status", "configuration", "generatedName") or f"el-{called}"
        exposed = await self.tried("listenerService", lambda: read_object(cluster, SERVICES, namespace, service))
        ingresses = await self.tried("ingresses", lambda: read_list(cluster, INGRESSES, namespace))
        return Listener(
            name=called,
            service_account=text(found, "spec", "serviceAccountName"),
            service_type="" if exposed is None else text(exposed, "spec", "type") or "ClusterIP",
            ingresses=None if ingresses is None else ingresses_to(ingresses.items, service),
        )

    async def grants(self) -> tuple[Grant, ...]:
        """By both kinds of bindings: a right may come from either. A role that is not there grants nothing."""
        cluster, namespace, account = self.cluster("ci"), self.lane.event_listener_namespace, self.lane.service_account
        own, wide = await asyncio.gather(
            read_list(cluster, BINDINGS, namespace), read_list(cluster, CLUSTER_BINDINGS, "")
        )
        bound = roles_bound_to((*own.items, *wide.items), account, namespace)
        found = await asyncio.gather(*(self._role(cluster, kind, name) for kind, name in bound))
        return tuple(grant for grants in found for grant in grants)

    async def _role(self, cluster: Cluster, kind: str, called: str) -> tuple[Grant, ...]:
        is_wide = kind == "ClusterRole"
        namespace = "" if is_wide else self.lane.event_listener_namespace
        try:
            role = await read_object(cluster, CLUSTER_ROLES if is_wide else ROLES, namespace, called)
        except ReadFailure as failure:
            if failure.outcome is Outcome.ABSENT:
                return ()
            raise
        return grants_of(f"{kind} {called}", role)

    async def runners(self) -> tuple[RunnerSeen, ...]:
        return runners_of(await self._gitea().runners(self.lane.workflow_repository))

    async def workflow(self) -> str:
        """The workflow file at the watched commit."""
        commit = self.case.commit
        if commit is None:
            raise ReadFailure(Outcome.ABSENT, "no commit is known")
        data = await self._gitea().file(self.lane.workflow_repository, self.lane.workflow_path, commit)
        return safe_block(decode(data), self.sources.redactor)

    async def action_logs(self) -> str:
        """The logs of every job of the run."""
        answer = self.case.answer(ACTIONS)
        handles = [one for one in (answer.handles if answer else ()) if one.kind == "log" and "job-log" in one.locator]
        if not handles:
            raise ReadFailure(Outcome.ABSENT, "no job of the run has a log")
        texts = await asyncio.gather(*(self._log(handle) for handle in handles))
        return "\n".join(texts)

    async def _log(self, handle: Handle) -> str:
        read = await self.sources.logs.read(handle, tail=LOG_LINES, timestamps=False)
        return "\n".join(read.lines)

    def _gitea(self) -> Gitea:
        if self.sources.gitea is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no gitea")
        return self.sources.gitea


def _pod(namespace: str, item: Native) -> PodSpec:
    return pod_spec(f"pods/{namespace}/{name(item)}", leaf(item, "spec"))
