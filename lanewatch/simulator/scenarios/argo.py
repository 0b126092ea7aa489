"""Argo CD: an Application notices a gitops commit, syncs it and becomes healthy, in the several writes it takes."""

from __future__ import annotations

from datetime import timedelta

from lanewatch.simulator.objects import application as shape
from lanewatch.simulator.objects.meta import Object, key
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import Beat

CONTROLLER = "argocd-application-controller"
POLL = 120.0  # timeout.reconciliation
FIRST_DEPLOYMENT = 41
HISTORY_LIMIT = 10
RETRY = 5.0  # seconds until the first retry of a failed sync
SERVER = "https://kubernetes.default.svc"


def stand(lane: Lane, at: float, revision: str, image: str) -> None:
    """The Application, synced and healthy at `revision` since `at`."""
    names, recorder = lane.names, lane.recorder
    destination = {"server": SERVER, "namespace": names.runtime_namespace}
    made = shape.application(
        names.argo_namespace, names.application, names.mirror_url, names.gitops_branch, "deploy", destination
    )
    app = recorder.put(at - 60, made)
    stamp, row = recorder.stamp(at), shape.managed(names.runtime_namespace, names.workload, "Synced")
    rows = [shape.applied(names.runtime_namespace, names.workload, image)]
    status = {
        "sync": shape.compared(app["spec"], "Synced", revision),
        "health": {"status": "Healthy", "lastTransitionTime": stamp},
        "reconciledAt": stamp,
        "operationState": shape.operation_state(
            app["spec"], revision, "Succeeded", "successfully synced (all tasks run)", stamp, rows, stamp
        ),
        "history": [shape.deployed(FIRST_DEPLOYMENT, app["spec"], revision, stamp, stamp)],
        "resources": [row],
        "resourceHealthSource": "appTree",
        "sourceType": "Directory",
        "summary": {"images": [image]},
        "controllerNamespace": names.argo_namespace,
    }
    lane.application = recorder.patch(at, app, {"status": status})


def sync(lane: Lane, delivery: Delivery, revision: str, image: str, *, healthy: bool = True, tries: int = 1) -> None:
    """Webhook, comparison, operation (at the second try where `tries` is 2), result and health of one gitops commit."""
    times = delivery.times
    notice(lane, times.noticed, revision)
    _operate(lane, times.noticed + 0.9, times.synced, revision, image, tries)
    _settle(lane, times.synced + 0.8, revision, image)
    if healthy:
        become(lane, times.healthy, "Healthy")


def notice(lane: Lane, at: float, revision: str) -> None:
    """The webhook's refresh annotation, and the comparison that removes it."""
    names = lane.names
    _write(lane, at, {"metadata": {"annotations": {shape.REFRESH: "normal"}}})
    row = shape.managed(names.runtime_namespace, names.workload, "OutOfSync")
    status = {
        "sync": shape.compared(lane.application["spec"], "OutOfSync", revision),
        "reconciledAt": lane.recorder.stamp(at + 0.2),
        "resources": [row],
    }
    _write(lane, at + 0.7, {"metadata": {"annotations": None}, "status": status})
    _say(lane, at + 0.7, "ResourceUpdated", "Updated sync status: Synced -> OutOfSync")


def pass_over(lane: Lane, at: float, revision: str) -> None:
    """A gitops commit that renders the same manifests: Synced at it at once, no operation, no history row."""
    _write(lane, at, {"metadata": {"annotations": {shape.REFRESH: "normal"}}})
    sync = shape.compared(lane.application["spec"], "Synced", revision)
    status = {"sync": sync, "reconciledAt": lane.recorder.stamp(at + 0.2)}
    _write(lane, at + 0.7, {"metadata": {"annotations": None}, "status": status})


def poll(lane: Lane, at: float) -> None:
    """A periodic reconciliation that finds nothing new: only reconciledAt moves."""
    _write(lane, at, {"status": {"reconciledAt": lane.recorder.stamp(at - 0.4)}})


def keep_polling(lane: Lane) -> None:
    """After the lane's end the periodic reconciliation goes on."""
    beat = Beat(lane.recorder.end + 20.0, POLL, key(lane.application), ("status", "reconciledAt"))
    lane.recorder.beats.append(beat)


