"""What a person would say of Pods that do not come up."""

from __future__ import annotations

from lanewatch.rollout.reports import PodState, WorkloadReport
from lanewatch.rollout.rollouts import current_pods, is_stuck

STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})


def pod_trouble(workload: WorkloadReport) -> str:
    """What keeps the newest Pods from being ready: pod CrashLoopBackOff ×3, exit 1 (Error); "" where nothing does."""
    for pod in current_pods(workload):
        if is_in_trouble(pod):
            times = f" ×{pod.restarts}" if pod.restarts else ""
            last = f", {pod.last_exit}" if pod.last_exit else ""
            return f"pod {pod.waiting_reason or 'restarted'}{times}{last}"
    return ""


def is_in_trouble(pod: PodState) -> bool:
    """Whether a Pod is held up by more than starting, or keeps dying."""
    return not pod.ready and (pod.waiting_reason not in STARTING or (pod.restarts > 0 and bool(pod.last_exit)))


def why_degraded(workload: WorkloadReport) -> str:
    """The Deployment's own condition, with the Pod's trouble where there is one; "" where neither tells."""
    deployment, trouble = workload.deployment, pod_trouble(workload)
    if deployment is None or not is_stuck(deployment):
        return trouble
    return f"{deployment.progressing_reason}: {trouble or deployment.progressing_message}".rstrip(". ")
