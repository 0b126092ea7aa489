"""One TaskRun and its Pod, from creation to the end, with Tekton's lag behind the Pod."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lanewatch.simulator.images import digest_of
from lanewatch.simulator.objects import pods, tekton
from lanewatch.simulator.objects.meta import Object
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import CI_NODES, addresses, schedule

TOOLS = "registry.devops-infra.svc.cluster.local:5000/ci/tools:1.8"
INITIAL = ("prepare", "place-scripts")
INITIAL_SAYS = (b"Entrypoint initialization\n", b"Decoded script /tekton/scripts/script-0\n")
NOTICE = 0.35  # how long the Tekton controller takes to see what a Pod did
START = 1.5  # from the TaskRun to its first step
GRACE = 30  # terminationGracePeriodSeconds of a Pod
KILLED = 0.7  # how long a stopped Pod takes to end


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ends at `ends` with `code`; lines are (second, text) on its container's log."""

    name: str
    ends: float
    code: int = 0
    results: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[tuple[float, str], ...] = ()
    image: str = TOOLS


@dataclass(frozen=True, slots=True)
class Halt:
    """A PipelineRun is stopped at `at`: by its timeout, which `timeout` tells as Tekton prints it, else by a person."""

    at: float
    timeout: str = ""

    @property
    def because(self) -> str:
        """What the controller writes into the TaskRun's spec.statusMessage."""
        ended = "has timed out" if self.timeout else "has been cancelled"
        return f"TaskRun cancelled as the PipelineRun it belongs to {ended}."


@dataclass(frozen=True, slots=True)
class Task:
    """One pipeline task. `when` skips it if given (the substituted expression); `halt` stops it in the middle."""

    name: str
    params: Mapping[str, str]
    steps: tuple[Step, ...]
    results: tuple[str, ...] = ()
    when: Mapping[str, Any] | None = None
    halt: Halt | None = None

    @property
    def failed(self) -> Step | None:
        """The step that fails, if one does."""
        return next((step for step in self.steps if step.code), None)

    def printed(self, step: Step) -> tuple[tuple[float, str], ...]:
        """What a step's container logs: one line only if an earlier step failed."""
        failed = self.failed
        if failed is None or step.ends <= failed.ends:
            return tuple(line for line in step.lines if self.halt is None or line[0] < self.halt.at)
        return ((failed.ends + 0.05, "Skipping step because a previous step failed"),)

    @property
    def stops(self) -> float:
        """When its last container ends: after a failure the later steps are skipped at once."""
        if self.halt is not None:
            return self.halt.at
        failed = self.failed
        return failed.ends if failed else self.steps[-1].ends


def run_task(lane: Lane, run: Object, task: Task, at: float) -> tuple[Object, float]:
    """Write one TaskRun that is created at `at`; returns it with the second at which it is done."""
    recorder = lane.recorder
    made = recorder.put(at, tekton.task_run(run, task.name, task.params, lane.names.service_account))
    lane.event(at + 0.05, made, "TaskRun", "Started", "")
    containers = [_container(lane, made, step) for step in task.steps]
    pod = recorder.put(at + 0.1, _pod(lane, made, containers))
    schedule(lane, pod, at + 0.15, CI_NODES)
    spec = tekton.task_spec(list(task.params), [(step.name, step.image) for step in task.steps], task.results)
    base: Object = {
        "podName": pod["metadata"]["name"],
        "startTime": recorder.stamp(at),
        "taskSpec": spec,
        "provenance": tekton.PROVENANCE,
    }
    unseen: Object = {**base, "conditions": _unknown(lane, at, "Pending", "Pending")}
    unseen["steps"] = [{"name": step.name, "provenance": {}} for step in task.steps]
    recorder.patch(at + 0.2, made, {"status": unseen})
    _start_pod(lane, made, pod, task, containers, at)
    for ended in range(1, len(task.steps)):
        moment = task.steps[ended - 1].ends
        if moment < task.stops:
            _show_pod(lane, pod, task, containers, at, moment)
            _show_task(lane, made, moment + NOTICE, at, _states(lane, task, containers, at, moment))
    if task.halt is not None:
        return _stop(lane, made, pod, _states(lane, task, containers, at, task.halt.at), task.halt)
    return _finish(lane, made, pod, task, containers, at)


