"""What a person would say of Pods that do not come up."""

from __future__ import annotations

from lanewatch.rollout.reports import PodState, WorkloadReport
from lanewatch.rollout.rollouts import current_pods, is_stuck

STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})


def pod_trouble(workload: WorkloadReport) -> str:
    """What keeps the newest Pods from being ready: pod CrashLoopBackOff ×3, exit 1 (Error); "" where nothing does."""
    for pod in current_pods(workload):
        if is_in_trouble(pod):
            last = f", {pod.last_exit}" if pod.last_exit else ""
            return f"pod {pod.waiting_reason or 'restarted'}{times(pod)}{last}"
    return ""


def times(pod: PodState) -> str:
    """ " ×3": how often its container was restarted; "" where it never ran, as when its image cannot be pulled."""
    return f" ×{pod.restarts}" if pod.restarts else ""


def is_in_trouble(pod: PodState) -> bool:
    """Whether a Pod is held up by more than starting, or keeps dying."""
    return not pod.ready and (pod.waiting_reason not in STARTING or (pod.restarts > 0 and bool(pod.last_exit)))


def why_degraded(workload: WorkloadReport) -> str:
    """The Deployment's own condition, with the Pod's trouble where there is one; "" where neither tells."""
    deployment = workload.deployment
    if deployment is None or not is_stuck(deployment):
        return pod_trouble(workload)
    return f"{deployment.progressing_reason}: {why_stuck(workload)}".rstrip(": ")


def why_stuck(workload: WorkloadReport) -> str:
    """What keeps a rollout past its deadline: a Pod in trouble, one not ready and why, else Kubernetes' words."""
    deployment = workload.deployment
    told = (deployment.refusal or deployment.progressing_message) if deployment else ""
    refused = bool(deployment and deployment.refusal)
    return pod_trouble(workload) or (not refused and _not_ready(workload)) or told.rstrip(". ")


def _not_ready(workload: WorkloadReport) -> str:
    pod = next((pod for pod in current_pods(workload) if not pod.ready), None)
    if pod is None:
        return ""
    probe = next((event for event in reversed(workload.events) if "probe failed" in event), "")
    why = f": {probe.partition(': ')[2]}" if probe else ""
    return f"pod not ready{why} ({pod.name})"
