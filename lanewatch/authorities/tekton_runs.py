"""PipelineRuns read out of a history: each run, and the state of every pipeline task from its own children.

Reference tekton.md 3-7 and 13: a task is skipped only by an entry of status.skippedTasks; it never started when the
run is over and there is neither a child nor an entry; `tekton.dev/pipelineRun` labels are not trusted, owner uids are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, Literal

from lanewatch.authorities.kubernetes_events import event_lines
from lanewatch.authorities.native import (
    LONG_AGO,
    Native,
    condition,
    created,
    deleting,
    label,
    moment,
    name,
    named_values,
    one_line,
    owner_uids,
    rows,
    said,
    text,
    uid,
)
from lanewatch.authorities.tekton_children import Owned, child_state, results, unseen_child
from lanewatch.authorities.tekton_history import RUN_KINDS, History, Kept, is_done
from lanewatch.rollout.reports import DeletedRun, PipelineRunState, PipelineTaskState, TaskRunState, TaskState

Section = Literal["tasks", "finally"]

DEEPEST: Final = 4  # pipelines in pipelines; nobody is known to nest them twice
TEKTON_ITSELF: Final = "tekton.dev/pipeline"
EVENT_ID: Final = "triggers.tekton.dev/triggers-eventid"
TASK: Final = "tekton.dev/pipelineTask"
MEMBER_OF: Final = "tekton.dev/memberOf"

TIMED_OUT: Final = ("TaskRunTimeout", "PipelineRunTimeout", "CustomRunTimedOut", "RunTimedOut")
CANCELLED: Final = ("TaskRunCancelled", "Cancelled", "PipelineRunCancelled", "CustomRunCancelled", "RunCancelled")
BY_TIMEOUT: Final = "has timed out"  # of spec.statusMessage: "… the PipelineRun it belongs to has timed out."
WORST_FIRST: Final[tuple[TaskState, ...]] = (
    "failed", "timed_out", "cancelled_by_pipeline_timeout", "cancelled", "ignored_failure",
)  # fmt: skip


def is_nested(run: Native) -> bool:
    """A child PipelineRun, which a list shows beside its parent (reference 7)."""
    return any(owner_uids(run, "PipelineRun"))


def oldest_first(history: History) -> list[Kept]:
    """Every PipelineRun seen, nested and deleted ones too, by creation, then uid."""
    return sorted(history.of_kind("PipelineRun"), key=lambda kept: (created(kept.object) or LONG_AGO, uid(kept.object)))


def runs_of(
    history: History, *, pods_readable: bool = True
) -> tuple[tuple[PipelineRunState, ...], tuple[DeletedRun, ...]]:
    """The runs that are there and those that are gone, newest first; nested runs are their parents'."""
    newest_first = [kept for kept in reversed(oldest_first(history)) if not is_nested(kept.object)]
    present = [run_state(history, kept, pods_readable=pods_readable) for kept in newest_first if not kept.deleted]
    return tuple(present), tuple(_deleted(kept.object) for kept in newest_first if kept.deleted)


def _deleted(run: Native) -> DeletedRun:
    return DeletedRun(one_line(name(run)), one_line(uid(run)), created(run), condition(run, "Succeeded"))


def run_state(history: History, run: Kept, *, pods_readable: bool = True) -> PipelineRunState:
    """One run as far as the history goes. With `pods_readable` False no child says whether its Pod exists."""
    native = run.object
    tasks = _tasks(run, Owned(history), pods_readable=pods_readable)
    return PipelineRunState(
        name=one_line(name(native)),
        uid=one_line(uid(native)),
        condition=condition(native, "Succeeded"),
        created_at=created(native),
        started_at=moment(native, "status", "startTime"),
        completed_at=moment(native, "status", "completionTime"),
        params=named_values(native, "spec", "params"),
        event_id=one_line(label(native, EVENT_ID)),
        results=results(native),
        spec_status=said(native, "spec", "status"),
        tasks=tasks,
        managed_by="" if (manager := said(native, "spec", "managedBy")) == TEKTON_ITSELF else manager,
        deleting=deleting(native) or run.deleted,
        events=event_lines(
            (event.object for event in history.of_kind("Event")), frozenset({uid(native), *_uids(tasks)})
        ),
    )


def _uids(tasks: Iterable[PipelineTaskState]) -> Iterator[str]:
    """Of every child at any depth, and of their Pods."""
    for task in tasks:
        for child in task.children:
            yield child.uid
            yield from child.pod_uids
            yield from _uids(child.tasks)


