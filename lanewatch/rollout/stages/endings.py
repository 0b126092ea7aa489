"""How a PipelineRun ended, in the sentence a person would say: which step, Pod, exit code or condition to blame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.rollout.reports import Condition, PipelineRunState
from lanewatch.rollout.stages.steps import (
    BROKEN,
    ENDED_BY_OTHERS,
    after,
    blame,
    failed_step,
    failed_task,
    how_it_ended,
    is_cancelled,
    stopped_in,
)

# What matters in the messages of runs that Tekton refused or could not finish, by the condition's reason.
# Not there is one thing; a resolver that failed, or a right that lacks, is another: then its own words count.
_TOLD: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "ParameterMissing": ((re.compile(r"missing parameters: \[([^\]]*)\]"), "missing parameters: {}"),),
    "CouldntGetPipeline": (
        (re.compile(r'\bpipelines?\.tekton\.dev "([^"]+)" not found'), "no Pipeline {}"),
        (re.compile(r"(?:for pipelinerun|for PipelineRun) \S+: (?!error when getting)(.+)$"), "no Pipeline: {}"),
    ),
    "CouldntGetTask": (
        (re.compile(r'task\w*\.tekton\.dev "([^"]+)" not found'), "no Task {}"),
        (re.compile(r'retrieve Task "([^"]*)": (.+)$'), "no Task {0}: {1}"),
    ),
    "CouldntGetPipelineResult": ((re.compile(r"pipelineresults \[([^\]]*)\]"), "no pipeline result {}"),),
    "PipelineValidationFailed": (
        (
            re.compile(r'task "([^"]+)" completed successfully but did not emit the result "([^"]+)"'),
            "no result {1} from {0}",
        ),
    ),
}
NOT_RUN = frozenset({"skipped", "never_started"})
_REFUSED = re.compile(r'secret "[^"]+" not found|configmap "[^"]+" not found')


@dataclass(frozen=True, slots=True)
class Ending:
    """`says` fits a row, `reason` is the whole sentence."""

    says: str
    reason: str


def bad_ending(run: PipelineRunState) -> Ending:
    """Of a run that is False: cancelled, timed out, failed in a task, or refused."""
    condition = run.condition
    if is_cancelled(condition, ""):
        return _cancelled(run)
    if condition is not None and condition.reason == "PipelineRunTimeout":
        return _timed_out(run, condition)
    says = _failed_in_task(run) or (_refused(condition) if condition else "failed")
    return Ending(says, f"PipelineRun {run.name}: {says}{_besides(run)}")


def _cancelled(run: PipelineRunState) -> Ending:
    """By hand: what ran was killed, or (StoppedRunFinally) let to end. Perhaps somebody cancelled one TaskRun only."""
    broken = failed_task(run.tasks, BROKEN)
    before = f"; before that {blame(broken[1], broken[0].name)}" if broken else ""
    bad = failed_task(run.tasks, ENDED_BY_OTHERS)
    if bad is not None:
        task, child = bad
        says = f"cancelled{stopped_in(child, task.name)}"
        left = {True: "; its Pod is still there", False: "; its Pod and log are gone", None: ""}[child.pod_exists]
        whom = f"PipelineRun {run.name} was" if run.spec_status else f"{child.kind} {child.name}, not the run, was"
        return Ending(says, f"{whom} {says}{left}{before}{_besides(run)}")
    missed = next((task.name for task in run.tasks if task.state in NOT_RUN), "")
    word = "stopped" if run.spec_status == "StoppedRunFinally" else "cancelled"
    says = f"{word} before {missed}" if missed else word
    if all(task.state in NOT_RUN for task in run.tasks):
        return Ending(says, f"PipelineRun {run.name} was {says}; nothing ran")
    let = missed and all(task.state != "unfinished" for task in run.tasks)
    return Ending(says, f"PipelineRun {run.name} was {says}{'; what ran was let to end' if let else ''}{before}")


def _timed_out(run: PipelineRunState, condition: Condition) -> Ending:
    """What held it up: a step that died unnoticed, a Pod that never ran, a run nobody serves, or just slow work."""
    late, bad = f"timed out{after(condition)}", failed_task(run.tasks)
    if bad is None:
        says = late if after(condition) else _refused(condition)
        return Ending(says, f"PipelineRun {run.name}: {says}{_besides(run)}")
    task, child = bad
    if task.state == "failed":  # that was known before the time was up
        says = blame(child, task.name)
        return Ending(says, f"PipelineRun {run.name}: {says}, then the run {late}{_besides(run)}")
    step = failed_step(child)
    if step is not None:
        says = how_it_ended(step, f" of {task.name}")
        return Ending(says, f"PipelineRun {run.name}: {says}, unnoticed until the run {late}{_besides(run)}")
    if child.condition is None or child.pod_reason not in ("", "Deleted"):
        says = f"pod {child.pod_reason} of {task.name}" if child.condition else blame(child, task.name)
        return Ending(says, f"PipelineRun {run.name}: {says} until the run {late}{_scheduling(run)}{_besides(run)}")
    says = f"{late}{stopped_in(child, task.name)}"
    return Ending(says, f"PipelineRun {run.name} {says}{_besides(run)}")


def _failed_in_task(run: PipelineRunState) -> str:
    bad = failed_task(run.tasks, BROKEN) or failed_task(run.tasks)
    if bad is None:
        return ""
    task, child = bad
    blamed = blame(child, f"{task.name} (finally)" if task.section == "finally" else task.name)
    refused = next((found[0] for event in reversed(run.events) if (found := _REFUSED.search(event))), "")
    if "ConfigError" in blamed and refused:
        return f"{refused}, for {task.name} ({child.pod_reason or 'config error'})"
    again = ", its TaskRun was deleted and made again" if any(one.deleted for one in task.children) else ""
    return f"{blamed}{again}"


def _refused(condition: Condition) -> str:
    """The point of the run's own message, else the message."""
    for pattern, words in _TOLD.get(condition.reason, ()):
        if found := pattern.search(condition.message):
            return f"{words.format(*found.groups())} ({condition.reason})".replace(" :", ":")
    return f"{condition.reason}: {condition.message}".rstrip(": ")


def _besides(run: PipelineRunState) -> str:
    """What was done all the same: a failure in `finally`, or of a result, leaves the work of the tasks standing."""
    tasks = [task for task in run.tasks if task.section == "tasks"]
    missed = [task.name for task in tasks if task.state in NOT_RUN]
    if len(missed) == len(tasks):
        return "; nothing ran"
    if all(task.state in ("succeeded", "skipped", "ignored_failure") for task in tasks):
        ignored = [task.name for task in tasks if task.state == "ignored_failure"]
        return "; every task before that succeeded" + (
            f", but {', '.join(ignored)}, which is ignored" if ignored else ""
        )
    final = [f"{task.name} (finally)" for task in run.tasks if task.section == "finally" and task.state in NOT_RUN]
    if missed and final:
        return f"; {', '.join(missed)} did not run, nor did {', '.join(final)}"
    return f"; {', '.join(missed or final)} did not run" if missed or final else ""


def _scheduling(run: PipelineRunState) -> str:
    """Why no node took the Pod, as the scheduler said last."""
    told = next((event for event in reversed(run.events) if "FailedScheduling: " in event), "")
    return f" ({told.partition('FailedScheduling: ')[2].split('. preemption')[0]})" if told else ""
