"""What `kubectl rollout status` says of a Deployment, from its numbers alone (argo-k8s-oci reference 2.1, 2.2)."""

from __future__ import annotations

from lanewatch.rollout.reports import DeploymentState, PodState, WorkloadReport

DEADLINE = "ProgressDeadlineExceeded"
ENDED = frozenset({"Succeeded", "Failed"})  # phases in which a Pod stays as a record of itself


def is_observed(deployment: DeploymentState) -> bool:
    """Whether the controller has seen the current spec."""
    return deployment.observed_generation >= deployment.generation


def is_stuck(deployment: DeploymentState) -> bool:
    """ProgressDeadlineExceeded at the observed generation."""
    return is_observed(deployment) and deployment.progressing_reason == DEADLINE


def waits_for(deployment: DeploymentState) -> str:
    """What the rollout still waits for, "" when it is complete."""
    if not is_observed(deployment):
        return "spec not observed yet"
    if deployment.progressing_reason == DEADLINE:
        return DEADLINE
    if deployment.paused:
        return "Deployment is paused"
    if deployment.updated < deployment.wanted and deployment.refusal:
        return f"no Pod can be made: {deployment.refusal}"
    if deployment.updated < deployment.wanted:
        return f"{deployment.updated} of {deployment.wanted} Pods updated"
    if deployment.total > deployment.updated:
        return f"{deployment.total - deployment.updated} old Pods still there"
    if deployment.available < deployment.updated:
        return f"{deployment.available} of {deployment.updated} Pods available"
    return ""


def is_rolled_out(deployment: DeploymentState) -> bool:
    return not waits_for(deployment)


def current_pods(workload: WorkloadReport) -> tuple[PodState, ...]:
    """Pods of the newest ReplicaSet that run or will: not those being deleted, nor those that an eviction left behind.
    Without a ReplicaSet, of all."""
    replica_set = workload.replica_set
    return tuple(
        pod
        for pod in workload.pods
        if not pod.deleting
        and pod.phase not in ENDED
        and (replica_set is None or pod.replica_set_uid == replica_set.uid)
    )
