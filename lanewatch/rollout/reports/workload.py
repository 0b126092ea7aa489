"""What Deployment, ReplicaSets, Pods and the health path say (k8s-native-status-and-health)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lanewatch.rollout.reports.provenance import DigestSet


@dataclass(frozen=True, slots=True)
class DeploymentState:
    """The workload as its controller sees it."""

    name: str
    uid: str
    generation: int
    observed_generation: int
    wanted: int  # spec.replicas
    total: int
    updated: int
    available: int
    ready: int
    paused: bool
    progressing_status: str
    progressing_reason: str
    progressing_message: str
    progressing_updated_at: datetime | None
    container: str  # the one that counts (CONTRACTS §3)
    image: str
    source_commit: str  # template annotation
    created_at: datetime | None = None
    refusal: str = ""  # why no Pod can be made: of condition ReplicaFailure (quota, admission)


@dataclass(frozen=True, slots=True)
class ReplicaSetState:
    """One revision of the workload."""

    name: str
    uid: str
    revision: int
    template_hash: str
    image: str
    source_commit: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class PodState:
    """One Pod of the workload."""

    name: str
    uid: str
    replica_set_uid: str
    phase: str
    ready: bool
    deleting: bool
    image: str
    digest: str  # sha256:… out of imageID, "" when unknown
    restarts: int
    waiting_reason: str
    waiting_message: str
    last_exit: str  # "exit 1 (Error)" of the last termination, "" when there is none
    started_at: datetime | None
    node: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What the health path answered; status 0 = no answer, see reason."""

    status: int
    word: str  # JSON `status`, "" otherwise
    source_commit: str
    reason: str
    locator: str
    body: str = ""  # cleaned, at most 200 characters


@dataclass(frozen=True, slots=True)
class WorkloadReport:
    """What the runtime cluster says of the workload."""

    deployment: DeploymentState | None
    replica_set: ReplicaSetState | None  # the one with the highest revision
    pods: tuple[PodState, ...]  # of the Deployment, all ReplicaSets
    health: Health | None  # None: unconfigured
    digests: tuple[DigestSet, ...] = ()  # of the running digests and of the expected one, as far as the registry tells
    events: tuple[str, ...] = ()
    server_time: datetime | None = None
    older_replica_sets: tuple[ReplicaSetState, ...] = ()
