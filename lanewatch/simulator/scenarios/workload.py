"""The Deployment: how it got there, and how it rolls from one gitops commit to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lanewatch.simulator.objects import pods, workload
from lanewatch.simulator.objects.meta import Object, key, metadata
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import RUNTIME_NODES, addresses, schedule
from lanewatch.simulator.world import HealthChange

REPLICAS = 2
GRACE = 30
FIRST_POD = 0.6  # from the new template to its first Pod
CREATED = -30 * 86400.0


@dataclass(frozen=True, slots=True)
class Rolling:
    """One rollout: the template asked for at `at`, new Pods ready at `ready`, old ones gone `lingers` later.

    pulls: seconds at which the kubelet failed to pull the first new Pod's image.
    """

    image: str  # as the template says it
    image_id: str  # as the runtime resolves it
    commit: str
    at: float
    ready: tuple[float, ...]
    lingers: float = 3.4
    pulls: tuple[float, ...] = ()


def stand(lane: Lane, rolling: Rolling) -> None:
    """The Deployment and its first Pods, complete; the state before any told delivery."""
    recorder, names, at = lane.recorder, lane.names, rolling.at
    notes = {"argocd.argoproj.io/tracking-id": tracking_id(lane)}
    made_of = workload.template(names.workload, rolling.image, rolling.commit)
    lane.deployment = recorder.put(
        CREATED, workload.deployment(names.runtime_namespace, names.workload, made_of, REPLICAS, notes, lane.deadline)
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
    new = ask(lane, rolling)
    generation = lane.deployment["metadata"]["generation"]
    before = len(history_of(new))
    created, gone, lane.pods = at + FIRST_POD, at, []
    for number, ready in enumerate(rolling.ready, 1):
        scale(lane, created, new, number, number - 1)
        progress(lane, created + 0.1, new, number, REPLICAS)
        lane.pods.append(add_pod(lane, rolling, number + before * REPLICAS, created, ready, new))
        scale(lane, ready + 0.1, new, number, number)
        progress(lane, ready + 0.15, new, number, REPLICAS + 1)
        created = ready + 0.4
        gone = created + rolling.lingers
        retire(lane, old_pods[number - 1], created - 0.1, gone)
        scale(lane, created - 0.05, old_set, REPLICAS - number, REPLICAS - number)
    lane.replica_set = new
    done = _complete(lane, generation, rolling.ready[-1] + 0.6, at)
    lane.deployment = recorder.patch(rolling.ready[-1] + 0.6, lane.deployment, {"status": done})
    return gone


def ask(lane: Lane, rolling: Rolling) -> Object:
    """The new template, and its ReplicaSet at the next revision number: an old one if it is an old template."""
    recorder, at = lane.recorder, rolling.at
    made_of = workload.template(lane.names.workload, rolling.image, rolling.commit)
    generation = lane.deployment["metadata"]["generation"] + 1
    lane.deployment = recorder.patch(
        at, lane.deployment, {"metadata": {"generation": generation}, "spec": {"template": made_of}}
    )
    revision = int(lane.deployment["metadata"]["annotations"][workload.REVISION]) + 1
    made = workload.replica_set(lane.deployment, _hash(lane, rolling), revision)
    kept = recorder.live.get(key(made))
    new = recorder.put(at + 0.4, made) if kept is None else _again(lane, at + 0.4, kept, revision)
    lane.deployment = recorder.patch(
        at + 0.5, lane.deployment, {"metadata": {"annotations": {workload.REVISION: str(revision)}}}
    )
    told = f"Scaled up replica set {_name(new)} to 1"
    lane.event(at + 0.5, lane.deployment, "deployment-controller", "ScalingReplicaSet", told)
    return new


def _again(lane: Lane, at: float, kept: Object, revision: int) -> Object:
    """A ReplicaSet that is used again gets a new revision number and remembers the old one."""
    notes = kept["metadata"]["annotations"]
    history = ",".join([*history_of(kept), notes[workload.REVISION]])
    return lane.recorder.patch(
        at, kept, {"metadata": {"annotations": {workload.REVISION: str(revision), workload.HISTORY: history}}}
    )


def history_of(replica_set: Object) -> list[str]:
    """The revision numbers that a ReplicaSet had before."""
    told: str = replica_set["metadata"]["annotations"].get(workload.HISTORY, "")
    return told.split(",") if told else []


def add_pod(lane: Lane, rolling: Rolling, number: int, at: float, ready: float, owner: Object | None = None) -> Object:
    """A Pod of the workload that is created at `at` and ready at `ready`."""
    recorder, stamp = lane.recorder, lane.recorder.stamp
    pod, container = create_pod(lane, rolling, number, at, owner or lane.replica_set)
    since = since_created(lane, at)
    for failed in rolling.pulls if number == 1 else ():
        _fail_to_pull(lane, pod, container, since, failed)
    runs = at + (ready - at) * 0.6
    if rolling.pulls and number == 1:
        runs = ready - 3.0
    unready = [pods.running(container, stamp(runs), ready=False)]
    recorder.patch(
        runs, pod, {"status": pods.status("Running", {**since, "changed": stamp(runs)}, unready, ready=False)}
    )
    says(lane, pod, runs, "agentrun-mgr starting")
    says(lane, pod, ready - 0.2, "lease table loaded, listening on :8080")
    serving = [pods.running(container, stamp(runs))]
    return recorder.patch(
        ready, pod, {"status": pods.status("Running", {**since, "changed": stamp(ready)}, serving, ready=True)}
    )


def says(lane: Lane, pod: Object, at: float, text: str) -> None:
    """A line on the log of the workload's container."""
    meta = pod["metadata"]
    stream = ("container", meta["namespace"], meta["name"], lane.names.workload)
    lane.recorder.log(at, stream, lane.wording(text).encode() + b"\n")


