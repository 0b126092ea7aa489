"""argo-application: the native Application, and nothing that a person or another tool says of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from lanewatch.authorities.application_object import application_report, drifted
from lanewatch.authorities.application_source import Wanted
from lanewatch.authorities.interface import Period
from lanewatch.authorities.kubernetes_events import event_lines
from lanewatch.authorities.native import Native, leaf, one_line, said, uid
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.authorities.redacted import redacted
from lanewatch.authorities.server_clock import server_time
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import metering
from lanewatch.clients.native import APPLICATIONS, EVENTS, Listing
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import ARGO, NEEDS, SUBJECT_FIELDS, Correlation, Fact, Handle, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import ApplicationReport
from lanewatch.spec.lane import Lane


class ApplicationReader:
    """The Application of a lane through the shared lists: two authorities read it with one request."""

    def __init__(self, lane: Lane, cluster: Cluster, lists: SharedLists) -> None:
        self._lane = lane
        self._cluster = cluster
        self.lists = lists

    async def read(self) -> Native:
        """Raises ReadFailure: `absent` without such an Application, `unsupported` without the CRD.

        The named list needs no more rights than a Role with resourceNames gives (3.1).
        """
        namespace, application = self._lane.argo_namespace, self._lane.application
        try:
            listing = await self.lists.read(
                self._cluster, APPLICATIONS, namespace, fields=f"metadata.name={application}"
            )
        except ReadFailure as failure:
            raise self._explained(failure) from None
        if not listing.items:
            reason = f"no applications.argoproj.io {namespace}/{application}: {self._cluster.host}"
            raise ReadFailure(Outcome.ABSENT, reason, status=404)
        return listing.items[0]

    async def events(self) -> Listing | ReadFailure:
        about = f"involvedObject.kind=Application,involvedObject.name={self._lane.application}"
        return await attempt(self.lists.read, self._cluster, EVENTS, self._lane.argo_namespace, fields=about)

    def _explained(self, failure: ReadFailure) -> ReadFailure:
        if failure.outcome is not Outcome.UNSUPPORTED:
            return failure
        reason = f"no Argo CD CRDs in this cluster (applications.argoproj.io v1alpha1): {self._cluster.host}"
        return ReadFailure(Outcome.UNSUPPORTED, reason, status=failure.status)


class ApplicationAuthority:
    """Asks the cluster that Argo CD runs in."""

    id = ARGO
    needs = NEEDS[ARGO]

    def __init__(self, lane: Lane, cluster: Cluster, reader: ApplicationReader, clock: Clock, witness: Witness) -> None:
        self._lane = lane
        self._cluster = cluster
        self._reader = reader
        self._clock = clock
        self._witness = witness

    @property
    def period(self) -> Period:
        return Period(active=self._reader.lists.pace(), idle=IDLE_SECONDS[ARGO])

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[ARGO])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(ARGO, subject, self._clock, self._ask, self._reader.lists)

    async def changed(self) -> None:
        await self._reader.lists.changed()

    async def _ask(self) -> Told:
        with metering() as meter:
            application, events = await asyncio.gather(attempt(self._reader.read), self._reader.events())
        if isinstance(application, ReadFailure):
            return self._unread(application)
        lines = () if isinstance(events, ReadFailure) else event_lines(events.items, {uid(application)})
        wanted = Wanted(self._lane.repository, self._lane.gitops_branch or "")
        report = redacted(application_report(application, wanted, lines), self._witness.redactor)
        failed = (self._witness.could_not("events", "events", events),) if isinstance(events, ReadFailure) else ()
        drift = drifted(application)
        return Told(
            facts=(*self._facts(report, drift), *self._hydrator_facts(application), *failed),
            failure=drift,
            report=replace(report, server_time=server_time(self._clock, meter, self._cluster.host)),
            handles=self._handles(),
            native=application,
            host=self._cluster.host,
        )

    def _unread(self, failure: ReadFailure) -> Told:
        could_not, where = self._witness.could_not, self._where()
        facts = (
            could_not("argoSync", f"{where} .status.sync", failure),
            could_not("argoHealth", f"{where} .status.health", failure),
        )
        return Told(facts=facts, failure=failure)

    def _facts(self, report: ApplicationReport, drift: ReadFailure | None) -> tuple[Fact, ...]:
        says, where, at = self._witness.says, self._where(), report.reconciled_at
        conditions = tuple(f"{row.type}: {row.message}" for row in report.conditions)
        facts = [
            self._told("argoSync", report.sync_status, "sync.status", report, drift),
            self._told("argoHealth", report.health_status, "health.status", report, drift),
            self._told("argoRevision", report.sync_revision, "sync.revision", report),
            says("argoComparedToSpec", report.compared_to_spec, f"{where} .status.sync.comparedTo", at=at),
            says("argoReconciledAt", at.isoformat() if at else None, f"{where} .status.reconciledAt", at=at),
            says("argoAutoSync", report.auto_sync, f"{where} .spec.syncPolicy.automated"),
            says("argoConditions", conditions, f"{where} .status.conditions"),
            says("argoUid", report.uid, f"{where} .metadata.uid", final=True),
        ]
        return (*facts, *self._operation_facts(report))

    def _told(
        self, name: str, value: str, path: str, report: ApplicationReport, drift: ReadFailure | None = None
    ) -> Fact:
        """A leaf of status; until the first comparison, or while no revision is resolved, it does not exist."""
        source = f"{self._where()} .status.{path}"
        if not value and drift is not None:
            return self._witness.could_not(name, source, drift)
        if not value:
            return self._witness.lacks(name, source, "Argo CD has not said it yet")
        at = report.health_since if name == "argoHealth" else report.reconciled_at
        return self._witness.says(name, value, source, at=at)

    def _operation_facts(self, report: ApplicationReport) -> tuple[Fact, ...]:
        where, operation = f"{self._where()} .status.operationState", report.operation
        if operation is None:
            return (self._witness.lacks("argoOperation", where, "no operation so far"),)
        told = f"{operation.phase}: {operation.message}" if operation.message else operation.phase
        at = operation.finished_at or operation.started_at
        return (
            self._witness.says("argoOperation", told, f"{where}.phase", at=at),
            self._witness.says("argoOperationRevision", operation.revision, f"{where}.syncResult.revision", at=at),
        )

    def _hydrator_facts(self, application: Native) -> tuple[Fact, ...]:
        """Where a hydrator writes the branch, sync.revision is a hydrated commit: the pair maps it (1.7)."""
        current = leaf(application, "status", "sourceHydrator", "currentOperation")
        source = f"{self._where()} .status.sourceHydrator.currentOperation"
        return tuple(
            self._witness.says(f"hydrator.{key}", one_line(said(current, key)), f"{source}.{key}")
            for key in ("phase", "drySHA", "hydratedSHA", "message")
            if said(current, key)
        )

    def _where(self) -> str:
        return f"applications/{self._lane.argo_namespace}/{self._lane.application}"

    def _handles(self) -> tuple[Handle, ...]:
        lane = self._lane
        drilldown = next((name for name, key in lane.drilldowns.items() if key == "argo"), "")
        name = f"{lane.argo_namespace}/{lane.application}"
        return (
            Handle(
                "object",
                drilldown,
                f"k8s:argo/argoproj.io/v1alpha1/applications/{name}",
                f"Application {lane.application}",
            ),
            Handle("log", drilldown, f"observed:{self.id}", "operation, conditions and health, as observed"),
            Handle("log", "", f"k8s-events:argo/{name}", f"events of {lane.application}"),
        )
