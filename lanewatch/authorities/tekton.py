"""pipelineRun-taskRun-status: the PipelineRuns of one commit, their tasks, Pods and Events (reference tekton.md).

What was seen once is remembered between reads (Pods that a retry, cancel or timeout deleted, TaskRuns that were made
again), so the authority keeps the history of the commit that it follows. It reports; the stage rule judges.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from lanewatch.authorities.interface import Period
from lanewatch.authorities.native import Native, condition, created, name, one_line, uid
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.authorities.redacted import redacted
from lanewatch.authorities.server_clock import server_time
from lanewatch.authorities.tekton_history import History
from lanewatch.authorities.tekton_lists import TektonLists, TektonReader, follow, source_commit
from lanewatch.authorities.tekton_runs import is_nested, runs_of
from lanewatch.authorities.tekton_words import listener_handle, run_facts, run_handles
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import Meter, metering
from lanewatch.clients.native import EVENT_LISTENERS, read_object
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import NEEDS, SUBJECT_FIELDS, TEKTON, Correlation, Fact, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import PipelineRunState, TektonReport
from lanewatch.spec.lane import Lane

OTHERS_SHOWN = 20


class TektonAuthority:
    """Asks the CI cluster."""

    id = TEKTON
    needs = NEEDS[TEKTON]

    def __init__(self, lane: Lane, cluster: Cluster, lists: SharedLists, clock: Clock, witness: Witness) -> None:
        self._lane = lane
        self._cluster = cluster
        self._reader = TektonReader(cluster, lists, lane.pipeline_namespace)
        self._clock = clock
        self._witness = witness
        self._commit = ""
        self._history = History()
        self._listener_ready: bool | None = None

    @property
    def period(self) -> Period:
        return Period(active=self._reader.lists.pace(), idle=IDLE_SECONDS[TEKTON])

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[TEKTON])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(TEKTON, subject, self._clock, lambda: self._ask(subject), self._reader.lists)

    async def changed(self) -> None:
        await self._reader.lists.changed()

    async def _ask(self, subject: Correlation) -> Told:
        commit = subject.commit or ""
        with metering() as meter:
            lists, _ = await asyncio.gather(attempt(self._reader.read), self._ask_listener())
        if isinstance(lists, ReadFailure):
            return Told(facts=(self._witness.could_not("pipelineRunName", self._source(), lists),), failure=lists)
        if commit != self._commit:
            self._commit, self._history = commit, History()
        self._history = follow(self._history, commit, lists)
        return self._told(lists, meter, subject.event_id)

    async def _ask_listener(self) -> None:
        """Only while no run is known: afterwards nothing depends on it."""
        if self._history.of_kind("PipelineRun"):
            return
        lane = self._lane
        found = await attempt(
            read_object, self._cluster, EVENT_LISTENERS, lane.event_listener_namespace, lane.event_listener
        )
        self._listener_ready = _readiness(found)

    def _told(self, lists: TektonLists, meter: Meter, event_id: str | None) -> Told:
        runs, deleted = runs_of(self._history, pods_readable=lists.failure("Pod") is None)
        report = TektonReport(
            runs=runs,
            other_runs=self._other_runs(lists.runs.items, runs[0].created_at if runs else None),
            deleted=deleted,
            event_listener_ready=self._listener_ready,
            server_time=server_time(self._clock, meter, self._cluster.host),
        )
        return Told(
            facts=tuple(self._facts(runs, lists)),
            report=redacted(report, self._witness.redactor),
            handles=run_handles(runs, lists.version, self._lane) or listener_handle(event_id, self._lane),
            native=[kept.object for kept in self._history.of_kind("PipelineRun", "TaskRun", "CustomRun")],
            host=self._cluster.host,
        )

    def _facts(self, runs: tuple[PipelineRunState, ...], lists: TektonLists) -> list[Fact]:
        witness = self._witness
        if runs:
            facts = run_facts(witness, runs, self._lane.pipeline_namespace)
        else:
            why = "no PipelineRun has sourceCommit of this commit"
            facts = [witness.lacks("pipelineRunName", self._source(), why)]
        if self._listener_ready is not None:
            source = f"eventlisteners/{self._lane.event_listener_namespace}/{self._lane.event_listener} .status"
            facts.append(witness.says("eventListenerReady", self._listener_ready, source))
        for kind, answer in lists.others.items():
            if isinstance(answer, ReadFailure):
                source = f"{kind.lower()}s/{self._lane.pipeline_namespace}"
                facts.append(witness.could_not(f"{kind[0].lower()}{kind[1:]}s", source, answer))
        return facts

    def _other_runs(self, listed: tuple[Native, ...], since: datetime | None) -> tuple[tuple[str, str], ...]:
        """Runs of this lane for other commits, newest first: those that began after the current run, or, while this
        commit has none, all (which of their commits are newer, the branch's history tells)."""
        found = [run for run in listed if self._is_of_another_commit(run) and _is_after(created(run), since)]
        found.sort(key=lambda run: (str(created(run)), uid(run)), reverse=True)
        return tuple((one_line(name(run)), one_line(source_commit(run))) for run in found[:OTHERS_SHOWN])

    def _is_of_another_commit(self, run: Native) -> bool:
        mine = name(run).startswith(self._lane.pipeline_run_prefix)
        return mine and not is_nested(run) and source_commit(run) not in ("", self._commit)

    def _source(self) -> str:
        return f"pipelineruns/{self._lane.pipeline_namespace} .spec.params[sourceCommit]"


def _is_after(one: datetime | None, other: datetime | None) -> bool:
    return other is None or (one is not None and one > other)


def _readiness(listener: Native | ReadFailure) -> bool | None:
    """False where there is none at all: the lane is then started by its fallback."""
    if isinstance(listener, ReadFailure):
        return False if listener.outcome in (Outcome.ABSENT, Outcome.UNSUPPORTED) else None
    ready = condition(listener, "Ready") or condition(listener, "Available")
    return None if ready is None else ready.status == "True"
