"""What one child of a pipeline task says: TaskRun, CustomRun or child PipelineRun, with the Pods that ran it.

Reference tekton.md 3-7. Pods belong to a TaskRun by owner uid alone: a TaskRun that was deleted and made again adopts
the dying Pod of its predecessor by name, and that Pod is not its own (5.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from lanewatch.authorities.native import (
    LONG_AGO,
    Native,
    condition,
    created,
    deleting,
    leaf,
    moment,
    name,
    named_values,
    number,
    one_line,
    owner_uids,
    rows,
    said,
    text,
    uid,
)
from lanewatch.authorities.tekton_history import History, Kept
from lanewatch.rollout.reports import StepState, TaskRunState

STARTING: Final = ("ContainerCreating", "PodInitializing", "")  # waiting reasons that explain nothing


class Owned:
    """The objects of a history by the uid of their owner; made once for a whole report."""

    def __init__(self, history: History) -> None:
        self._by_owner: dict[str, list[Kept]] = {}
        for kept in history.of_kind("TaskRun", "CustomRun", "PipelineRun", "Pod"):
            for owner in owner_uids(kept.object):
                self._by_owner.setdefault(owner, []).append(kept)

    def of(self, owner: str, *kinds: str) -> list[Kept]:
        """In the order of their creation; within one second by name (shorter first: -2 before -10), then as seen."""
        found = [kept for kept in self._by_owner.get(owner, ()) if kept.kind in kinds]
        return sorted(found, key=lambda kept: _age(kept.object))


def _age(native: Native) -> tuple[datetime, int, str]:
    return created(native) or LONG_AGO, len(name(native)), name(native)


def child_state(child: Kept, owned: Owned, *, pods_readable: bool) -> TaskRunState:
    """`pods_readable` False: nothing is said of Pods that cannot be listed."""
    run = child.object
    retried = tuple(said(attempt, "podName") for attempt in rows(run, "status", "retriesStatus"))
    pods = _attempts_in_order(owned.of(uid(run), "Pod"), retried)
    current = _current_pod(run, pods)
    return TaskRunState(
        kind=child.kind,
        name=one_line(name(run)),
        uid=one_line(uid(run)),
        condition=condition(run, "Succeeded"),
        created_at=created(run),
        started_at=moment(run, "status", "startTime"),
        completed_at=moment(run, "status", "completionTime"),
        attempts=len(retried) + 1,
        pod_name=said(run, "status", "podName"),
        pod_uids=tuple(one_line(uid(pod.object)) for pod in pods),
        pod_exists=(current is not None and not current.deleted) if pods_readable else None,
        pod_phase=said(current.object, "status", "phase") if current else "",
        pod_reason=pod_reason(current.object) if current else "",
        steps=tuple(_step(step) for step in rows(run, "status", "steps")),
        results=results(run),
        cancelled_because=said(run, "spec", "statusMessage"),
        deleted=child.deleted,
        retried_pods=retried,
        pod_ended_at=_steps_ended(current.object) if current else None,
    )


def unseen_child(reference: Native) -> TaskRunState:
    """A child that the run names in status.childReferences and that is in no list (yet, or any more)."""
    return TaskRunState(
        kind=said(reference, "kind"),
        name=said(reference, "name"),
        uid="",
        condition=None,
        created_at=None,
        started_at=None,
        completed_at=None,
        attempts=1,
        pod_name="",
        pod_uids=(),
        pod_exists=None,
        pod_phase="",
        pod_reason="",
        steps=(),
        results={},
    )


def results(run: Native) -> Mapping[str, str]:
    """`status.results`, or what tekton.dev/v1beta1 calls it."""
    status = leaf(run, "status")
    return next((found for key in _RESULT_KEYS if (found := named_values(status, key))), {})


_RESULT_KEYS: Final = ("results", "taskResults", "pipelineResults")


def _steps_ended(pod: Native) -> datetime | None:
    """When the last step container ended; None while one has not. Sidecars go on for a moment (reference 5.3)."""
    states = [row for row in rows(pod, "status", "containerStatuses") if text(row, "name").startswith("step-")]
    ended = [moment(row, "state", "terminated", "finishedAt") for row in states]
    known = [at for at in ended if at is not None]
    return max(known) if known and len(known) == len(ended) else None


def pod_reason(pod: Native) -> str:
    """The word by which a Pod explains why it does not run well, "" when it has none; the strongest first."""
    if reason := said(pod, "status", "reason"):  # Evicted, NodeLost, DeadlineExceeded
        return reason
    return next((reason for reason in _weaker_reasons(pod) if reason), "")


def _weaker_reasons(pod: Native) -> Iterable[str]:
    states = [*rows(pod, "status", "initContainerStatuses"), *rows(pod, "status", "containerStatuses")]
    yield next((text(s, "state", "terminated", "reason") for s in states if _out_of_memory(s)), "")
    yield "Deleted" if deleting(pod) else ""
    waiting = (said(state, "state", "waiting", "reason") for state in states)
    yield next((reason for reason in waiting if reason not in STARTING), "")
    for row in rows(pod, "status", "conditions"):
        if text(row, "type") == "PodScheduled" and text(row, "status") == "False":
            yield said(row, "reason")


def _out_of_memory(state: Native) -> bool:
    return text(state, "state", "terminated", "reason") == "OOMKilled"


def _attempts_in_order(pods: list[Kept], retried: tuple[str, ...]) -> list[Kept]:
    """Oldest first: stamps have whole seconds, so among Pods of one second the archived attempts decide."""
    place = {pod: index for index, pod in enumerate(retried)}
    return sorted(pods, key=lambda pod: (created(pod.object) or LONG_AGO, place.get(name(pod.object), len(retried))))


def _current_pod(run: Native, pods: list[Kept]) -> Kept | None:
    """The newest Pod of the name that the run gives; Pods are made again under one name. Without a name, the newest
    that is not of an archived attempt."""
    wanted = text(run, "status", "podName")
    archived = {text(row, "podName") for row in rows(run, "status", "retriesStatus")}
    named = [pod for pod in pods if (name(pod.object) == wanted if wanted else name(pod.object) not in archived)]
    return named[-1] if named else None


def _step(step: Native) -> StepState:
    state, detail = _step_detail(step)
    return StepState(
        name=said(step, "name"),
        container=said(step, "container"),
        state=state,
        exit_code=number(detail, "exitCode"),
        reason=said(detail, "reason"),
        termination_reason=said(step, "terminationReason"),
        started_at=moment(detail, "startedAt"),
        finished_at=moment(detail, "finishedAt"),
    )


def _step_detail(step: Native) -> tuple[Literal["running", "waiting", "terminated", ""], object]:
    """Before the kubelet reported a step has no state at all."""
    if "terminated" in step:
        return "terminated", step["terminated"]
    if "running" in step:
        return "running", step["running"]
    return ("waiting", step["waiting"]) if "waiting" in step else ("", None)