def _start_pod(lane: Lane, made: Object, pod: Object, task: Task, containers: list[pods.Container], at: float) -> None:
    recorder, since = lane.recorder, _since(lane, at, at + 0.5)
    waiting = [pods.waiting(container, "PodInitializing") for container in containers]
    names = " ".join(container.name for container in containers)
    pending = pods.status("Pending", since, waiting, ready=False, initialized=False)
    initial = [pods.starting(name) for name in INITIAL]
    recorder.patch(at + 0.5, pod, {"status": {**pending, **addresses(lane, pod), "initContainerStatuses": initial}})
    steps = [tekton.step_state(item, reason=None) for item in waiting]
    says = 'pod status "Initialized":"False"; message: "containers with incomplete status: [prepare place-scripts]"'
    recorder.patch(at + 0.6, made, {"status": {"steps": steps, "conditions": _unknown(lane, at, "Pending", says)}})
    stamp = recorder.stamp
    initial = [pods.initialized(name, stamp(at + 0.5), stamp(at + 1.2)) for name in INITIAL]
    recorder.patch(at + 1.2, pod, {"status": {"initContainerStatuses": initial}})
    for name, line in zip(INITIAL, INITIAL_SAYS, strict=True):
        stream = ("container", pod["metadata"]["namespace"], pod["metadata"]["name"], name)
        recorder.log(at + 1.1, stream, line)
    _show_pod(lane, pod, task, containers, at, at + START)
    recorder.patch(at + START + 0.1, pod, {"metadata": {"annotations": {"tekton.dev/ready": "READY"}}})
    says = f'pod status "Ready":"False"; message: "containers with unready status: [{names}]"'
    recorder.patch(at + START + 0.1, made, {"status": {"conditions": _unknown(lane, at + START, "Pending", says)}})
    _show_task(lane, made, at + START + NOTICE, at, _states(lane, task, containers, at, at + START))
    for step in task.steps:
        for second, text in task.printed(step):
            stream = ("container", pod["metadata"]["namespace"], pod["metadata"]["name"], f"step-{step.name}")
            recorder.log(max(second, at + START), stream, lane.wording(text).encode() + b"\n")


def _finish(
    lane: Lane, made: Object, pod: Object, task: Task, containers: list[pods.Container], at: float
) -> tuple[Object, float]:
    recorder, failed, done = lane.recorder, task.failed, task.stops + NOTICE
    states = _states(lane, task, containers, at, task.stops)
    _show_pod(lane, pod, task, containers, at, task.stops)
    reason = "StepFailed" if failed else "Succeeded"
    message = "All Steps have completed executing"
    if failed:
        message = f'"step-{failed.name}" exited with code {failed.code}: Error'
    given = {name: value for step in task.steps for name, value in step.results.items()}
    status: Object = {
        "conditions": tekton.succeeded(
            "False" if failed else "True", recorder.stamp(done), reason, lane.wording(message)
        ),
        "completionTime": recorder.stamp(done),
        "steps": _steps(task, states),
        "artifacts": {},
    }
    if given and not failed:
        status["results"] = tekton.results(given)
    made = recorder.patch(done, made, {"status": status})
    kind, name = ("Warning", "Failed") if failed else ("Normal", "Succeeded")
    lane.event(done + 0.02, made, "TaskRun", name, message, kind)
    phase = "Failed" if failed else "Succeeded"
    since = _since(lane, at, task.stops)
    recorder.patch(done + 0.4, pod, {"status": pods.status(phase, since, states, ready=False)})
    return made, done


def _stop(lane: Lane, made: Object, pod: Object, states: list[Object], halt: Halt) -> tuple[Object, float]:
    """As the controller stops a TaskRun (recordings cancel, pipeline-timeout): its Pod is deleted, with its logs.

    The steps that had not ended are rewritten to exit 1 with the TaskRun's reason.
    """
    recorder, at, done = lane.recorder, halt.at, halt.at + 0.07
    asked = {"status": "TaskRunCancelled", "statusMessage": halt.because}
    recorder.patch(at + 0.02, made, {"metadata": {"generation": 2}, "spec": asked})
    going = {"deletionTimestamp": recorder.stamp(at + GRACE), "deletionGracePeriodSeconds": GRACE}
    recorder.patch(at + 0.04, pod, {"metadata": going})
    for state in states:
        if "running" in state["state"]:
            lane.event(at + 0.06, pod, "kubelet", "Killing", f"Stopping container {state['name']}")
    message = f'TaskRun "{made["metadata"]["name"]}" was cancelled. {halt.because}'
    status = {
        "conditions": tekton.succeeded("False", recorder.stamp(done), "TaskRunCancelled", lane.wording(message)),
        "completionTime": recorder.stamp(done),
        "steps": [_cut_step(state, pod["metadata"]["name"], recorder.stamp(done)) for state in states],
    }
    made = recorder.patch(done, made, {"status": status})
    lane.event(done + 0.02, made, "TaskRun", "Failed", message, "Warning")
    killed = at + KILLED
    ended = [_killed(state, recorder.stamp(killed)) for state in states]
    last = recorder.patch(killed, pod, {"status": {"phase": "Failed", "containerStatuses": ended}})
    recorder.remove(killed + 0.15, last)
    return made, done


