"""Pods and their containers, as the kubelet reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanewatch.simulator.objects.meta import Object, condition
from lanewatch.simulator.world import Json


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a Pod: what the spec asks for and what the runtime made of it."""

    name: str
    image: str
    image_id: str  # repo@sha256:...
    container_id: str  # containerd://...

    def spec(self) -> Object:
        """spec.containers[]"""
        return {"name": self.name, "image": self.image}


def waiting(container: Container, reason: str, message: str = "") -> Object:
    """containerStatuses[]: not started yet."""
    told = {"reason": reason, "message": message} if message else {"reason": reason}
    return {
        "name": container.name,
        "state": {"waiting": told},
        "ready": False,
        "restartCount": 0,
        "image": container.image,
        "imageID": "",
        "started": False,
    }


def running(container: Container, since: str, *, ready: bool = True) -> Object:
    """containerStatuses[]: started at `since`."""
    return {**_seen(container), "state": {"running": {"startedAt": since}}, "ready": ready, "started": True}


def terminated(container: Container, started: str, finished: str, code: int = 0, message: str = "") -> Object:
    """containerStatuses[]: ended with `code`; `message` is the termination message."""
    state: Object = {
        "exitCode": code,
        "reason": "Error" if code else "Completed",
        "startedAt": started,
        "finishedAt": finished,
        "containerID": container.container_id,
    }
    if message:
        state["message"] = message
    return {**_seen(container), "state": {"terminated": state}, "ready": False, "started": False}


def restarted(state: Json, restarts: int, last: Json) -> Object:
    """containerStatuses[] of a container that was started again `restarts` times; `last` is how it last ended."""
    ended = last["state"]["terminated"]
    return {**state, "restartCount": restarts, "lastState": {"terminated": ended}}


def backing_off(container: Container, ended: Json, restarts: int, message: str) -> Object:
    """containerStatuses[]: it ended as `ended` says and waits to be started again."""
    waits = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
    seen = {**_seen(container), "state": waits, "ready": False, "started": False}
    return restarted(seen, restarts, ended)


def starting(name: str) -> Object:
    """An init container that waits for its turn."""
    state: Object = {"waiting": {"reason": "PodInitializing"}}
    return {"name": name, "state": state, "ready": False, "restartCount": 0, "started": False}


def initialized(name: str, started: str, finished: str) -> Object:
    """An init container that did its work."""
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": finished}
    return {"name": name, "state": {"terminated": ended}, "ready": True, "restartCount": 0, "started": False}


def _seen(container: Container) -> Object:
    return {
        "name": container.name,
        "restartCount": 0,
        "image": container.image,
        "imageID": container.image_id,
        "containerID": container.container_id,
    }


def pod(meta: Json, containers: Sequence[Container], service_account: str, *, restart: str, **spec: object) -> Object:
    """A Pod as its controller creates it; further spec fields by keyword."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": dict(meta),
        "spec": {
            "containers": [container.spec() for container in containers],
            "restartPolicy": restart,
            "serviceAccountName": service_account,
            **spec,
        },
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def scheduled(since: str) -> Object:
    """status just after the scheduler chose a node."""
    return {"phase": "Pending", "conditions": [condition("PodScheduled", "True", since)]}


def status(
    phase: str, since: Mapping[str, str], statuses: Sequence[Json], *, ready: bool, initialized: bool = True
) -> Object:
    """status of a scheduled Pod. `since`: scheduled, started, initialized, changed (stamps)."""
    names = [item["name"] for item in statuses if not item["ready"]]
    done = phase in ("Succeeded", "Failed")
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase, "ContainersNotReady")
    unready = None if done or ready else f"containers with unready status: [{' '.join(names)}]"
    return {
        "phase": phase,
        "conditions": [
            condition("PodScheduled", "True", since["scheduled"]),
            condition("PodReadyToStartContainers", "False" if done else "True", since["changed"]),
            condition(
                "Initialized", str(initialized), since["initialized"], "PodCompleted" if phase == "Succeeded" else ""
            ),
            condition("Ready", str(ready), since["changed"], "" if ready else reason, unready),
            condition("ContainersReady", str(ready), since["changed"], "" if ready else reason, unready),
        ],
        "startTime": since["started"],
        "containerStatuses": list(statuses),
    }
