"""What the native Argo CD Application says (argo-application; reference argo-k8s-oci.md 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """What Argo last did, or does now."""

    phase: str
    message: str
    started_at: datetime | None
    finished_at: datetime | None
    revision: str  # syncResult.revision, "" while not resolved
    dry_run: bool
    partial: bool  # operation.sync.resources is not empty
    retry_count: int
    failed_resources: tuple[str, ...] = ()  # "Deployment/name: message"


@dataclass(frozen=True, slots=True)
class ArgoCondition:
    """One of the Application's conditions."""

    type: str
    message: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Deployed:
    """One row of status.history."""

    revision: str
    deployed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationReport:
    """What Argo CD says of the Application."""

    name: str
    uid: str
    repo_url: str
    target_revision: str
    path: str
    sync_status: str
    sync_revision: str  # "" when it is no full hash (Argo then holds the unresolved branch name)
    compared_to_spec: bool  # status.sync.comparedTo equals spec source and destination
    health_status: str
    health_since: datetime | None
    reconciled_at: datetime | None
    operation_pending: bool  # top-level .operation is present
    operation: Operation | None
    conditions: tuple[ArgoCondition, ...]
    history: tuple[Deployed, ...]
    auto_sync: bool
    refresh_pending: bool
    skip_reconcile: bool
    deleting: bool
    images: tuple[str, ...] = ()
    server_time: datetime | None = None
    events: tuple[str, ...] = ()