def become(lane: Lane, at: float, health: str) -> None:
    """The app's health changed because a live object did: reconciledAt stays."""
    status = lane.application["status"]
    before, images = status["health"]["status"], status["summary"]["images"][-1:]
    now = {"status": health, "lastTransitionTime": lane.recorder.stamp(at)}
    _write(lane, at, {"status": {"health": now, "summary": {"images": images}}})
    _say(lane, at, "ResourceUpdated", f"Updated health status: {before} -> {health}")


def _operate(lane: Lane, at: float, finished: float, revision: str, image: str, tries: int) -> None:
    names, spec, stamp = lane.names, lane.application["spec"], lane.recorder.stamp
    _write(lane, at, {"operation": shape.request(revision)})
    _say(lane, at + 0.05, "OperationStarted", f"Initiated automated sync to '{revision}'")
    started = stamp(at + 0.3)
    running = shape.operation_state(spec, revision, "Running", "one or more tasks are running", started, [], None)
    _write(lane, at + 0.3, {"status": {"operationState": running}})
    if tries > 1:
        _refuse(lane, at + 2.4, running)
    rows = [shape.applied(names.runtime_namespace, names.workload, image)]
    running = shape.operation_state(spec, revision, "Running", "one or more tasks are running", started, rows, None)
    _write(lane, finished - 1.2, {"status": {"operationState": running}})
    history = lane.application["status"]["history"]
    row = shape.deployed(history[-1]["id"] + 1, spec, revision, started, stamp(finished - 0.1))
    _write(lane, finished - 0.1, {"status": {"history": [*history, row][-HISTORY_LIMIT:]}})
    says = "successfully synced (all tasks run)"
    done = shape.operation_state(spec, revision, "Succeeded", lane.wording(says), started, rows, stamp(finished))
    _write(lane, finished, {"operation": None, "status": {"operationState": done}})
    _say(lane, finished + 0.05, "OperationCompleted", f"Sync operation to {revision} succeeded")


def _refuse(lane: Lane, at: float, running: Object) -> None:
    """A first try that fails: phase Running with finishedAt set is a wait for the retry, whose start empties both."""
    due = lane.recorder.start + timedelta(seconds=at + RETRY)
    cause = "one or more objects failed to apply, reason: Internal error occurred: failed calling webhook"
    message = f"{cause}: context deadline exceeded. Retrying attempt #1 at {due:%-I:%M%p}."
    waiting = {"message": lane.wording(message), "finishedAt": lane.recorder.stamp(at), "retryCount": 1}
    _write(lane, at, {"status": {"operationState": {**running, **waiting}}})
    _write(lane, at + RETRY, {"status": {"operationState": {**running, "retryCount": 1, "syncResult": None}}})


def _settle(lane: Lane, at: float, revision: str, image: str) -> None:
    """The comparison after the operation: Synced, and Progressing until the Deployment is done."""
    names, images = lane.names, lane.application["status"]["summary"]["images"]
    _write(
        lane,
        at,
        {
            "status": {
                "sync": shape.compared(lane.application["spec"], "Synced", revision),
                "health": {"status": "Progressing", "lastTransitionTime": lane.recorder.stamp(at)},
                "reconciledAt": lane.recorder.stamp(at - 0.3),
                "resources": [shape.managed(names.runtime_namespace, names.workload, "Synced")],
                "summary": {"images": [*images[-1:], image]},  # of all Pods in the tree, old ones too
            }
        },
    )
    _say(lane, at, "ResourceUpdated", "Updated sync status: OutOfSync -> Synced")
    _say(lane, at + 0.01, "ResourceUpdated", "Updated health status: Healthy -> Progressing")


def _write(lane: Lane, at: float, change: Object) -> None:
    """Every write to an Application bumps its generation."""
    generation = lane.application["metadata"]["generation"] + 1
    whole = {**change, "metadata": {**change.get("metadata", {}), "generation": generation}}
    lane.application = lane.recorder.patch(at, lane.application, whole)


def _say(lane: Lane, at: float, reason: str, message: str) -> None:
    lane.event(at, lane.application, CONTROLLER, reason, message)