def _cut_step(state: Object, pod: str, at: str) -> Object:
    """status.steps[] of a stopped TaskRun."""
    begun = state["state"].get("running")
    if begun is None:
        return tekton.step_state(state, reason=_reason(state, skipped=False))
    name, why = state["name"].removeprefix("step-"), "TaskRunCancelled"
    says = f"Step {name} terminated as pod {pod} is terminated"
    ended = {"exitCode": 1, "reason": why, "message": says, "startedAt": begun["startedAt"], "finishedAt": at}
    return tekton.step_state({**state, "state": {"terminated": ended}}, reason=why)


def _killed(state: Object, at: str) -> Object:
    """containerStatuses[] of a Pod that was told to stop."""
    begun = state["state"].get("running")
    if begun is None:
        return state
    ended = {"exitCode": 137, "reason": "Error", "startedAt": begun["startedAt"], "finishedAt": at}
    ended["containerID"] = state["containerID"]
    return {**state, "state": {"terminated": ended}, "ready": False, "started": False}


def _show_pod(lane: Lane, pod: Object, task: Task, containers: list[pods.Container], at: float, moment: float) -> None:
    states = _states(lane, task, containers, at, moment)
    ready = all(item["ready"] for item in states)
    lane.recorder.patch(moment, pod, {"status": pods.status("Running", _since(lane, at, moment), states, ready=ready)})


def _show_task(lane: Lane, made: Object, moment: float, at: float, states: list[Object]) -> None:
    steps = [tekton.step_state(item, reason=_reason(item, skipped=False)) for item in states]
    running = _unknown(lane, at + START, "Running", "Not all Steps in the Task have finished executing")
    lane.recorder.patch(moment, made, {"status": {"conditions": running, "steps": steps}})


def _states(lane: Lane, task: Task, containers: list[pods.Container], at: float, moment: float) -> list[Object]:
    """containerStatuses at `moment`: every step container runs from the start, ended ones say how."""
    recorder, started = lane.recorder, lane.recorder.stamp(at + START)
    failed, states, previous = task.failed, [], at + START
    for step, container in zip(task.steps, containers, strict=True):
        ends = step.ends if task.halt else min(step.ends, task.stops)
        if ends > moment:
            states.append(pods.running(container, started))
            continue
        code = 1 if failed and step.ends > failed.ends else step.code
        message = json.dumps([{"key": name, "value": value, "type": 1} for name, value in step.results.items()])
        begun, ended = recorder.stamp(previous), recorder.stamp(ends)
        states.append(pods.terminated(container, begun, ended, code, message if step.results and not code else ""))
        previous = ends
    return states


def _steps(task: Task, states: list[Object]) -> list[Object]:
    failed = task.failed
    late = [failed is not None and step.ends > failed.ends for step in task.steps]
    return [
        tekton.step_state(item, reason=_reason(item, skipped=skipped))
        for item, skipped in zip(states, late, strict=True)
    ]


def _reason(state: Object, *, skipped: bool) -> str | None:
    ended = state["state"].get("terminated")
    if ended is None:
        return None
    return "Skipped" if skipped else str(ended["reason"])


def _unknown(lane: Lane, at: float, reason: str, message: str) -> list[Object]:
    return tekton.succeeded("Unknown", lane.recorder.stamp(at), reason, lane.wording(message))


def _since(lane: Lane, at: float, changed: float) -> dict[str, str]:
    stamp = lane.recorder.stamp
    return {
        "scheduled": stamp(at),
        "started": stamp(at),
        "initialized": stamp(min(at + START, changed)),
        "changed": stamp(changed),
    }


def _container(lane: Lane, made: Object, step: Step) -> pods.Container:
    repository = step.image.rsplit(":", 1)[0]
    container = "containerd://" + lane.recorder.hexes(64, made["metadata"]["uid"], step.name)
    image_id = f"{repository}@{digest_of(step.image.encode())}"
    return pods.Container(f"step-{step.name}", step.image, image_id, container)


def _pod(lane: Lane, made: Object, containers: list[pods.Container]) -> Object:
    tools = "registry.devops-infra.svc.cluster.local:5000/tekton"
    initial = [
        {"name": "prepare", "image": f"{tools}/entrypoint:v1.15.0"},
        {"name": "place-scripts", "image": f"{tools}/shell:v1.15.0"},
    ]
    meta, account = tekton.pod_metadata(made), lane.names.service_account
    return pods.pod(meta, containers, account, restart="Never", initContainers=initial, activeDeadlineSeconds=5400)
