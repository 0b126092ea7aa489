"""Why a running stage stands still, as far as native objects tell: quota, volumes, node, pull, sync window.

A likely cause, never a verdict: Events explain, they prove nothing. What other findings name already is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lanewatch.rollout.facts import ARGO, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.reports import PipelineRunState
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.rollouts import current_pods
from lanewatch.rollout.stages.steps import running_task
from lanewatch.rollout.wording import cut

PATIENCE = 10.0  # seconds in which a Pod that nothing keeps is scheduled and started
QUOTED = 110  # characters of the system's own words


@dataclass(frozen=True, slots=True)
class Cause:
    """One way to stand still: how the system words it, what it is, and where to look further."""

    words: re.Pattern[str]
    name: str
    look: str


CAUSES = (
    Cause(re.compile(r"exceeded quota|forbidden: .*quota", re.I), "the namespace's quota is used up",
          "kubectl describe quota -n {namespace}"),
    Cause(re.compile(r"persistentvolumeclaim|FailedMount|FailedAttachVolume|volume node affinity", re.I),
          "a volume is not there", "kubectl get pvc -n {namespace}"),
    Cause(re.compile(r"DiskPressure|MemoryPressure|PIDPressure|Evicted|NodeNotReady|low on resource", re.I),
          "a node is under pressure", "kubectl describe nodes"),
    Cause(re.compile(r"FailedScheduling|Unschedulable|nodes are available|Insufficient (?:cpu|memory)", re.I),
          "no node has room", "kubectl get events -n {namespace}"),
    Cause(re.compile(r"ErrImagePull|ImagePullBackOff|Failed to pull image|toomanyrequests", re.I),
          "an image cannot be pulled", "kubectl get events -n {namespace}"),
    Cause(re.compile(r"sync window|Cannot sync: blocked", re.I), "a sync window of Argo forbids it",
          "kubectl get appproject -n {namespace} -o yaml"),
)  # fmt: skip


def likely_cause(view: View) -> Iterator[Finding]:
    """The first cause that the words of a running stage name."""
    for authority, namespace, told in _words(view):
        if view.signal(authority).state != "running":
            continue
        found = next(((cause, text) for text in told for cause in CAUSES if cause.words.search(text)), None)
        if found is not None:
            cause, text = found
            look = cause.look.format(namespace=namespace)
            message = (
                f'{view.name(authority)} stands still, most likely {cause.name}: "{cut(text, QUOTED)}". See: {look}'
            )
            yield view.finding("stalled", "warning", message, authority)


def _words(view: View) -> Iterator[tuple[str, str, list[str]]]:
    """What the systems say about each stage that runs Pods or syncs, newest first, with the namespace."""
    lane, case = view.lane, view.case
    if case.pipeline_run is not None:
        yield TEKTON, lane.pipeline_namespace, list(_of_run(view, case.pipeline_run))
    job = case.provenance_report.job if case.provenance_report else None
    if job is not None and job.state == "running":
        yield PROVENANCE, lane.pipeline_namespace, [f"{pod.reason} {pod.message}" for pod in job.pods if pod.reason]
    if case.application is not None:
        operation = case.application.operation
        said = [f"{one.type}: {one.message}" for one in case.application.conditions]
        yield ARGO, lane.argo_namespace, [*([operation.message] if operation else []), *said]
    if case.workload is not None:
        waiting = [f"{pod.waiting_reason} {pod.waiting_message}" for pod in current_pods(case.workload)]
        held = [text for text in waiting if "ImagePull" not in text]  # pods_in_trouble names the pull
        refusal = case.workload.deployment.refusal if case.workload.deployment else ""
        yield RUNTIME, lane.runtime_namespace, [refusal, *held, *_newest(case.workload.events)]


def _of_run(view: View, run: PipelineRunState) -> Iterator[str]:
    """Of the child that is under way: its Pod's own word, and Events where that Pod has not run for a while. They are
    the whole run's: a pull that failed once and then did not is told for an hour."""
    current = running_task(run)
    if current is None:
        yield from _newest(run.events if not run.tasks else ())
        return
    _, child = current
    yield from filter(None, [child.pod_reason])
    waited = view.waited(TEKTON, child.created_at, "TaskRun creationTimestamp")
    if child.pod_phase in ("", "Pending") and (child.pod_reason or waited > PATIENCE):
        yield from _newest(run.events)


def _newest(events: Iterable[str]) -> list[str]:
    """Warnings only, newest first."""
    return [event for event in reversed(tuple(events)) if event.startswith("Warning")]