def since_created(lane: Lane, at: float) -> dict[str, str]:
    """The condition times of a Pod that was created at `at` (pods.status)."""
    return dict.fromkeys(("scheduled", "started", "initialized", "changed"), lane.recorder.stamp(at))


def create_pod(lane: Lane, rolling: Rolling, number: int, at: float, owner: Object) -> tuple[Object, pods.Container]:
    """A Pod of the workload up to the pull of its image, 0.6 s after `at`."""
    recorder = lane.recorder
    name = f"{_name(owner)}-{recorder.suffix(_name(owner), number)}"
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
    creating = [pods.waiting(container, "ContainerCreating")]
    waiting = pods.status("Pending", since_created(lane, at), creating, ready=False)
    recorder.patch(at + 0.4, pod, {"status": {**waiting, **addresses(lane, pod)}})
    pulling = f'Pulling image "{rolling.image}"'
    lane.event(at + 0.6, pod, "kubelet", "Pulling", pulling)
    return pod, container


def _fail_to_pull(lane: Lane, pod: Object, container: pods.Container, since: dict[str, str], at: float) -> None:
    """ErrImagePull, and two seconds later ImagePullBackOff, until the next try."""
    cause = f'failed to pull and unpack image "{container.image}": dial tcp: i/o timeout'
    backing = f'Back-off pulling image "{container.image}": ErrImagePull: {cause}'
    lane.event(at, pod, "kubelet", "Failed", f'Failed to pull image "{container.image}": {cause}', "Warning")
    for second, reason, message in ((at, "ErrImagePull", cause), (at + 2.0, "ImagePullBackOff", backing)):
        waits = [pods.waiting(container, reason, lane.wording(message))]
        lane.recorder.patch(second, pod, {"status": pods.status("Pending", since, waits, ready=False)})


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


def progress(lane: Lane, at: float, new: Object, updated: int, ready: int) -> None:
    """The Deployment's status in the middle of a rollout: one Pod more than wanted, `updated` of them new."""
    generation = lane.deployment["metadata"]["generation"]
    told = f'ReplicaSet "{_name(new)}" is progressing.'
    first = lane.recorder.stamp(CREATED)
    now = lane.recorder.stamp(at)
    conditions = workload.conditions(first, first, now, "ReplicaSetUpdated", lane.wording(told))
    status = workload.rollout(generation, REPLICAS + 1, updated, ready, conditions)
    lane.deployment = lane.recorder.patch(at, lane.deployment, {"status": status})


def _complete(lane: Lane, generation: int, at: float, asked: float) -> Object:
    first = lane.recorder.stamp(CREATED)
    name = _name(lane.replica_set) if lane.replica_set else lane.names.workload
    told = f'ReplicaSet "{name}" has successfully progressed.'
    conditions = workload.conditions(
        first, first, lane.recorder.stamp(max(at, asked)), "NewReplicaSetAvailable", lane.wording(told)
    )
    return workload.rollout(generation, REPLICAS, REPLICAS, REPLICAS, conditions)


def _hash(lane: Lane, rolling: Rolling) -> str:
    letters = "bcdfghjklmnpqrstvwxz2456789"
    digits = lane.recorder.hexes(40, "template", rolling.image, rolling.commit)
    return "".join(letters[int(digits[n * 4 : n * 4 + 4], 16) % len(letters)] for n in range(10))


def _name(whole: Object) -> str:
    name: str = whole["metadata"]["name"]
    return name
