"""What Tekton's objects say where a person asks "which step, and why" (tekton reference 2, 5, 6, 13)."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.reports import Condition, PipelineRunState, PipelineTaskState, StepState, TaskRunState

CANCELLED = frozenset({"Cancelled", "TaskRunCancelled", "CustomRunCancelled", "PipelineRunCancelled"})


def is_cancelled(condition: Condition | None, because: str) -> bool:
    """Whether a run ended by being cancelled by hand; one stopped by a timeout failed."""
    return condition is not None and condition.reason in CANCELLED and "timed out" not in because


def run_ended_as(case: Case) -> str:
    """The status, True or False, in which the current PipelineRun ended; "" while it has not."""
    run = case.pipeline_run
    if run is None or run.condition is None or run.condition.status not in ("True", "False"):
        return ""
    return run.condition.status


def step_under_way(task: TaskRunState) -> str:
    """step NAME, or what keeps its Pod from running one."""
    if task.pod_reason:
        return f"pod {task.pod_reason}"
    number, step = executing(task.steps)
    if step is not None and task.pod_phase in ("Running", ""):
        return f"step {step.name} {number}/{len(task.steps)}"
    condition = task.condition
    return f"pod {task.pod_phase}" if task.pod_phase else (condition.reason if condition else "not picked up yet")


def executing(steps: tuple[StepState, ...]) -> tuple[int, StepState | None]:
    """The step that really runs, from 1: the first that is not terminated (all containers start at once)."""
    for number, step in enumerate(steps, 1):
        if step.state != "terminated":
            return number, step if step.state else None
    return 0, None


def blame(task: TaskRunState) -> str:
    """exit 1 in step NAME, or the TaskRun's own reason and message."""
    condition = task.condition
    bad = [s for s in task.steps if s.exit_code and s.termination_reason not in ("Skipped", "Continued")]
    told = f"{condition.reason}: {condition.message}" if condition else "failed"
    if not bad or (condition is not None and condition.reason in CANCELLED | {"TaskRunTimeout"}):
        return task.pod_reason or told.rstrip(": ")
    step = bad[0]
    killed = " (killed)" if step.exit_code == 137 and step.reason != "OOMKilled" else ""
    why = step.reason if step.reason not in ("", "Error") else ""
    return f"exit {step.exit_code} in step {step.name}{killed}{f': {why}' if why else ''}"


def failed_task(run: PipelineRunState) -> tuple[PipelineTaskState, TaskRunState] | None:
    """The first pipeline task that ended badly, with the child that shows why."""
    for task in run.tasks:
        if task.state in ("failed", "timed_out", "cancelled", "cancelled_by_pipeline_timeout"):
            for child in task.children:
                if child.condition is not None and child.condition.status == "False":
                    return task, child
    return None


def running_task(run: PipelineRunState) -> tuple[PipelineTaskState, TaskRunState] | None:
    """The pipeline task that runs now, with its running child."""
    for task in run.tasks:
        if task.state == "running":
            for child in task.children:
                if child.condition is None or child.condition.status == "Unknown":
                    return task, child
    return None
