"""What Tekton says of the PipelineRuns for one commit (pipelineRun-taskRun-status; reference tekton.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Condition:
    """The one condition `Succeeded` of a run; absent (None on the run) = nobody picked it up yet."""

    status: str  # "True" "False" "Unknown"
    reason: str
    message: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of a TaskRun, as its status has it."""

    name: str
    container: str
    state: Literal["running", "waiting", "terminated", ""]
    exit_code: int | None = None
    reason: str = ""
    termination_reason: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskRunState:
    """A child of a pipeline task: TaskRun, CustomRun or child PipelineRun."""

    kind: str
    name: str
    uid: str
    condition: Condition | None
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    attempts: int
    pod_name: str
    pod_uids: tuple[str, ...]  # oldest first, as far as seen
    pod_exists: bool | None  # None: Pods are not readable
    pod_phase: str
    pod_reason: str  # waiting reason, Evicted, OOMKilled … whatever the Pod says that explains the state
    steps: tuple[StepState, ...]
    results: Mapping[str, str]
    cancelled_because: str = ""  # spec.statusMessage
    deleted: bool = False
    retried_pods: tuple[str, ...] = ()
    tasks: tuple[PipelineTaskState, ...] = ()  # of a child PipelineRun
    pod_ended_at: datetime | None = None  # when the last of its step containers ended, once all have


TaskState = Literal[
    "pending", "running", "succeeded", "failed", "ignored_failure", "timed_out", "cancelled",
    "cancelled_by_pipeline_timeout", "skipped", "never_started", "unfinished",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PipelineTaskState:
    """One task of the pipeline, judged from its own children."""

    name: str
    section: Literal["tasks", "finally"]
    state: TaskState
    skip_reason: str
    children: tuple[TaskRunState, ...]


@dataclass(frozen=True, slots=True)
class PipelineRunState:
    """One run with all its tasks."""

    name: str
    uid: str
    condition: Condition | None
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    params: Mapping[str, str]
    event_id: str
    results: Mapping[str, str]
    spec_status: str  # Cancelled, CancelledRunFinally, StoppedRunFinally, PipelineRunPending or ""
    tasks: tuple[PipelineTaskState, ...]
    deleting: bool = False
    managed_by: str = ""  # spec.managedBy, where that is not Tekton: it then leaves the run alone
    events: tuple[str, ...] = ()  # "Warning FailedScheduling: …", newest last, at most 20


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A PipelineRun that was there and is gone. Names are used again: only the uid tells it from its successor."""

    name: str
    uid: str
    created_at: datetime | None
    condition: Condition | None  # as last seen


@dataclass(frozen=True, slots=True)
class TektonReport:
    """What the CI cluster says of the runs for one commit."""

    runs: tuple[PipelineRunState, ...]  # of the subject commit; current (newest creation, then uid) first
    other_runs: tuple[tuple[str, str], ...] = ()  # (name, commit) of runs of newer commits
    deleted: tuple[DeletedRun, ...] = ()  # runs of this commit that were there and are gone, newest first
    event_listener_ready: bool | None = None
    server_time: datetime | None = None

    @property
    def run(self) -> PipelineRunState | None:
        return self.runs[0] if self.runs else None
