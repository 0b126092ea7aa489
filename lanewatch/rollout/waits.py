"""Where the time of a rollout went, beside its stages: what a person could shorten by changing one thing.

Pure: durations out of the judged lane. A wait whose ends were not told is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import ACTIONS, ARGO, MIRROR, PROVENANCE, RUNTIME
from lanewatch.rollout.rollouts import current_pods
from lanewatch.rollout.stages.gitops import published_at


@dataclass(frozen=True, slots=True)
class Wait:
    """One kind of waiting, and the change that would save it."""

    id: str
    name: str
    saving: str  # what would shorten it
    least_seconds: float  # what is left of it even then


WAITS: Mapping[str, Wait] = {
    wait.id: wait
    for wait in (
        Wait("mirror", "mirror sync", "a forced sync on push (the mirror is scheduled)", 3.0),
        Wait("queue", "runner queue", "one more runner with the lane's label", 2.0),
        Wait("build", "build", "a warmer build cache, or reuse", 5.0),
        Wait("polling", "Argo's polling", "a webhook from Gitea to Argo CD", 3.0),
        Wait("pods", "image pull and start", "smaller layers, or pulling ahead on the nodes", 4.0),
    )
}


def waits_of(case: Case) -> dict[str, float]:
    """Seconds of each wait that both ends were told of."""
    found: dict[str, float] = {}
    for name, start, end in _ends(case):
        span = case.clocks.between(start, end)
        if span is not None and not math.isinf(span.high):
            found[name] = round(span.seconds, 1)
    return found


def _ends(case: Case) -> Iterator[tuple[str, Stamp | None, Stamp | None]]:
    for name, authority in (("mirror", MIRROR), ("queue", ACTIONS)):
        if case.signal(authority).is_done:
            yield name, case.signal(authority).started, case.signal(authority).finished
    job = case.provenance_report.job if case.provenance_report else None
    if job is not None:
        began, ended = (case.stamp(PROVENANCE, at, "builder Job") for at in (job.started_at, job.finished_at))
        yield "build", began, ended
    yield from _closeout(case)


def _closeout(case: Case) -> Iterator[tuple[str, Stamp | None, Stamp | None]]:
    gitops, argo, workload = case.gitops, case.application, case.workload
    made, operation = (gitops.revision if gitops else None), (argo.operation if argo else None)
    if made is None:
        return
    if operation is not None and operation.revision == made.sha:
        yield "polling", published_at(case, made), case.stamp(ARGO, operation.started_at, "operation startedAt")
    replica_set = workload.replica_set if workload else None
    if workload is None or replica_set is None or replica_set.source_commit != case.commit:
        return
    running = [pod.started_at for pod in current_pods(workload) if pod.started_at and pod.ready]
    if running:
        first = case.stamp(RUNTIME, replica_set.created_at, "ReplicaSet creationTimestamp")
        yield "pods", first, case.stamp(RUNTIME, min(running), "container startedAt")
