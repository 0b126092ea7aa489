"""Rollouts that get nowhere: the first new Pod starts and never becomes ready, so that the old Pods stay."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.simulator.objects import pods, workload
from lanewatch.simulator.objects.meta import Object
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.workload import (
    CREATED,
    FIRST_POD,
    REPLICAS,
    Rolling,
    ask,
    create_pod,
    progress,
    says,
    scale,
    since_created,
)

STARTS = 3.4  # from the Pod to its container
PROBES = (6.0, 26.0, 46.0)  # seconds after the start at which a failed readiness probe becomes an Event


def never_ready(lane: Lane, rolling: Rolling) -> float:
    """The new Pod runs and answers 503; the Deployment gives up at its deadline, whose second is returned."""
    new, pod, container = _first_pod(lane, rolling)
    recorder, at = lane.recorder, rolling.at + FIRST_POD
    runs = at + STARTS
    states = [pods.running(container, recorder.stamp(runs), ready=False)]
    _show(lane, pod, runs, at, states)
    says(lane, pod, runs, "agentrun-mgr starting")
    says(lane, pod, runs + 1.1, 'error: lease table: relation "leases_v2" does not exist, serving 503')
    for after in PROBES:
        failed = "Readiness probe failed: HTTP probe failed with statuscode: 503"
        lane.event(runs + after, pod, "kubelet", "Unhealthy", failed, "Warning")
    return _exceed_deadline(lane, new, at + 0.1 + lane.deadline)


def crash(lane: Lane, rolling: Rolling, spells: tuple[tuple[float, float], ...]) -> None:
    """The new Pod's container runs in `spells` (start, end) and exits with 1 each time; it backs off between them.

    The kubelet starts it again at once after the first exit; then it waits 10 s, 20 s, 40 s...
    """
    _, pod, made = _first_pod(lane, rolling)
    at, last = rolling.at + FIRST_POD, None
    for restarts, (begins, ends) in enumerate(spells):
        container = replace(made, container_id="containerd://" + lane.recorder.hexes(64, made.container_id, restarts))
        begun, ended = lane.recorder.stamp(begins), lane.recorder.stamp(ends)
        running = pods.running(container, begun, ready=False)
        _show(lane, pod, begins, at, [pods.restarted(running, restarts, last) if last else running])
        says(lane, pod, begins + 0.2, "agentrun-mgr starting")
        says(lane, pod, ends - 0.1, "error: LEASE_SECONDS must be a multiple of 30, is 45")
        over = pods.terminated(container, begun, ended, 1)
        _show(lane, pod, ends, at, [pods.restarted(over, restarts, last) if last else over])
        last = over
        if restarts:
            _back_off(lane, pod, ends + 0.8, at, container, over, restarts)


def _back_off(
    lane: Lane, pod: Object, at: float, created: float, container: pods.Container, ended: Object, restarts: int
) -> None:
    seconds, meta = 10 * 2 ** (restarts - 1), pod["metadata"]
    whose = f"container={container.name} pod={meta['name']}_{meta['namespace']}({meta['uid']})"
    message = f"back-off {seconds}s restarting failed {whose}"
    _show(lane, pod, at, created, [pods.backing_off(container, ended, restarts, lane.wording(message))])
    lane.event(at, pod, "kubelet", "BackOff", f"Back-off restarting failed {whose}", "Warning")


def _first_pod(lane: Lane, rolling: Rolling) -> tuple[Object, Object, pods.Container]:
    """(new ReplicaSet, its one Pod, the Pod's container)"""
    new, at = ask(lane, rolling), rolling.at + FIRST_POD
    scale(lane, at, new, 1, 0)
    progress(lane, at + 0.1, new, 1, REPLICAS)
    pod, container = create_pod(lane, rolling, 1, at, new)
    return new, pod, container


def _show(lane: Lane, pod: Object, at: float, created: float, states: list[Object]) -> None:
    since = {**since_created(lane, created), "changed": lane.recorder.stamp(created)}
    lane.recorder.patch(at, pod, {"status": pods.status("Running", since, states, ready=False)})


def _exceed_deadline(lane: Lane, new: Object, at: float) -> float:
    recorder, stamp = lane.recorder, lane.recorder.stamp(at)
    told = lane.wording(f'ReplicaSet "{new["metadata"]["name"]}" has timed out progressing.')
    conditions = workload.conditions(
        recorder.stamp(CREATED), stamp, stamp, "ProgressDeadlineExceeded", told, progressing="False"
    )
    generation = lane.deployment["metadata"]["generation"]
    status = workload.rollout(generation, REPLICAS + 1, 1, REPLICAS, conditions)
    lane.deployment = recorder.patch(at, lane.deployment, {"status": status})
    return at