def _children(run: Native, owned: Owned) -> dict[str, list[Kept]]:
    """Children by pipeline task; the label names the task, else the run's own reference to the child."""
    named = {text(row, "name"): text(row, "pipelineTaskName") for row in rows(run, "status", "childReferences")}
    found: dict[str, list[Kept]] = {}
    for child in owned.of(uid(run), *RUN_KINDS):
        task = label(child.object, TASK) or named.get(name(child.object), "")
        if task:
            found.setdefault(task, []).append(child)
    return found


def _tasks(run: Kept, owned: Owned, *, pods_readable: bool, depth: int = 0) -> tuple[PipelineTaskState, ...]:
    """Every task of a run; those of its child PipelineRuns are inside their child."""
    skips = {text(row, "name"): said(row, "reason") for row in rows(run.object, "status", "skippedTasks")}
    kept = _children(run.object, owned)

    def state_of(child: Kept) -> TaskRunState:
        state = child_state(child, owned, pods_readable=pods_readable)
        if child.kind != "PipelineRun" or depth == DEEPEST:
            return state
        return replace(state, tasks=_tasks(child, owned, pods_readable=pods_readable, depth=depth + 1))

    found = []
    for task, section, ignores_failure in _declared(run.object, kept):
        children = (*map(state_of, kept.get(task, ())), *_unseen(run.object, task, kept))
        state = _task_state(run, children, skipped=task in skips, ignores_failure=ignores_failure)
        reason = skips.get(task, "") if state == "skipped" else ""
        found.append(PipelineTaskState(one_line(task), section, state, reason, children))
    return tuple(found)


def _declared(run: Native, kept: dict[str, list[Kept]]) -> Iterator[tuple[str, Section, bool]]:
    """Name, section and `onError: continue` of every task: the resolved spec, else the embedded one, then children."""
    spec = next((spec for spec in (_spec(run, "status"), _spec(run, "spec")) if spec), {})
    seen: set[str] = set()
    sections: tuple[Section, ...] = ("tasks", "finally")
    for section in sections:
        for row in rows(spec, section):
            seen.add(text(row, "name"))
            yield text(row, "name"), section, text(row, "onError") == "continue"
    for task, children in kept.items():
        if task not in seen:
            yield task, "finally" if label(children[0].object, MEMBER_OF) == "finally" else "tasks", False


def _spec(run: Native, part: str) -> Native:
    found = run.get(part)
    spec = found.get("pipelineSpec") if isinstance(found, dict) else None
    return spec if isinstance(spec, dict) else {}


def _unseen(run: Native, task: str, kept: dict[str, list[Kept]]) -> Iterator[TaskRunState]:
    names = {name(child.object) for child in kept.get(task, ())}
    for row in rows(run, "status", "childReferences"):
        if text(row, "pipelineTaskName") == task and text(row, "name") not in names:
            yield unseen_child(row)


def _task_state(run: Kept, children: tuple[TaskRunState, ...], *, skipped: bool, ignores_failure: bool) -> TaskState:
    over = run.deleted or is_done(run.object)
    left = [child for child in children if not child.deleted] or list(children)
    if not left:
        return "skipped" if skipped else "pending" if not over and _may_start(run.object) else "never_started"
    if _succeeded(run.object) and not any(child.uid for child in left):
        return "succeeded"  # children that cannot be listed: the run is the only witness
    if not all(_ended(child) for child in left):
        return "unfinished" if over or any(child.deleted for child in left) else "running"
    endings = {_ending(child, ignores_failure) for child in left} - {"succeeded"}
    return next((state for state in WORST_FIRST if state in endings), "succeeded")


def _succeeded(run: Native) -> bool:
    verdict = condition(run, "Succeeded")
    return verdict is not None and verdict.status == "True"


def _may_start(run: Native) -> bool:
    """Nothing new starts once somebody asked for a hard cancel, even where Tekton cannot carry it out (reference 7)."""
    return text(run, "spec", "status") not in ("Cancelled", "PipelineRunCancelled")


def _ended(child: TaskRunState) -> bool:
    return child.condition is not None and child.condition.status in ("True", "False")


def _ending(child: TaskRunState, ignores_failure: bool) -> TaskState:
    if child.condition is None or child.condition.status == "True":
        return "succeeded"
    if child.condition.reason == "FailureIgnored":
        return "ignored_failure"
    if child.condition.reason in TIMED_OUT:
        return "timed_out"
    if child.condition.reason in CANCELLED:
        return "cancelled_by_pipeline_timeout" if BY_TIMEOUT in child.cancelled_because else "cancelled"
    return "ignored_failure" if ignores_failure else "failed"
