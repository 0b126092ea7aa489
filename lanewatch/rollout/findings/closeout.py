"""What is to be known of Argo CD and of what runs."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.facts import ARGO, GITOPS, RUNTIME
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.rollouts import current_pods, is_rolled_out
from lanewatch.rollout.stages.gitops import revision
from lanewatch.rollout.stages.later_commits import standing
from lanewatch.rollout.stages.pods import is_in_trouble, times
from lanewatch.rollout.wording import seconds, short

PATIENCE = 10.0  # seconds after which Argo should have heard of a commit by webhook
STALLED = 240.0  # seconds without a comparison: poll 120, jitter 60, and 60 to spare (Argo reference 1.6)


def argo_unnoticed(view: View) -> Iterator[Finding]:
    """Argo still compares an older revision than R."""
    published, application = revision(view.case), view.case.application
    if published is None or application is None or view.signal(ARGO).state != "running":
        return
    waited = view.case.clocks.until_now(view.signal(ARGO).started)
    if waited is None or waited.low <= PATIENCE:
        return
    if standing(view.case, published, application.sync_revision).is_noticed is False:
        at = short(application.sync_revision) if application.sync_revision else "no revision"
        message = (
            f"argo has not noticed {short(published.sha)} for {seconds(waited.seconds)}, it is at {at}. "
            "It polls every 120 s: refresh the Application, or add a webhook."
        )
        yield view.finding("argo-unnoticed", "warning", message, ARGO, view.facts("gitopsRevision", "argoSync"))


def argo_troubled(view: View) -> Iterator[Finding]:
    """What keeps Argo from comparing or syncing."""
    application = view.case.application
    if application is None:
        return
    for condition in application.conditions:
        if condition.type.endswith("Error"):
            message = f"Application {application.name} has {condition.type}: {condition.message}"
            yield view.finding("argo-condition", "warning", message, ARGO)
    if application.skip_reconcile:
        message = f"Application {application.name} is frozen by its annotation skip-reconcile: remove it."
        yield view.finding("argo-frozen", "warning", message, ARGO)
    compared = view.case.clocks.until_now(view.case.stamp(ARGO, application.reconciled_at, "reconciledAt"))
    if compared is not None and compared.low > STALLED and not application.skip_reconcile:
        ago = seconds(compared.seconds)
        message = f"Argo last compared {application.name} {ago} ago: look at its application controller."
        yield view.finding("argo-stalled", "warning", message, ARGO)


def argo_waits_for_a_person(view: View) -> Iterator[Finding]:
    """OutOfSync at R, and nothing syncs by itself."""
    published, application = revision(view.case), view.case.application
    if published is None or application is None or application.auto_sync or application.sync_status != "OutOfSync":
        return
    if standing(view.case, published, application.sync_revision).is_noticed and application.operation_pending is False:
        at = f"Application {application.name} is OutOfSync at {short(published.sha)}"
        message = f"{at} and auto-sync is off: someone must sync."
        yield view.finding("argo-manual-sync", "warning", message, ARGO, view.facts("argoSync"))


def pods_in_trouble(view: View) -> Iterator[Finding]:
    """New Pods that crash or cannot start, each kind of trouble once, with how the container last ended."""
    workload = view.case.workload
    if workload is None or view.signal(RUNTIME).state not in ("running", "failed"):
        return
    told: set[str] = set()
    for pod in current_pods(workload):
        trouble = pod.waiting_reason or "restarts"
        if not is_in_trouble(pod) or trouble in told:
            continue
        told.add(trouble)
        last = f", last {pod.last_exit}" if pod.last_exit else ""
        why = f": {pod.waiting_message}" if pod.waiting_message and not pod.last_exit else ""
        kind = "crash-loop" if pod.restarts or pod.waiting_reason == "CrashLoopBackOff" else "pod-stuck"
        message = f"pod {pod.name} {trouble}{times(pod)}{last}{why}. Read: lanewatch logs {view.name(RUNTIME)}"
        yield view.finding(kind, "warning", message, RUNTIME, view.facts("runtimeTargetSha"))


def unhealthy(view: View) -> Iterator[Finding]:
    """Rolled out, but the health path does not say 200."""
    workload, signal = view.case.workload, view.signal(RUNTIME)
    deployment, health = (workload.deployment, workload.health) if workload else (None, None)
    if deployment is None or health is None or signal.state != "running" or not is_rolled_out(deployment):
        return
    if health.status != 200 and view.signal(ARGO).is_done:
        said = f"says {health.status}" if health.status else f"does not answer ({health.reason})"
        message = f"{health.locator} {said} after the rollout. Read: lanewatch logs {view.name(RUNTIME)}"
        yield view.finding("unhealthy", "warning", message, RUNTIME, view.facts("health"))


def read_in_mirror(view: View) -> Iterator[Finding]:
    """R was not read where the Application reads."""
    gitops = view.case.gitops
    if gitops is not None and gitops.read_where == "mirror":
        message = f"{gitops.branch} was read in the mirror ({gitops.repository}), not where the Application reads."
        yield view.finding("gitops-read-in-mirror", "info", message, GITOPS)
