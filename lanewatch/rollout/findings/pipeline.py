"""What is to be known of the current PipelineRun that its own condition does not say, or says too late."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.facts import TEKTON
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.reports import PipelineRunState
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.stages.steps import blame, failed_step, how_it_ended, running_task


def hidden_in_success(view: View) -> Iterator[Finding]:
    """A True run may hold a failed task that is ignored, and one that needed several attempts."""
    run = view.case.pipeline_run
    if run is None or _status(run) != "True":
        return
    for task in run.tasks:
        child = task.children[-1] if task.children else None
        if child is not None and task.state == "ignored_failure":
            message = f"PipelineRun {run.name} succeeded though {blame(child, task.name)}: that failure is ignored."
            yield view.finding("ignored-failure", "info", message, TEKTON, view.facts("pipelineRunName"))
        elif child is not None and child.attempts > 1:
            message = f"task {task.name} of PipelineRun {run.name} succeeded at attempt {child.attempts}."
            yield view.finding("retried", "info", message, TEKTON, view.facts("pipelineRunName"))


def step_died(view: View) -> Iterator[Finding]:
    """A step ended badly and its TaskRun does not say so yet: an older controller never will."""
    run = view.case.pipeline_run
    current = running_task(run) if run is not None and _status(run) == "Unknown" else None
    step = failed_step(current[1]) if current else None
    if current is None or step is None:
        return
    task, child = current
    message = (
        f"{how_it_ended(step, f' of {task.name}')}, yet TaskRun {child.name} goes on, perhaps until its timeout. "
        f"Read: lanewatch logs {view.name(TEKTON)}"
    )
    yield view.finding("step-died", "warning", message, TEKTON, view.facts("pipelineRunName"))


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
