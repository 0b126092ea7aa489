"""What is to be known of Actions runs, PipelineRuns and the builder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lanewatch.rollout.facts import ACTIONS, GITOPS, PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.runs import BADLY, attempt, ended_plan_job, has_ended, verdict
from lanewatch.rollout.stages.actions import how_it_ended, is_believed
from lanewatch.rollout.wording import counted, seconds

PATIENCE = 10.0  # seconds until waiting for another system is worth a word


def no_runner(view: View) -> Iterator[Finding]:
    """A job waits for a runner and none with its label is online."""
    actions, run = view.case.actions, view.case.run
    if actions is None or run is None or actions.runner_online is not False or has_ended(run):
        return
    if any(job.status == "queued" for job in run.jobs):
        message = f"no runner with label {actions.runner_label} is online: run {run.number} waits. Start one."
        yield view.finding("runner-offline", "warning", message, ACTIONS, view.facts("actionsRunId"))


def actions_disabled(view: View) -> Iterator[Finding]:
    if view.case.actions is not None and view.case.actions.actions_enabled is False:
        message = f"Actions are disabled in {view.lane.workflow_repository}: no run will come. Enable the unit."
        yield view.finding("actions-disabled", "warning", message, ACTIONS)


def plan_missing(view: View) -> Iterator[Finding]:
    """The job that makes the plan ended, the artifacts were read after that, and there is none."""
    run, report = view.case.run, view.case.plan_report
    job = ended_plan_job(run) if run else None
    if job is None or report is None or report.plan is not None or view.signal(PLAN).state != "running":
        return
    if view.case.read_since(PLAN, f"job-ended:{job.id}:{job.attempt}"):
        told = f"job {job.name} of run {run.number if run else '?'} uploaded none"
        message = f"plan job ended without a plan: {told}. Read: lanewatch logs {view.name(PLAN)}"
        yield view.finding("plan-missing", "warning", message, PLAN, view.facts("actionsRunId"))


def no_pipeline_run(view: View) -> Iterator[Finding]:
    """Nothing came of the dispatch; where the fallback is in use there is no EventListener to accept it."""
    case, signal = view.case, view.signal(TEKTON)
    waited = case.clocks.until_now(signal.started)
    if signal.state != "running" or not signal.waiting or waited is None or waited.low <= PATIENCE:
        return
    if case.tekton is None or case.tekton.event_listener_ready is False:
        return
    event = case.correlation.event_id
    cause = f"event {event} was accepted" if event else "no accepted event was seen"
    late = seconds(waited.seconds)
    message = f"no PipelineRun {late} after the plan: {cause}. Look at EventListener {view.lane.event_listener}."
    yield view.finding("no-pipelinerun", "warning", message, TEKTON)


def several(view: View) -> Iterator[Finding]:
    """Several PipelineRuns or attempts: which one counts, and which one delivered."""
    run, tekton, actions = view.case.run, view.case.tekton, view.case.actions
    if run is not None and actions is not None and len(actions.runs) > 1:
        message = (
            f"{counted(len(actions.runs), 'run')} of this commit: {run.number} counts, budgets run from its start."
        )
        yield view.finding("several-runs", "info", message, ACTIONS, view.facts("actionsRunId"))
    if run is not None and attempt(run) > 1:
        message = f"run {run.number} is at attempt {attempt(run)}: budgets run from its start."
        yield view.finding("several-attempts", "info", message, ACTIONS, view.facts("actionsRunId"))
    if tekton is not None and len(tekton.runs) > 1:
        older = [one.name for one in tekton.runs[1:] if one.condition is not None and one.condition.status == "True"]
        delivered = f" {older[0]} succeeded before (delivered by it)." if older else ""
        message = (
            f"{counted(len(tekton.runs), 'PipelineRun')} for this commit: {tekton.runs[0].name} counts.{delivered}"
        )
        yield view.finding("delivered-by", "info", message, TEKTON, view.facts("pipelineRunName"))


def run_ended_later(view: View) -> Iterator[Finding]:
    """The run ended badly after it had started a PipelineRun, which alone counts from then on."""
    run = view.case.run
    if run is None or view.case.pipeline_run is None or not is_believed(view.case, run) or verdict(run) not in BADLY:
        return
    if view.state == "failed":
        return  # it only repeats what failed
    message = f"{how_it_ended(run)}. Its PipelineRun had started, and counts."
    yield view.finding("run-ended-badly", "warning", message, ACTIONS)


def job_without_provenance(view: View) -> Iterator[Finding]:
    report = view.case.provenance_report
    job = report.job if report else None
    if report is None or view.signal(PROVENANCE).is_done:
        return
    if report.invalid:
        yield view.finding("provenance-invalid", "warning", f"provenance is not valid: {report.invalid}.", PROVENANCE)
    elif (
        job is not None
        and job.state == "complete"
        and view.is_answered(PROVENANCE)
        and _is_overdue(view, job.finished_at)
    ):
        read = f"Read: lanewatch logs {view.name(PROVENANCE)}"
        message = f"builder Job {job.name} is complete, but nobody wrote this rollout's provenance. {read}"
        yield view.finding("no-provenance", "warning", message, PROVENANCE, view.facts("builderJobName"))


def _is_overdue(view: View, finished_at: datetime | None) -> bool:
    """Whether the Job ended long enough ago for its provenance to be there; without a time it did."""
    waited = view.case.clocks.until_now(view.case.stamp(PROVENANCE, finished_at, "Job completionTime"))
    return waited is None or waited.low > PATIENCE


def job_outlives_run(view: View) -> Iterator[Finding]:
    """Tekton knows nothing of the Job: it goes on when the run was cancelled."""
    report, run = view.case.provenance_report, view.case.pipeline_run
    job = report.job if report else None
    ended = run is not None and run.condition is not None and run.condition.status == "False"
    if job is not None and job.state == "running" and ended:
        stop = f"kubectl delete job {job.name} -n {view.lane.pipeline_namespace}"
        message = f"the PipelineRun ended, its builder Job runs on. To stop it: {stop}"
        yield view.finding("job-outlives-run", "warning", message, PROVENANCE, view.facts("builderJobName"))


def no_publish(view: View) -> Iterator[Finding]:
    """The PipelineRun succeeded and nothing was published."""
    signal, pipeline = view.signal(GITOPS), view.signal(TEKTON)
    waited = view.case.clocks.until_now(pipeline.finished)
    if signal.state != "running" or pipeline.state != "succeeded" or waited is None or waited.low <= PATIENCE:
        return
    ago = seconds(waited.seconds)
    message = f"PipelineRun ended {ago} ago and no gitops commit names this commit. Look at its publish task."
    yield view.finding("no-gitops-commit", "warning", message, GITOPS, view.facts("pipelineRunName"))
