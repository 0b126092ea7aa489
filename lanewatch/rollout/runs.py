"""An Actions run judged by its jobs: the run's own status is not to be trusted (gitea reference 3.5, 3.6, 13)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from lanewatch.rollout.reports import ActionsJob, ActionsRun

BADLY = frozenset({"failure", "cancelled"})
TAKEN = frozenset({"in_progress", "completed"})  # the states of a job that a runner took

Verdict = Literal["success", "failure", "cancelled", "skipped", "unknown"]


def has_ended(run: ActionsRun) -> bool:
    """Whether every job of the latest attempt is completed; a run whose jobs were not read has its own word."""
    if run.jobs:
        return all(job.status == "completed" for job in run.jobs)
    return run.status == "completed"


def verdict(run: ActionsRun) -> Verdict:
    """How an ended run ended: failure, then cancelled, then success, then skipped; any word not known is unknown.

    No server calls a run with a failed job a success, unless that job may fail (`continue-on-error`, from 1.27).
    """
    said = [job.conclusion for job in run.jobs] or [run.conclusion]
    if (run.status, run.conclusion) == ("completed", "success") and set(said) <= {"success", "skipped", "failure"}:
        return "success"
    if "failure" in said:
        return "failure"
    if "cancelled" in said:
        return "cancelled"
    if any(word not in ("success", "skipped") for word in said):
        return "unknown"
    return "success" if "success" in said else "skipped"


def attempt(run: ActionsRun) -> int:
    """The attempt as counted by the server, else (Gitea up to 1.26) how often a job was picked up."""
    return run.attempt or max([1, *(job.attempt for job in run.jobs)])


def is_rerun_in_place(run: ActionsRun) -> bool:
    """Whether a rerun overwrote the first attempt: up to 1.26 ids and created_at stay, so they tell nothing of it."""
    return run.attempt == 0 and attempt(run) > 1


def epoch(run: ActionsRun) -> str:
    """What tells this attempt's end from an earlier one's."""
    ended = last_end(run)
    return f"{attempt(run)}:{verdict(run)}:{ended.isoformat() if ended else ''}"


def first_created(run: ActionsRun) -> datetime | None:
    return min((job.created_at for job in run.jobs if job.created_at), default=None)


def first_started(run: ActionsRun) -> datetime | None:
    """When a runner first took a job, of whichever attempt; one that still waits has not started, whatever it says."""
    return min((job.started_at for job in run.jobs if job.started_at and job.status in TAKEN), default=None)


def attempt_started(run: ActionsRun) -> datetime | None:
    """When a runner first took a job of the latest attempt; jobs that were not run again keep the earlier count."""
    latest = attempt(run)
    taken = [job for job in run.jobs if job.status in TAKEN and job.attempt in (latest, 0)]
    return min((job.started_at for job in taken if job.started_at), default=None)


def is_taken(run: ActionsRun) -> bool:
    """Whether a runner took a job of the latest attempt, also where no time tells so: what nobody took has no end."""
    latest = attempt(run)
    ran = [job for job in run.jobs if job.status == "in_progress" or job.conclusion in ("success", "failure")]
    return any(job.attempt in (latest, 0) for job in ran)


def last_end(run: ActionsRun) -> datetime | None:
    return max((job.completed_at for job in run.jobs if job.completed_at), default=run.completed_at)


def bad_job(run: ActionsRun) -> ActionsJob | None:
    """The job that a person should look at: the first that failed, else the first that was cancelled."""
    for word in ("failure", "cancelled"):
        for job in run.jobs:
            if job.conclusion == word:
                return job
    return None


def bad_step(job: ActionsJob) -> str:
    """The name of the step that ended the job badly, as far as the server tells (real step states from 1.26.2)."""
    ended = [step for step in job.steps if step.conclusion in BADLY]
    return ended[0].name if ended and len(ended) < max(2, len(job.steps)) else ""


def ended_plan_job(run: ActionsRun) -> ActionsJob | None:
    """The ended job that should have uploaded a plan: the one called so, else the first one that ended."""
    named = [job for job in run.jobs if "plan" in job.name.casefold()] or list(run.jobs[:1])
    return next((job for job in named if job.status == "completed"), None)
