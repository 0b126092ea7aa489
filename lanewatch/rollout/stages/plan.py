"""reuse-plan (reuse-plan-artifact): a valid plan bound to this commit."""

from __future__ import annotations

from datetime import datetime

from lanewatch.rollout.attempts import is_later_attempt
from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import ACTIONS, PLAN
from lanewatch.rollout.newer import newer_run
from lanewatch.rollout.reports import ActionsRun, Artifact, PlanReport, ReusePlan
from lanewatch.rollout.runs import TAKEN, ended_plan_job, epoch, first_started, is_taken, last_end, verdict
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.skipping import ended_for_good
from lanewatch.rollout.stages.actions import is_believed
from lanewatch.rollout.stages.traces import no_longer_there
from lanewatch.rollout.wording import cut, short


def judge(case: Case) -> Signal:
    start = case.stamp(ACTIONS, first_started(case.run), "first job startedAt") if case.run else None
    report = case.plan_report
    if report is not None and not _is_of_earlier_attempt(case, report):
        wrong = _what_is_wrong(case, report)
        if wrong:
            return Signal("failed", cut(wrong), wrong, start, _written(case, report), final=True)
        if report.plan is not None:
            return Signal("succeeded", _says(report.plan), "", start, _written(case, report), final=True)
    return _without_plan(case, start)


def _what_is_wrong(case: Case, report: PlanReport) -> str:
    if report.invalid:
        return f"invalid plan: {report.invalid}"
    plan = report.plan
    if plan is None:
        return ""
    if plan.source_commit != case.commit:
        return f"plan is for {short(plan.source_commit)}, not for {short(case.commit)}"
    if report.source_digest is not None and report.source_digest != plan.source_truth_digest:
        read, truth = short(plan.source_truth_digest), short(report.source_digest)
        return f"{plan.source_truth_path} is {truth}, the plan read {read}"
    return ""


def _without_plan(case: Case, start: Stamp | None) -> Signal:
    run = case.run
    if run is None and case.signal(ACTIONS).state == "unknown":
        return no_longer_there(case, PLAN) or Signal("pending", "", waiting=True)
    if run is None or not (start or is_taken(run)) or ended_for_good(case.signal(ACTIONS)):
        return Signal("pending", "", waiting=True)
    if not is_believed(case, run) or case.signal(ACTIONS).awaits:
        return Signal("running", _waits_for(case, run), "", start)
    if case.plan_report is None or not case.read_since(PLAN, f"run-ended:{run.id}:{epoch(run)}"):
        return Signal("running", "waiting for the plan", "", start, awaits=frozenset({PLAN}))
    gone = no_longer_there(case, PLAN, start)
    if gone is not None:
        return gone
    ended = case.stamp(ACTIONS, last_end(run), "last job completedAt")
    return _ended_without(case, run, start, ended)


def _ended_without(case: Case, run: ActionsRun, start: Stamp | None, ended: Stamp | None) -> Signal:
    """Failed; or cancelled with its run, perhaps for a newer commit's."""
    if verdict(run) != "cancelled":
        reason = f"run {run.number} ended without a plan"
        return Signal("failed", "no plan in the run", reason, start, ended, final=True)
    newer = newer_run(case)
    reason = f"superseded by {short(newer)}" if newer else f"run {run.number} was cancelled before its plan"
    return Signal("cancelled", cut(reason), reason, start, ended, superseded_by=newer, final=True)


def _waits_for(case: Case, run: ActionsRun) -> str:
    """The plan, or nothing any more: the job that makes it has ended and left none, read since."""
    job = ended_plan_job(run)
    if job is None or case.plan_report is None or case.plan_report.plan is not None:
        return "waiting for the plan"
    read = case.read_since(PLAN, f"job-ended:{job.id}:{job.attempt}")
    return "plan job ended without a plan" if read else "waiting for the plan"


def _is_of_earlier_attempt(case: Case, report: PlanReport) -> bool:
    """Whether the artifact was there before the job that makes this attempt's plan, whose runs all have one id.

    Up to Gitea 1.26 a rerun keeps the row and overwrites it; from 1.27 each attempt adds one, and a job that was not
    run again stands in the new attempt as completed.
    """
    run, artifact = case.run, report.artifact
    if run is None or artifact is None:
        return False
    if run.jobs and not any(job.status in TAKEN for job in run.jobs):
        return True
    began, written = first_started(run), _last_written(artifact)
    if not is_later_attempt(case.known, run, case.tekton) or began is None or written is None or written >= began:
        return False
    return run.attempt == 0 or ended_plan_job(run) is None


def _written(case: Case, report: PlanReport) -> Stamp | None:
    written = _last_written(report.artifact) if report.artifact else None
    return case.stamp(PLAN, written, "artifact updatedAt") or case.live(PLAN, f"plan:{report.ref}")


def _last_written(artifact: Artifact) -> datetime | None:
    """An upload of the same name in the same run overwrites: created_at stays, updated_at moves."""
    return max((at for at in (artifact.created_at, artifact.updated_at) if at), default=None)


def _says(plan: ReusePlan) -> str:
    return f"build {len(plan.build_services)}, reuse {len(plan.reused_services)}"
