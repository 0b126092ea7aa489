"""k8s-native-status-and-health: what runs, from Deployment, ReplicaSets, Pods, registry and the health path."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from lanewatch.authorities.health import HealthProbe, read_health
from lanewatch.authorities.interface import Period
from lanewatch.authorities.kubernetes_events import event_lines
from lanewatch.authorities.native import Native, text, uid
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.authorities.redacted import redacted
from lanewatch.authorities.running_digests import RunningDigests
from lanewatch.authorities.server_clock import server_time
from lanewatch.authorities.workload_objects import (
    Counting,
    deployment_state,
    pod_state,
    pods_of,
    replica_set_state,
    replica_sets_of,
)
from lanewatch.authorities.workload_words import workload_facts, workload_handles
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import metering
from lanewatch.clients.native import DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS, Listing, Resource
from lanewatch.clients.registry import Registry, parse_image
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.clients.sharing import Recent
from lanewatch.rollout.facts import NEEDS, RUNTIME, SUBJECT_FIELDS, Correlation, Fact, Handle, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import DigestSet, Health, WorkloadReport
from lanewatch.spec.lane import Lane

OLDER_SHOWN = 20  # ReplicaSets: revisionHistoryLimit is 10 unless somebody raised it


@dataclass(frozen=True, slots=True)
class _Read:
    """The answers of one read; what could not be listed is a failure of its own."""

    deployment: Native
    replica_sets: Listing | ReadFailure
    pods: Listing | ReadFailure
    events: Listing | ReadFailure

    def native(self) -> list[Native]:
        """The Deployment, its ReplicaSets and their Pods."""
        own = replica_sets_of(self.deployment, _items(self.replica_sets))
        return [self.deployment, *own, *pods_of(own, _items(self.pods))]

    def failures(self) -> dict[str, ReadFailure]:
        parts = {"replicasets": self.replica_sets, "pods": self.pods, "events": self.events}
        return {part: answer for part, answer in parts.items() if isinstance(answer, ReadFailure)}


class WorkloadAuthority:
    """Asks the cluster that the workload runs in. `health` or `registry` None: connections name none."""

    id = RUNTIME
    needs = NEEDS[RUNTIME]

    def __init__(
        self,
        lane: Lane,
        cluster: Cluster,
        lists: SharedLists,
        registry: Registry | None,
        health: HealthProbe | None,
        clock: Clock,
        witness: Witness,
    ) -> None:
        self._lane = lane
        self._cluster = cluster
        self._lists = lists
        self._digests = RunningDigests(registry)
        self._health = health
        self._told: Recent[str, Health] = Recent(clock)  # the image's digest comes a moment later
        self._clock = clock
        self._witness = witness
        self._counting = Counting(lane.workload, lane.registry_prefix)

    @property
    def period(self) -> Period:
        return Period(active=self._lists.pace(), idle=IDLE_SECONDS[RUNTIME])

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[RUNTIME])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(RUNTIME, subject, self._clock, lambda: self._ask(subject.image_digest), self._lists)

    async def changed(self) -> None:
        await self._lists.changed()

    async def _ask(self, expected_digest: str | None) -> Told:
        self._told.begin(expected_digest)
        if self._lane.workload_kind != "Deployment":
            reason = f"only a Deployment can be watched, the spec names a {self._lane.workload_kind}"
            raise ReadFailure(Outcome.UNSUPPORTED, reason)
        with metering() as meter:
            found, health = await asyncio.gather(attempt(self._objects), self._asked_health())
            if isinstance(found, ReadFailure):
                return self._unread(found, health)
            report = self._report(found, health)
            digests, unresolved = await self._digest_sets(report, expected_digest)
        report = replace(report, digests=digests, server_time=server_time(self._clock, meter, self._cluster.host))
        report = redacted(report, self._witness.redactor)
        return Told(
            facts=(*self._facts(report, found), *self._unresolved(unresolved)),
            report=report,
            handles=self._handles(report),
            native=found.native(),
            host=self._cluster.host,
        )

    async def _objects(self) -> _Read:
        """Raises ReadFailure when the Deployment cannot be read or does not exist."""
        namespace, workload = self._lane.runtime_namespace, self._lane.workload
        deployments, replica_sets, pods, events = await asyncio.gather(
            self._list(DEPLOYMENTS, f"metadata.name={workload}"),
            self._list(REPLICA_SETS),
            self._list(PODS),
            self._list(EVENTS),
        )
        if isinstance(deployments, ReadFailure):
            raise deployments
        if not deployments.items:
            reason = f"no deployments.apps {namespace}/{workload}: {self._cluster.host}"
            raise ReadFailure(Outcome.ABSENT, reason, status=404)
        return _Read(deployments.items[0], replica_sets, pods, events)

    async def _list(self, resource: Resource, fields: str = "") -> Listing | ReadFailure:
        return await attempt(self._lists.read, self._cluster, resource, self._lane.runtime_namespace, fields=fields)

    async def _asked_health(self) -> Health | None:
        return None if self._health is None else await self._told.read("health", partial(read_health, self._health))

    def _report(self, found: _Read, health: Health | None) -> WorkloadReport:
        own = replica_sets_of(found.deployment, _items(found.replica_sets))
        pods = pods_of(own, _items(found.pods))
        states = [replica_set_state(item, self._counting) for item in own]
        about = {uid(item) for item in (found.deployment, *own, *pods)}
        warnings = [event for event in _items(found.events) if text(event, "type") == "Warning"]
        return WorkloadReport(
            deployment=deployment_state(found.deployment, self._counting),
            replica_set=states[0] if states else None,
            pods=tuple(pod_state(pod, self._counting) for pod in pods),
            health=health,
            events=event_lines(warnings, about),
            older_replica_sets=tuple(states[1 : OLDER_SHOWN + 1]),
        )

    async def _digest_sets(
        self, report: WorkloadReport, expected: str | None
    ) -> tuple[tuple[DigestSet, ...], ReadFailure | None]:
        """Of the expected digest, and of the running ones that it does not cover."""
        image = parse_image(report.deployment.image) if report.deployment else None
        repository = image.repository if image else ""
        sets, failure = await self._digests.read(repository, [expected] if expected else [])
        covered = {name for found in sets for name in (found.index, *found.manifests, *found.configs)}
        others = [pod.digest for pod in report.pods if pod.digest and pod.digest not in covered]
        more, later_failure = await self._digests.read(repository, others)
        return (*sets, *more), failure or later_failure

    def _facts(self, report: WorkloadReport, found: _Read) -> tuple[Fact, ...]:
        return workload_facts(self._witness, report, self._lane, found.failures())

    def _unresolved(self, failure: ReadFailure | None) -> tuple[Fact, ...]:
        return () if failure is None else (self._witness.could_not("imageDigestNames", "registry", failure),)

    def _unread(self, failure: ReadFailure, health: Health | None) -> Told:
        where = f"deployments/{self._lane.runtime_namespace}/{self._lane.workload}"
        report = WorkloadReport(None, None, (), health)
        health_facts = [fact for fact in workload_facts(self._witness, report, self._lane, {}) if fact.name == "health"]
        facts = tuple(self._witness.could_not(name, where, failure) for name in ("runtimeTargetSha", "imageDigest"))
        return Told(facts=(*facts, *health_facts), report=redacted(report, self._witness.redactor), failure=failure)

    def _handles(self, report: WorkloadReport) -> tuple[Handle, ...]:
        return workload_handles(report, self._lane)


def _items(answer: Listing | ReadFailure) -> tuple[Native, ...]:
    return () if isinstance(answer, ReadFailure) else answer.items
