"""tekton-pipelinerun (pipelineRun-taskRun-status): the current PipelineRun of this commit succeeds."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.reports import PipelineRunState
from lanewatch.rollout.runs import has_ended
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages.endings import bad_ending
from lanewatch.rollout.stages.provenance import newer_pipeline_run
from lanewatch.rollout.stages.steps import BROKEN, IGNORED, failed_task, is_cancelled, running_task, step_under_way
from lanewatch.rollout.stages.traces import no_longer_there
from lanewatch.rollout.wording import cut, short


def judge(case: Case) -> Signal:
    start = case.signal(PLAN).finished
    run = case.pipeline_run
    if run is not None:
        return _of_run(case, run, start)
    return (
        _deleted(case, start) or _superseded(case) or no_longer_there(case, TEKTON, start) or _without_run(case, start)
    )


def _of_run(case: Case, run: PipelineRunState, start: Stamp | None) -> Signal:
    condition = run.condition
    if condition is None:
        return Signal("running", f"{run.name} not picked up", "", start)
    finished = case.stamp(TEKTON, run.completed_at or condition.changed_at, "PipelineRun completionTime")
    if condition.status == "True":
        return Signal("succeeded", cut(_succeeded(run)), "", start, finished, final=True)
    if condition.status == "False":
        return _ended_badly(case, run, start, finished)
    return Signal("running", cut(_under_way(run)), "", start)


def _succeeded(run: PipelineRunState) -> str:
    """Its name, or what its success hides; the failure that is ignored is a finding, too."""
    hidden = []
    for words, states in (("skipped", {"skipped"}), ("ignored the failure of", IGNORED)):
        if names := [task.name for task in run.tasks if task.state in states]:
            hidden.append(f"{words} {', '.join(names)}")
    return ", ".join(["done", *hidden]) if hidden else run.name


def _ended_badly(case: Case, run: PipelineRunState, start: Stamp | None, finished: Stamp | None) -> Signal:
    ending = bad_ending(run)
    if is_cancelled(run.condition, ""):
        newer = newer_pipeline_run(case)
        says = f"superseded by {short(newer)}" if newer else ending.says
        return Signal("cancelled", cut(says), ending.reason, start, finished, superseded_by=newer, final=True)
    build = case.signal(PROVENANCE)
    repeats = PROVENANCE if build.state == "failed" and not build.consequence_of else ""
    return Signal("failed", cut(ending.says), ending.reason, start, finished, consequence_of=repeats, final=True)


def _under_way(run: PipelineRunState) -> str:
    reason = run.condition.reason if run.condition else ""
    if reason.startswith("PipelineRunCouldnt"):
        return f"{run.spec_status or reason}, could not be stopped"
    if run.spec_status == "PipelineRunPending":
        return "on hold (PipelineRunPending)"
    if run.spec_status:
        return f"{run.spec_status}: stopping"
    current, lost = running_task(run), failed_task(run.tasks, BROKEN)
    if lost is not None:  # with tasks in `finally` the run says Running until they have ended (reference 2.1)
        return f"{lost[0].name} failed, {f'{current[0].name} runs' if current else 'the run ends'}"
    if current is None:
        return run.name if reason in ("Running", "Started", "") else f"{run.name} {reason}"
    task, child = current
    return f"{task.name}: {step_under_way(child)}"


def _deleted(case: Case, start: Stamp | None) -> Signal | None:
    """A PipelineRun that is gone was deleted or pruned, which is no verdict; one seen ended keeps its end."""
    run = case.deleted_pipeline_run
    if run is None:
        return None
    ended = run.condition.status if run.condition else ""
    if ended == "True":
        return Signal("succeeded", f"{run.name}, deleted since", "", start, final=True)
    if ended == "False":
        reason = f"PipelineRun {run.name} failed and was deleted"
        return Signal("failed", f"{run.name}, deleted since", reason, start, final=True)
    return Signal(
        "unknown", f"{run.name} deleted", f"PipelineRun {run.name} was deleted before its end was seen", start
    )


def _superseded(case: Case) -> Signal | None:
    newer, run = newer_pipeline_run(case), case.run
    if newer and case.tekton and case.tekton.other_runs and (run is None or has_ended(run)):
        says = f"superseded by {short(newer)}"
        return Signal("skipped", says, says, superseded_by=newer)
    return None


def _without_run(case: Case, start: Stamp | None) -> Signal:
    if case.signal(PLAN).is_done:
        return Signal("running", "waiting for a PipelineRun", "", start, waiting=True)
    return Signal("pending", "", waiting=True)
