"""What Tekton's objects say where a person asks "which step, and why" (tekton reference 2, 5, 6, 13)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lanewatch.rollout.case import Case
from lanewatch.rollout.reports import Condition, PipelineRunState, PipelineTaskState, StepState, TaskRunState

CANCELLED = frozenset({"Cancelled", "TaskRunCancelled", "CustomRunCancelled", "PipelineRunCancelled"})
STOPPED = frozenset({"TaskRunCancelled", "TaskRunTimeout"})  # written on every step of a TaskRun that Tekton stopped
BROKEN = frozenset({"failed", "timed_out"})  # of itself
ENDED_BY_OTHERS = frozenset({"cancelled", "cancelled_by_pipeline_timeout", "unfinished"})
BAD = BROKEN | ENDED_BY_OTHERS
IGNORED = BROKEN | {"ignored_failure"}  # in a run that is True: its own limit, too, may be a failure that is ignored
TAKEN = frozenset({"Evicted", "Terminated", "Preempting", "NodeShutdown", "Shutdown", "NodeLost"})  # by its node
KILLED = 137  # 128 + SIGKILL

_WITHIN = re.compile(r'within "([^"]+)"')
_STEP = re.compile(r'step "([^"]+)"')
_IMAGE = re.compile(r'pulling image \\?"([^"\\]+)')


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
    """step NAME, or what keeps its Pod from running one, or the step that died and keeps the next one waiting."""
    broken = failed_step(task)
    if broken is not None:
        return f"{how_it_ended(broken)}, the task goes on"
    if task.pod_reason:
        return f"pod {task.pod_reason}"
    if task.pod_phase in ("Succeeded", "Failed"):
        return f"pod {task.pod_phase}, Tekton has not noticed"
    number, step = executing(steps_of_attempt(task))
    waits = task.condition.reason if task.condition else "not picked up yet"
    if step is not None and (task.pod_phase == "Running" or (not task.pod_phase and waits == "Running")):
        return f"step {step.name} {number}/{len(task.steps)}"
    return f"pod {task.pod_phase}" if task.pod_phase else waits


def executing(steps: tuple[StepState, ...]) -> tuple[int, StepState | None]:
    """The step that really runs, from 1: the first that is not terminated (all containers start at once)."""
    for number, step in enumerate(steps, 1):
        if step.state != "terminated":
            return number, step if step.state else None
    return 0, None


def steps_of_attempt(task: TaskRunState) -> tuple[StepState, ...]:
    """None while a retry has begun and the status still has the steps of the attempt before (reference 5.4)."""
    ended = [step.finished_at for step in task.steps if step.finished_at is not None]
    is_open = task.condition is None or task.condition.status == "Unknown"
    if is_open and task.attempts > 1 and (task.started_at is None or any(at <= task.started_at for at in ended)):
        return ()
    return task.steps


def failed_step(task: TaskRunState) -> StepState | None:
    """The first step that ended badly of itself. Skipped ones, and those that Tekton stopped, bear an exit code too."""
    stopped = STOPPED | ({task.condition.reason} if task.condition else set())
    for step in steps_of_attempt(task):
        if step.exit_code and step.termination_reason not in ("Skipped", "Continued") and step.reason not in stopped:
            return step
    return None


def stopped_in(task: TaskRunState, pipeline_task: str = "") -> str:
    """ " in step NAME of TASK": the one that ran, or should have, when the TaskRun was stopped; " in TASK" without."""
    step = next((one for one in task.steps if one.state != "terminated" or one.reason in STOPPED), None)
    if step is None:
        return f" in {pipeline_task}" if pipeline_task else ""
    return f" in step {step.name}{f' of {pipeline_task}' if pipeline_task else ''}"


def how_it_ended(step: StepState, of: str = "") -> str:
    """exit 1 in step build of TASK; exit 137 OOMKilled in step build; step slow exceeded its timeout."""
    place = f"step {step.name}{of}"
    if step.termination_reason == "TimeoutExceeded":
        return f"{place} exceeded its timeout"
    killed = " (killed)" if step.exit_code == KILLED and step.reason != "OOMKilled" else ""
    why = f" {step.reason}" if step.reason not in ("", "Error") else ""
    return f"exit {step.exit_code}{why}{killed} in {place}"


def blame(task: TaskRunState, pipeline_task: str = "") -> str:
    """What a person would blame for a TaskRun that is False: a step with its exit code, its Pod, or its own limit."""
    reason, of = task.condition.reason if task.condition else "", f" of {pipeline_task}" if pipeline_task else ""
    inner = failed_task(task.tasks)
    if inner is not None:
        return blame(inner[1], f"{pipeline_task or task.name}/{inner[0].name}")
    last = f", attempt {task.attempts}" if task.attempts > 1 else ""
    if reason == "TaskRunTimeout":
        return f"timed out{after(task.condition)}{stopped_in(task, pipeline_task)}{last}{_log_gone(task)}"
    if reason == "TaskRunImagePullFailed":
        return _image_not_pulled(task, of)
    taken = task.pod_reason if task.pod_reason in TAKEN else reason.removeprefix("Pod")
    if taken in TAKEN:
        return f"pod {taken}{of}: {task.condition.message if task.condition else ''}".rstrip(":. ")
    step = failed_step(task)
    if step is not None:
        gone = ", its Pod was deleted" if step.exit_code == KILLED and task.pod_exists is False else ""
        return f"{how_it_ended(step, of)}{last}{gone}"
    return _unexplained(task, of)


def _unexplained(task: TaskRunState, of: str) -> str:
    condition = task.condition
    if condition is None:
        return f"nobody answered {task.kind}{of or f' {task.name}'}"
    if condition.reason in CANCELLED:
        word = "timed out" if "timed out" in task.cancelled_because else "cancelled"
        return f"{word}{stopped_in(task, of.removeprefix(' of '))}"
    if task.pod_reason not in ("", "Deleted", condition.reason):
        return f"pod {task.pod_reason}{of}"
    return f"{condition.reason}{of}: {condition.message}".rstrip(":. ")


def _log_gone(task: TaskRunState) -> str:
    return ", its Pod and log are gone" if task.pod_exists is False else ""


def _image_not_pulled(task: TaskRunState, of: str) -> str:
    """The message names step and image, in quotes within quotes."""
    message = task.condition.message if task.condition else ""
    step, image = _STEP.search(message), _IMAGE.search(message)
    where = f" in step {step[1]}" if step else ""
    return f"cannot pull the image{where}{of}{f': {image[1]}' if image else ''}"


def after(condition: Condition | None) -> str:
    """ " after 7s": the limit that a timeout's message names."""
    limit = _WITHIN.search(condition.message) if condition else None
    return f" after {limit[1]}" if limit else ""


def failed_task(
    tasks: Iterable[PipelineTaskState], states: frozenset[str] = BAD
) -> tuple[PipelineTaskState, TaskRunState] | None:
    """The first pipeline task that ended badly, or never ended, with the child that shows why: one that failed before
    one that was cancelled for it, and none that is only named by its run (TaskRuns that cannot be listed)."""
    for task in tasks:
        if task.state in states:
            bad = [child for child in reversed(task.children) if child.uid and not _has(child, "True")]
            of_itself = [child for child in bad if _has(child, "False") and not is_cancelled(child.condition, "")]
            if bad:
                return task, (of_itself or bad)[0]
    return None


def _has(child: TaskRunState, status: str) -> bool:
    return child.condition is not None and child.condition.status == status


def running_task(run: PipelineRunState) -> tuple[PipelineTaskState, TaskRunState] | None:
    """The pipeline task that runs now, with its running child."""
    for task in run.tasks:
        if task.state == "running":
            for child in task.children:
                if child.uid and (child.condition is None or _has(child, "Unknown")):
                    return task, child
    return None
