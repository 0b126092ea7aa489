"""Deployment, ReplicaSets and Pods, read into a report's parts (reference argo-k8s-oci 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lanewatch.authorities.image_id import digest_of_image_id
from lanewatch.authorities.native import (
    LONG_AGO,
    Native,
    annotation,
    created,
    deleting,
    label,
    leaf,
    moment,
    name,
    number,
    one_line,
    owner_uids,
    rows,
    said,
    text,
    uid,
)
from lanewatch.rollout.reports import DeploymentState, PodState, ReplicaSetState

SOURCE_COMMIT: Final = "unidesk.pikapython.com/source-commit"
REVISION: Final = "deployment.kubernetes.io/revision"
TEMPLATE_HASH: Final = "pod-template-hash"
STARTING: Final = ("ContainerCreating", "PodInitializing")
PODS_SHOWN: Final = 100  # of one Deployment; beyond that the counts of its status tell


@dataclass(frozen=True, slots=True)
class Counting:
    """How the container that counts is found: named as the workload, else the only one, else by image (C §3)."""

    workload: str
    registry_prefix: str

    def container(self, pod_spec: object) -> Native:
        """The container of a Pod spec; an empty one when none is told apart."""
        found = rows(pod_spec, "containers")
        if named := [row for row in found if text(row, "name") == self.workload]:
            return named[0]
        if len(found) == 1:
            return found[0]
        prefix = self.registry_prefix.rstrip("/") + "/"
        ours = [row for row in found if text(row, "image").startswith(prefix)]
        return ours[0] if ours else {}


def deployment_state(deployment: Native, counting: Counting) -> DeploymentState:
    """Counts that are missing are zero: the API leaves zeros out."""
    status, progressing = leaf(deployment, "status"), _condition(deployment, "Progressing")
    container = counting.container(leaf(deployment, "spec", "template", "spec"))
    wanted = number(deployment, "spec", "replicas")
    return DeploymentState(
        name=one_line(name(deployment)),
        uid=one_line(uid(deployment)),
        generation=number(deployment, "metadata", "generation") or 0,
        observed_generation=number(status, "observedGeneration") or 0,
        wanted=1 if wanted is None else wanted,
        total=number(status, "replicas") or 0,
        updated=number(status, "updatedReplicas") or 0,
        available=number(status, "availableReplicas") or 0,
        ready=number(status, "readyReplicas") or 0,
        paused=leaf(deployment, "spec", "paused") is True,
        progressing_status=said(progressing, "status"),
        progressing_reason=said(progressing, "reason"),
        progressing_message=said(progressing, "message"),
        progressing_updated_at=moment(progressing, "lastUpdateTime"),
        container=said(container, "name"),
        image=said(container, "image"),
        source_commit=_template_commit(deployment),
        created_at=created(deployment),
        refusal=_refusal(deployment),
    )


def replica_sets_of(deployment: Native, replica_sets: Sequence[Native]) -> list[Native]:
    """Those the Deployment owns by uid, the highest revision first: a rollback gives an old one a new number."""
    own = [item for item in replica_sets if uid(deployment) in owner_uids(item, "Deployment")]
    return sorted(own, key=lambda item: (_revision(item), created(item) or LONG_AGO), reverse=True)


def replica_set_state(replica_set: Native, counting: Counting) -> ReplicaSetState:
    container = counting.container(leaf(replica_set, "spec", "template", "spec"))
    return ReplicaSetState(
        name=one_line(name(replica_set)),
        uid=one_line(uid(replica_set)),
        revision=_revision(replica_set),
        template_hash=one_line(label(replica_set, TEMPLATE_HASH)),
        image=said(container, "image"),
        source_commit=_template_commit(replica_set),
        created_at=created(replica_set),
    )


def pods_of(replica_sets: Sequence[Native], pods: Sequence[Native]) -> list[Native]:
    """Pods that these ReplicaSets own by uid; those of the first ReplicaSet first, each newest first."""
    place = {uid(item): index for index, item in enumerate(replica_sets)}
    own = [pod for pod in pods if any(owner in place for owner in owner_uids(pod, "ReplicaSet"))]
    own.sort(key=lambda pod: (created(pod) or LONG_AGO, name(pod)), reverse=True)
    return sorted(own, key=lambda pod: min(place[owner] for owner in owner_uids(pod) if owner in place))[:PODS_SHOWN]


def pod_state(pod: Native, counting: Counting) -> PodState:
    container = counting.container(leaf(pod, "spec"))
    status = container_status(pod, text(container, "name"))
    reason, message = _waiting(pod, status)
    return PodState(
        name=one_line(name(pod)),
        uid=one_line(uid(pod)),
        replica_set_uid=one_line(next(owner_uids(pod, "ReplicaSet"), "")),
        phase=said(pod, "status", "phase"),
        ready=_is_ready(pod),
        deleting=deleting(pod),
        image=said(container, "image") or said(status, "image"),
        digest=digest_of_image_id(text(status, "imageID")),
        restarts=number(status, "restartCount") or 0,
        waiting_reason=reason,
        waiting_message=message,
        last_exit=_last_exit(status),
        started_at=moment(status, "state", "running", "startedAt") or moment(pod, "status", "startTime"),
        node=said(pod, "spec", "nodeName"),
    )


def container_status(pod: Native, container: str) -> Native:
    """The status of one container, an empty one before the kubelet reported."""
    found = (row for row in rows(pod, "status", "containerStatuses") if text(row, "name") == container)
    return next(found, {})


def _condition(deployment: Native, kind: str) -> Native:
    conditions = rows(deployment, "status", "conditions")
    return next((row for row in conditions if text(row, "type") == kind), {})


def _refusal(deployment: Native) -> str:
    """Copied from the ReplicaSet while it stands, removed when it is over (2.2); or no ReplicaSet could be made."""
    failure, progressing = _condition(deployment, "ReplicaFailure"), _condition(deployment, "Progressing")
    if text(failure, "status") == "True":
        return said(failure, "message") or said(failure, "reason")
    return said(progressing, "message") if text(progressing, "reason") == "ReplicaSetCreateError" else ""


def _template_commit(owner: Native) -> str:
    return said(owner, "spec", "template", "metadata", "annotations", SOURCE_COMMIT).strip().lower()


def _revision(replica_set: Native) -> int:
    raw = annotation(replica_set, REVISION)
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else 0


def _is_ready(pod: Native) -> bool:
    return any(
        text(row, "type") == "Ready" and text(row, "status") == "True" for row in rows(pod, "status", "conditions")
    )


def _waiting(pod: Native, status: Native) -> tuple[str, str]:
    """Why the Pod does not run: its container, another one, or the scheduler; the first that says something."""
    states = [status, *rows(pod, "status", "initContainerStatuses"), *rows(pod, "status", "containerStatuses")]
    told = [leaf(state, "state", "waiting") for state in states]
    reasons = [(said(waiting, "reason"), said(waiting, "message")) for waiting in told if text(waiting, "reason")]
    telling = [reason for reason in reasons if reason[0] not in STARTING]
    return next(iter([*telling, *_unscheduled(pod), *reasons]), ("", ""))


def _unscheduled(pod: Native) -> Iterator[tuple[str, str]]:
    for row in rows(pod, "status", "conditions"):
        if text(row, "type") == "PodScheduled" and text(row, "status") == "False":
            yield said(row, "reason"), said(row, "message")


def _last_exit(status: Native) -> str:
    """The crash is told by lastState while the container waits in CrashLoopBackOff (2.3)."""
    ended = leaf(status, "lastState", "terminated") or leaf(status, "state", "terminated")
    code = number(ended, "exitCode")
    if code is None:
        return ""
    reason = said(ended, "reason")
    return f"exit {code} ({reason})" if reason else f"exit {code}"
