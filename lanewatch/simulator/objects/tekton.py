"""PipelineRuns and TaskRuns as Tekton 1.15 writes them (checked against the recordings)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lanewatch.simulator.objects.meta import Object, condition, metadata
from lanewatch.simulator.world import Json

API = "tekton.dev/v1"
PROVENANCE = {
    "featureFlags": {
        "runningInEnvWithInjectedSidecars": True,
        "enableAPIFields": "beta",
        "sendCloudEventsForRuns": True,
        "awaitSidecarReadiness": True,
        "enforceNonfalsifiability": "none",
        "verificationNoMatchPolicy": "ignore",
        "enableProvenanceInStatus": True,
        "resultExtractionMethod": "termination-message",
        "maxResultSize": 4096,
        "coschedule": "workspaces",
    }
}
STEP_SCRIPT = "#!/bin/sh\nset -eu\nrun\n"


def params(values: Mapping[str, str]) -> list[Object]:
    """spec.params"""
    return [{"name": name, "value": value} for name, value in values.items()]


def pipeline_run(
    namespace: str,
    name: str,
    pipeline: str,
    values: Mapping[str, str],
    account: str,
    labels: Mapping[str, str],
    timeout: str = "1h0m0s",
) -> Object:
    """A PipelineRun as a TriggerTemplate creates it: no status, no pipeline label yet."""
    return {
        "apiVersion": API,
        "kind": "PipelineRun",
        "metadata": metadata(namespace, name, labels=labels),
        "spec": {
            "pipelineRef": {"name": pipeline},
            "params": params(values),
            "timeouts": {"pipeline": timeout},
            "taskRunTemplate": {"serviceAccountName": account},
        },
    }


def task_run(run: Json, task: str, values: Mapping[str, str], account: str) -> Object:
    """A TaskRun of a pipeline task; the PipelineRun's labels propagate."""
    meta = run["metadata"]
    labels = {
        "app.kubernetes.io/managed-by": "tekton-pipelines",
        "tekton.dev/memberOf": "tasks",
        **meta["labels"],
        "tekton.dev/pipelineRun": meta["name"],
        "tekton.dev/pipelineRunUID": meta["uid"],
        "tekton.dev/pipelineTask": task,
        "tekton.dev/task": task,
    }
    notes = {"pipeline.tekton.dev/release": "0f6c28a"}
    return {
        "apiVersion": API,
        "kind": "TaskRun",
        "metadata": metadata(meta["namespace"], f"{meta['name']}-{task}", labels=labels, annotations=notes, owner=run),
        "spec": {
            "params": params(values),
            "serviceAccountName": account,
            "taskRef": {"name": task, "kind": "Task"},
            "timeout": "1h0m0s",
        },
    }


def pod_metadata(run: Json) -> Object:
    """Metadata of a TaskRun's Pod."""
    meta = run["metadata"]
    labels = {**meta["labels"], "tekton.dev/taskRun": meta["name"], "tekton.dev/taskRunUID": meta["uid"]}
    notes = dict(meta["annotations"])
    return metadata(meta["namespace"], meta["name"] + "-pod", labels=labels, annotations=notes, owner=run)


def succeeded(status: str, since: str, reason: str, message: str) -> list[Object]:
    """The one condition."""
    return [condition("Succeeded", status, since, reason, message)]


def task_spec(names: Sequence[str], steps: Sequence[tuple[str, str]], results: Sequence[str]) -> Object:
    """status.taskSpec: params, (step, image) pairs, declared results."""
    return {
        "params": [{"name": name, "type": "string"} for name in names],
        "steps": [
            {"name": name, "image": image, "computeResources": {}, "script": STEP_SCRIPT} for name, image in steps
        ],
        "results": [{"name": name, "type": "string"} for name in results],
    }


def step_state(container: Json, *, reason: str | None) -> Object:
    """status.steps[] from a Pod's containerStatuses[]; `reason` is the terminationReason once it ended."""
    made: Object = {"name": container["name"].removeprefix("step-"), "container": container["name"], "provenance": {}}
    made.update(container["state"])
    if container["imageID"]:
        made["imageID"] = container["imageID"]
    if reason is not None:
        made["terminationReason"] = reason
    return made


def results(values: Mapping[str, str]) -> list[Object]:
    """status.results of a TaskRun, by name."""
    return [{"name": name, "type": "string", "value": value} for name, value in sorted(values.items())]


def pipeline_spec(
    values: Mapping[str, str], tasks: Sequence[tuple[str, Mapping[str, str], Json | None]], outcome: Mapping[str, str]
) -> Object:
    """status.pipelineSpec: params substituted, tasks as (name, params, when), results as name → reference."""
    rows: list[dict[str, Any]] = []
    for name, given, when in tasks:
        row: dict[str, Any] = {"name": name, "taskRef": {"name": name, "kind": "Task"}, "params": params(given)}
        if when is not None:
            row["when"] = [dict(when)]
        rows.append(row)
    return {
        "tasks": rows,
        "params": [{"name": name, "type": "string"} for name in values],
        "results": [{"name": name, "description": "", "value": value} for name, value in outcome.items()],
    }


def child_reference(run: Json) -> Object:
    """A row of status.childReferences."""
    task = run["metadata"]["labels"]["tekton.dev/pipelineTask"]
    return {"apiVersion": API, "kind": "TaskRun", "name": run["metadata"]["name"], "pipelineTaskName": task}


def counters(done: int, failed: int, incomplete: int, skipped: int) -> str:
    """The PipelineRun's message; `incomplete` is left out once nothing is."""
    left = f"Incomplete: {incomplete}, " if incomplete else ""
    return f"Tasks Completed: {done} (Failed: {failed}, Cancelled 0), {left}Skipped: {skipped}"
