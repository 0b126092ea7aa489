"""The Deployment: how it got there, and how it rolls from one gitops commit to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lanewatch.simulator.objects import pods, workload
from lanewatch.simulator.objects.meta import Object, metadata
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import RUNTIME_NODES, addresses, schedule
from lanewatch.simulator.world import HealthChange

REPLICAS = 2
GRACE = 30
CREATED = -30 * 86400.0


@dataclass(frozen=True, slots=True)
class Rolling:
    """One rollout: the template asked for at `at`, new Pods ready at `ready`, old ones gone `lingers` later."""

    image: str  # as the template says it
    image_id: str  # as the runtime resolves it
    commit: str
    at: float
    ready: tuple[float, ...]
    lingers: float = 3.4


def stand(lane: Lane, rolling: Rolling) -> None:
    """The Deployment and its first Pods, complete; the state before any told delivery."""
    recorder, names, at = lane.recorder, lane.names, rolling.at
    notes = {"argocd.argoproj.io/tracking-id": tracking_id(lane)}
    made_of = workload.template(names.workload, rolling.image, rolling.commit)
    lane.deployment = recorder.put(
        CREATED, workload.deployment(names.runtime_namespace, names.workload, made_of, REPLICAS, notes)
    )
    lane.deployment = recorder.patch(
        at,
        lane.deployment,
        {"metadata": {"annotations": {workload.REVISION: "41"}}, "status": _complete(lane, 1, at, at)},
    )
    lane.replica_set = recorder.put(at, workload.replica_set(lane.deployment, _hash(lane, rolling), 41))
    scale(lane, at, lane.replica_set, REPLICAS, REPLICAS)
    lane.pods = [add_pod(lane, rolling, number, at, at + 4) for number in range(REPLICAS)]


def roll(lane: Lane, rolling: Rolling) -> float:
    """A rolling update, one Pod at a time; the second at which the last old Pod is gone."""
    recorder, at = lane.recorder, rolling.at
    old_set, old_pods = lane.replica_set, lane.pods
    made_of = workload.template(lane.names.workload, rolling.image, rolling.commit)
    generation = lane.deployment["metadata"]["generation"] + 1
    lane.deployment = recorder.patch(
        at, lane.deployment, {"metadata": {"generation": generation}, "spec": {"template": made_of}}
    )
    revision = int(lane.deployment["metadata"]["annotations"][workload.REVISION]) + 1
    new = recorder.put(at + 0.4, workload.replica_set(lane.deployment, _hash(lane, rolling), revision))
    lane.deployment = recorder.patch(
        at + 0.5, lane.deployment, {"metadata": {"annotations": {workload.REVISION: str(revision)}}}
    )
    lane.event(
        at + 0.5,
        lane.deployment,
        "deployment-controller",
        "ScalingReplicaSet",
        f"Scaled up replica set {_name(new)} to 1",
    )
    created, gone, lane.pods = at + 0.6, at, []
    for number, ready in enumerate(rolling.ready, 1):
        scale(lane, created, new, number, number - 1)
        _progress(lane, created + 0.1, new, REPLICAS + 1, number, REPLICAS)
        lane.pods.append(add_pod(lane, rolling, number, created, ready, new))
        scale(lane, ready + 0.1, new, number, number)
        _progress(lane, ready + 0.15, new, REPLICAS + 1, number, REPLICAS + 1)
        created = ready + 0.4
        gone = created + rolling.lingers
        retire(lane, old_pods[number - 1], created - 0.1, gone)
        scale(lane, created - 0.05, old_set, REPLICAS - number, REPLICAS - number)
    lane.replica_set = new
    done = _complete(lane, generation, rolling.ready[-1] + 0.6, at)
    lane.deployment = recorder.patch(rolling.ready[-1] + 0.6, lane.deployment, {"status": done})
    return gone


def add_pod(lane: Lane, rolling: Rolling, number: int, at: float, ready: float, owner: Object | None = None) -> Object:
    """A Pod of the workload that is created at `at` and ready at `ready`."""
    recorder, owner = lane.recorder, owner or lane.replica_set
    stamp, name = recorder.stamp, f"{_name(owner)}-{recorder.suffix(_name(owner), number)}"
    container = pods.Container(
        lane.names.workload, rolling.image, rolling.image_id, "containerd://" + recorder.hexes(64, name)
    )
    meta = metadata(
        owner["metadata"]["namespace"],
        name,
        labels=owner["metadata"]["labels"],
        annotations=dict(owner["spec"]["template"]["metadata"]["annotations"]),
        owner=owner,
    )
    meta["generateName"] = _name(owner) + "-"
    pod = recorder.put(at, pods.pod(meta, [container], lane.names.workload, restart="Always"))
    schedule(lane, pod, at + 0.1, RUNTIME_NODES)
    since = {"scheduled": stamp(at), "started": stamp(at), "initialized": stamp(at), "changed": stamp(at)}
    waiting = pods.status("Pending", since, [pods.waiting(container, "ContainerCreating")], ready=False)
    recorder.patch(at + 0.4, pod, {"status": {**waiting, **addresses(lane, pod)}})
    pulling = f'Pulling image "{rolling.image}"'
    lane.event(at + 0.6, pod, "kubelet", "Pulling", pulling)
    runs = at + (ready - at) * 0.6
    unready = [pods.running(container, stamp(runs), ready=False)]
    recorder.patch(
        runs, pod, {"status": pods.status("Running", {**since, "changed": stamp(runs)}, unready, ready=False)}
    )
    stream = ("container", meta["namespace"], name, lane.names.workload)
    for second, text in ((runs, "agentrun-mgr starting"), (ready - 0.2, "lease table loaded, listening on :8080")):
        recorder.log(second, stream, lane.wording(text).encode() + b"\n")
    serving = [pods.running(container, stamp(runs))]
    return recorder.patch(
        ready, pod, {"status": pods.status("Running", {**since, "changed": stamp(ready)}, serving, ready=True)}
    )


def retire(lane: Lane, pod: Object, at: float, gone: float) -> None:
    """A Pod that is asked to stop at `at`, terminates, and disappears at `gone`."""
    recorder = lane.recorder
    meta = {"deletionTimestamp": recorder.stamp(at + GRACE), "deletionGracePeriodSeconds": GRACE}
    container = lane.names.workload
    lane.event(at + 0.05, pod, "kubelet", "Killing", f"Stopping container {container}")
    recorder.remove(gone, recorder.patch(at, pod, {"metadata": meta}))


def scale(lane: Lane, at: float, whole: Object, replicas: int, ready: int) -> None:
    """A ReplicaSet with so many Pods, so many of them ready."""
    change = {"spec": {"replicas": replicas}, "status": workload.counts(replicas, ready)}
    lane.recorder.patch(at, whole, change)


def serves(lane: Lane, at: float, commit: str) -> None:
    """The health path answers for this commit from `at` on."""
    body = {"status": "ok", "sourceCommit": commit, "service": lane.wording(lane.names.workload)}
    data = json.dumps(body, ensure_ascii=False).encode()
    lane.recorder.health.append(HealthChange(at, 200, data))


def tracking_id(lane: Lane) -> str:
    """How Argo marks the Deployment as its own."""
    names = lane.names
    return f"{names.application}:apps/Deployment:{names.runtime_namespace}/{names.workload}"


def rolling_of(lane: Lane, delivery: Delivery, *, image: str, digest: str) -> Rolling:
    """The rollout that Argo's sync of this delivery sets off."""
    times = delivery.times
    return Rolling(
        image=image,
        image_id=f"{lane.names.image}@{digest}",
        commit=delivery.commit,
        at=times.synced - 2.2,
        ready=(times.first_ready, times.rolled_out - 0.8),
        lingers=(times.end - times.rolled_out),
    )


