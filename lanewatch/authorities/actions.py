"""actions-run-api: the runs of Gitea Actions for one commit, the jobs of the current one, and what it dispatched.

Which run is current, and what its jobs say, is reported; whether that is good is judged elsewhere (Gitea reference 3.5:
the server's own run status is not trustworthy).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from lanewatch.authorities.actions_runs import dispatch_of, is_of, label_is_online, run_of, waits_to_begin
from lanewatch.authorities.artifacts import RunArtifacts
from lanewatch.authorities.interface import Period
from lanewatch.authorities.leaves import text_at, truth_at
from lanewatch.authorities.older_actions import told_aside
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.authorities.server_clock import server_time
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.meter import Meter, metering
from lanewatch.clients.shape import JsonObject, field
from lanewatch.clients.sharing import Shared
from lanewatch.rollout.facts import ACTIONS, NEEDS, SUBJECT_FIELDS, Correlation, Fact, Handle, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import ActionsReport, ActionsRun, Dispatch
from lanewatch.spec.lane import Lane

EVENT = "push"
DISPATCH_ARTIFACT = "dispatch"
DISPATCH_FILE = "dispatch.json"
NEWER_COMMITS_ASKED = 8  # a sync that brings many commits makes one run, for the tip: the newest are asked first
HISTORY = 50
NEVER_READ = frozenset({Outcome.DENIED, Outcome.ABSENT, Outcome.UNSUPPORTED})  # another try would not help
RUNNERS_SECONDS = 9.0  # a list of runners is asked for with every second read: every ten seconds


@dataclass(frozen=True, slots=True)
class _Aside:
    """What is asked besides the runs and may fail alone."""

    runner_online: bool | None
    version: str
    enabled: bool | None = None


class ActionsAuthority:
    """Asks the workflow repository's Actions API. `artifacts` is shared with the plan and provenance authorities."""

    id = ACTIONS
    period = Period(active=5.0, idle=IDLE_SECONDS[ACTIONS])
    needs = NEEDS[ACTIONS]

    def __init__(self, lane: Lane, gitea: Gitea, artifacts: RunArtifacts, clock: Clock, witness: Witness) -> None:
        self._lane = lane
        self._gitea = gitea
        self._artifacts = artifacts
        self._runners: Shared[str, bool | None] = Shared(clock, self._runner_online, RUNNERS_SECONDS)
        self._clock = clock
        self._witness = witness
        self._version = ""

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[ACTIONS])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(ACTIONS, subject, self._clock, lambda: self._ask(subject.commit or ""))

    async def changed(self) -> None:
        await asyncio.Event().wait()

    async def _ask(self, commit: str) -> Told:
        with metering() as meter:
            found, runner, version = await asyncio.gather(
                attempt(self._runs, commit), self._runners.read(self._lane.workflow_repository), self._server_version()
            )
            if isinstance(found, ReadFailure):
                return await self._unread(commit, await self._explained(found), _Aside(runner, version))
            if not found:
                return await self._no_run(commit, _Aside(runner, version), meter)
            return await self._some_runs(commit, found, _Aside(runner, version, True), meter)

    async def _runs(self, commit: str) -> list[JsonObject]:
        """Those of the commit, workflow, event and branch; the highest id first."""
        lane = self._lane
        found = await self._gitea.runs(lane.workflow_repository, commit)
        mine = (run for run in found if text_at(run, "head_sha") == commit)
        fitting = [run for run in mine if is_of(run, lane.workflow_name, EVENT, lane.branch)]
        return sorted(fitting, key=lambda run: field(run, "id", int), reverse=True)

    async def _some_runs(self, commit: str, found: list[JsonObject], aside: _Aside, meter: Meter) -> Told:
        run_id = field(found[0], "id", int)
        jobs, dispatch = await asyncio.gather(
            attempt(self._gitea.jobs, self._lane.workflow_repository, run_id), self._dispatch(found[0])
        )
        listed = [] if isinstance(jobs, ReadFailure) else jobs
        runs = tuple(self._run(run, listed if run is found[0] else ()) for run in found)
        newer = await self._newer_runs(commit) if _is_cancelled(runs[0]) else ()
        report = self._report(runs, _read(newer), aside, meter, None if isinstance(dispatch, ReadFailure) else dispatch)
        return Told(
            facts=(
                *self._run_facts(runs[0], jobs),
                *self._dispatch_facts(runs[0].id, dispatch),
                *self._aside_facts(aside),
            ),
            report=report,
            handles=self._handles(runs[0]),
            native={"runs": found, "jobs": listed},
            failure=next((one for one in (jobs, newer) if isinstance(one, ReadFailure)), None),
            host=self._gitea.host,
        )

    async def _no_run(self, commit: str, aside: _Aside, meter: Meter) -> Told:
        """No run for a commit: not yet, superseded, or Actions are off. What can tell these apart is asked."""
        enabled, newer = await asyncio.gather(self._enabled(), self._newer_runs(commit))
        aside = _Aside(aside.runner_online, aside.version, enabled)
        repository = self._lane.workflow_repository
        why = f"no run of {self._lane.workflow_name} for this commit"
        if enabled is False:
            why = f"Actions are disabled in {repository}"
        source = self._runs_source(commit)
        facts = (
            self._witness.lacks("actionsRunId", source, why),
            self._witness.lacks("runStatus", source, why),
            *self._aside_facts(aside),
        )
        report = self._report((), _read(newer), aside, meter, None)
        return Told(facts=facts, report=report, native={"runs": []}, host=self._gitea.host)

    async def _unread(self, commit: str, failure: ReadFailure, aside: _Aside) -> Told:
        """A failed read; where the server is too old for it, with what that server tells in other places."""
        if failure.outcome is not Outcome.UNSUPPORTED:
            raise failure
        told = await told_aside(self._gitea, self._lane, commit, EVENT, self._witness)
        return Told(facts=(*told, *self._aside_facts(aside)), failure=failure, host=self._gitea.host)

    async def _explained(self, failure: ReadFailure) -> ReadFailure:
        """A server that hides Actions answers 403 or 404; the repository itself says whether they are off."""
        if failure.outcome is Outcome.UNSUPPORTED:
            reason = f"no actions/runs: needs Gitea 1.25 or newer{self._has_version()}: {self._gitea.host}"
            return ReadFailure(Outcome.UNSUPPORTED, reason, status=failure.status)
        if failure.outcome in (Outcome.DENIED, Outcome.ABSENT) and await self._enabled() is False:
            reason = f"Actions are disabled in {self._lane.workflow_repository}: {self._gitea.host}"
            return ReadFailure(failure.outcome, reason, status=failure.status)
        return failure

    def _has_version(self) -> str:
        return f" (this one is {self._version})" if self._version else ""

    async def _newer_runs(self, commit: str) -> tuple[ActionsRun, ...] | ReadFailure:
        """Runs of the commits that came after `commit` on the branch, newest first; none where they may not be read.

        Any other failure is no answer: it tells nothing of whether the commit was superseded.
        """
        lane = self._lane
        history = await attempt(self._gitea.commits, lane.workflow_repository, lane.branch, HISTORY)
        if isinstance(history, ReadFailure):
            return () if history.outcome in NEVER_READ else history
        shas = [field(item, "sha", str) for item in history]
        newer = shas[: shas.index(commit)] if commit in shas else []
        found = await asyncio.gather(*(attempt(self._runs, sha) for sha in newer[:NEWER_COMMITS_ASKED]))
        failed = (one for one in found if isinstance(one, ReadFailure) and one.outcome not in NEVER_READ)
        read = [run for runs in found if not isinstance(runs, ReadFailure) for run in runs]
        return next(failed, None) or tuple(self._run(run, ()) for run in read)

    async def _dispatch(self, run: JsonObject) -> Dispatch | ReadFailure | None:
        """The dispatch paper; None while the run has none."""
        if waits_to_begin(run):
            return None
        try:
            upload = await self._artifacts.newest(str(field(run, "id", int)), DISPATCH_ARTIFACT)
            if upload is None:
                return None
            if upload.unusable:
                return ReadFailure(Outcome.ABSENT, upload.unusable)
            data = await self._artifacts.file(upload.artifact, DISPATCH_FILE)
            return dispatch_of(data, upload.artifact.id, self._witness.text)
        except ReadFailure as failure:
            return failure

    async def _runner_online(self, repository: str) -> bool | None:
        """None where the token may not list runners, or the label's runners are registered with the owner."""
        runners = await attempt(self._gitea.runners, repository)
        return None if isinstance(runners, ReadFailure) else label_is_online(runners, self._lane.runner_label)

    async def _server_version(self) -> str:
        """Asked until it is known: a server does not change it without a restart, and then the runs API tells."""
        if not self._version:
            version = await attempt(self._gitea.version)
            self._version = "" if isinstance(version, ReadFailure) else self._witness.text(version, 60)
        return self._version

    async def _enabled(self) -> bool | None:
        """`has_actions` of the repository; None where it is not said or not readable."""
        repository = await attempt(self._gitea.repository, self._lane.workflow_repository)
        return None if isinstance(repository, ReadFailure) else truth_at(repository, "has_actions")

    def _run(self, run: JsonObject, jobs: Sequence[JsonObject]) -> ActionsRun:
        return run_of(run, jobs, self._witness.text)

    def _report(
        self,
        runs: tuple[ActionsRun, ...],
        newer: tuple[ActionsRun, ...],
        aside: _Aside,
        meter: Meter,
        dispatch: Dispatch | None,
    ) -> ActionsReport:
        return ActionsReport(
            runs=runs,
            newer_runs=newer,
            dispatch=dispatch,
            server_time=server_time(self._clock, meter, self._gitea.host),
            server_version=aside.version,
            runner_label=self._lane.runner_label,
            runner_online=aside.runner_online,
            actions_enabled=aside.enabled,
        )

    def _runs_source(self, commit: str) -> str:
        return f"GET /api/v1/repos/{self._lane.workflow_repository}/actions/runs?head_sha={commit}"

    def _run_source(self, run: ActionsRun) -> str:
        return f"GET /api/v1/repos/{self._lane.workflow_repository}/actions/runs/{run.id}"

    def _run_facts(self, run: ActionsRun, jobs: list[JsonObject] | ReadFailure) -> tuple[Fact, ...]:
        says, source, jobs_source = self._witness.says, self._run_source(run), f"{self._run_source(run)}/jobs"
        began = run.started_at
        facts = [
            says("actionsRunId", run.id, self._runs_source(run.head_sha), at=began, final=True),
            says("runStatus", run.status, source, at=run.completed_at or began),
            says("runConclusion", run.conclusion, source, at=run.completed_at)
            if run.conclusion
            else self._witness.lacks("runConclusion", source, "the server says that the run is not completed"),
            says("runNumber", run.number, source, final=True),
            says("runAttempt", run.attempt, source),
        ]
        if isinstance(jobs, ReadFailure):
            return (*facts, self._witness.could_not("runJobs", jobs_source, jobs))
        told = tuple(f"{job.name}: {job.conclusion or job.status}" for job in run.jobs)
        return (*facts, says("runJobs", told, jobs_source))

    def _dispatch_facts(self, run_id: str, dispatch: Dispatch | ReadFailure | None) -> tuple[Fact, ...]:
        source = self._artifacts.list_locator(run_id)
        if isinstance(dispatch, ReadFailure):
            return (self._witness.could_not("dispatchEventId", source, dispatch),)
        if dispatch is None:
            return (self._witness.lacks("dispatchEventId", source, "the run has no dispatch artifact"),)
        source = f"GET /api/v1/repos/{self._artifacts.repository}/actions/artifacts/{dispatch.artifact_id}/zip"
        if dispatch.event_id is None:
            return (self._witness.lacks("dispatchEventId", source, "the EventListener's reply has no eventID"),)
        return (self._witness.says("dispatchEventId", dispatch.event_id, source, at=dispatch.sent_at, final=True),)

    def _aside_facts(self, aside: _Aside) -> tuple[Fact, ...]:
        says, root = self._witness.says, f"GET /api/v1/repos/{self._lane.workflow_repository}"
        told = []
        if aside.enabled is not None:
            told.append(says("actionsEnabled", aside.enabled, root))
        if aside.runner_online is not None:
            told.append(says("runnerOnline", aside.runner_online, f"{root}/actions/runners"))
        if aside.version:
            told.append(says("giteaVersion", aside.version, "GET /api/v1/version"))
        return tuple(told)

    def _handles(self, run: ActionsRun) -> tuple[Handle, ...]:
        repository, drilldown = self._lane.workflow_repository, self._drilldown()
        opened = Handle("object", drilldown, f"gitea-run:{repository}/{run.id}", f"run {run.id} {run.title}".strip())
        logs = (Handle("log", drilldown, f"gitea-job-log:{repository}/{job.id}", f"job {job.name}") for job in run.jobs)
        return (opened, *logs)

    def _drilldown(self) -> str:
        return next((name for name, key in self._lane.drilldowns.items() if key == "actionsRun"), "")


def _read(runs: tuple[ActionsRun, ...] | ReadFailure) -> tuple[ActionsRun, ...]:
    return () if isinstance(runs, ReadFailure) else runs


def _is_cancelled(run: ActionsRun) -> bool:
    return run.conclusion == "cancelled" or any(job.conclusion == "cancelled" for job in run.jobs)
