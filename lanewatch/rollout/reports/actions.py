"""What the Actions API said of the runs for one commit (actions-run-api)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ActionsStep:
    """One step of a job."""

    name: str
    number: int
    status: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class ActionsJob:
    """One job of a run."""

    id: str
    name: str
    status: str  # queued waiting in_progress completed, or the server's own word
    conclusion: str  # "" unless completed
    labels: tuple[str, ...]
    runner: str
    attempt: int
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    steps: tuple[ActionsStep, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionsRun:
    """One run of the workflow, at its latest attempt."""

    id: str
    number: int
    attempt: int  # 0 where the server does not count attempts (Gitea up to 1.26)
    status: str
    conclusion: str
    event: str
    path: str
    head_sha: str
    head_branch: str
    title: str
    started_at: datetime | None
    completed_at: datetime | None
    jobs: tuple[ActionsJob, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """dispatch.json: the payload that was sent and what the EventListener replied (CONTRACTS §6)."""

    event_id: str | None
    payload: Mapping[str, str]
    sent_at: datetime | None
    artifact_id: str = ""


@dataclass(frozen=True, slots=True)
class ActionsReport:
    """What Gitea says of the runs for one commit."""

    runs: tuple[ActionsRun, ...]  # of the subject commit, this workflow and event; current (highest id) first
    newer_runs: tuple[ActionsRun, ...] = ()  # of newer commits on the same ref (jobs not read)
    dispatch: Dispatch | None = None
    server_time: datetime | None = None  # the server's clock when it answered
    server_version: str = ""
    runner_label: str = ""
    runner_online: bool | None = None  # None: not permitted to ask
    actions_enabled: bool | None = None

    @property
    def run(self) -> ActionsRun | None:
        return self.runs[0] if self.runs else None