def _progress(lane: Lane, at: float, new: Object, total: int, updated: int, ready: int) -> None:
    generation = lane.deployment["metadata"]["generation"]
    says = f'ReplicaSet "{_name(new)}" is progressing.'
    first = lane.recorder.stamp(CREATED)
    now = lane.recorder.stamp(at)
    conditions = workload.conditions(first, first, now, "ReplicaSetUpdated", lane.wording(says))
    status = workload.rollout(generation, total, updated, ready, conditions)
    lane.deployment = lane.recorder.patch(at, lane.deployment, {"status": status})


def _complete(lane: Lane, generation: int, at: float, asked: float) -> Object:
    first = lane.recorder.stamp(CREATED)
    name = _name(lane.replica_set) if lane.replica_set else lane.names.workload
    says = f'ReplicaSet "{name}" has successfully progressed.'
    conditions = workload.conditions(
        first, first, lane.recorder.stamp(max(at, asked)), "NewReplicaSetAvailable", lane.wording(says)
    )
    return workload.rollout(generation, REPLICAS, REPLICAS, REPLICAS, conditions)


def _hash(lane: Lane, rolling: Rolling) -> str:
    letters = "bcdfghjklmnpqrstvwxz2456789"
    digits = lane.recorder.hexes(40, "template", rolling.image, rolling.commit)
    return "".join(letters[int(digits[n * 4 : n * 4 + 4], 16) % len(letters)] for n in range(10))


def _name(whole: Object) -> str:
    name: str = whole["metadata"]["name"]
    return name
