"""What is to be known of the current PipelineRun that its own condition does not say, or says too late."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.facts import TEKTON
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.reports import PipelineRunState
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.stages.steps import IGNORED, blame, failed_step, how_it_ended, running_task
from lanewatch.rollout.wording import seconds

PICKED_UP_SECONDS = 10.0  # a controller that is there writes the first condition within one
NOTICED_SECONDS = 5.0  # 24 ms on a machine that is idle (tekton reference 4.3)
CONTROLLER = "Tekton's controller is down or behind"


def hidden_in_success(view: View) -> Iterator[Finding]:
    """A True run may hold a failed task that is ignored, and one that needed several attempts."""
    run = view.case.pipeline_run
    if run is None or _status(run) != "True":
        return
    for task in run.tasks:
        child = task.children[-1] if task.children else None
        if child is not None and task.state in IGNORED:
            message = f"PipelineRun {run.name} succeeded though {blame(child, task.name)}: that failure is ignored."
            yield view.finding("ignored-failure", "info", message, TEKTON, view.facts("pipelineRunName"))
        elif child is not None and child.attempts > 1:
            message = f"task {task.name} of PipelineRun {run.name} succeeded at attempt {child.attempts}."
            yield view.finding("retried", "info", message, TEKTON, view.facts("pipelineRunName"))


def step_died(view: View) -> Iterator[Finding]:
    """A step ended badly some seconds ago and its TaskRun does not say so: an older controller never will."""
    run = view.case.pipeline_run
    current = running_task(run) if run is not None and _status(run) == "Unknown" else None
    step = failed_step(current[1]) if current else None
    if current is None or step is None:
        return
    task, child = current
    if step.finished_at is not None and view.waited(TEKTON, step.finished_at, "step finishedAt") <= NOTICED_SECONDS:
        return
    message = (
        f"{how_it_ended(step, f' of {task.name}')}, yet TaskRun {child.name} goes on, perhaps until its timeout. "
        f"Read: lanewatch logs {view.name(TEKTON)}"
    )
    yield view.finding("step-died", "warning", message, TEKTON, view.facts("pipelineRunName"))


def not_picked_up(view: View) -> Iterator[Finding]:
    """The PipelineRun has no condition at all: nobody works on it."""
    run = view.case.pipeline_run
    if run is None or run.condition is not None:
        return
    waited = view.waited(TEKTON, run.created_at, "PipelineRun creationTimestamp")
    if waited > PICKED_UP_SECONDS:
        whose = f"it is for {run.managed_by}, Tekton leaves it alone" if run.managed_by else CONTROLLER
        message = f"nobody has picked up PipelineRun {run.name} for {seconds(waited)}: {whose}."
        yield view.finding("not-picked-up", "warning", message, TEKTON, view.facts("pipelineRunName"))


def end_unnoticed(view: View) -> Iterator[Finding]:
    """Every step of a Pod has ended, and its TaskRun still says that it runs."""
    run = view.case.pipeline_run
    current = running_task(run) if run is not None and _status(run) == "Unknown" else None
    if current is None or current[1].pod_ended_at is None:
        return
    task, child = current
    waited = view.waited(TEKTON, child.pod_ended_at, "Pod containerStatuses finishedAt")
    if waited > NOTICED_SECONDS:
        message = (
            f"the steps of {task.name} ended {seconds(waited)} ago, yet TaskRun {child.name} goes on: {CONTROLLER}."
        )
        yield view.finding("tekton-lags", "warning", message, TEKTON, view.facts("pipelineRunName"))


def not_stopped(view: View) -> Iterator[Finding]:
    """A run that was asked to end and cannot: it stays so for ever, whatever its children do."""
    run = view.case.pipeline_run
    condition = run.condition if run else None
    if run is not None and condition is not None and condition.reason.startswith("PipelineRunCouldnt"):
        told = condition.message.rstrip(". ")
        message = f"PipelineRun {run.name} could not be stopped ({run.spec_status or condition.reason}): delete it. "
        yield view.finding("not-stopped", "warning", f"{message}{told}.", TEKTON)


def _status(run: PipelineRunState) -> str:
    return run.condition.status if run.condition else ""
