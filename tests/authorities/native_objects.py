"""Native objects as small as a table test can have them."""

from __future__ import annotations

import itertools
from typing import Any

_uids = (f"uid-{number}" for number in itertools.count())

Object = dict[str, Any]


def stamp(second: float) -> str:
    """A whole second of one day, as Kubernetes writes it."""
    whole = int(second)
    return f"2026-07-05T{14 + whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}Z"


def native(
    kind: str, name: str, *, owner: Object | None = None, uid: str = "", version: int = 1, at: int = 0
) -> Object:
    """Metadata and nothing else; `at` is the second of its creation."""
    metadata: Object = {
        "name": name,
        "namespace": "ns",
        "uid": next(_uids),
        "creationTimestamp": stamp(at),
        "resourceVersion": "1",
    }
    if owner is not None:
        reference = {"kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
        metadata["ownerReferences"] = [{**reference, "controller": True}]
    return {"kind": kind, "metadata": metadata}


def succeeded(status: str, reason: str, message: str = "") -> Object:
    return {"conditions": [{"type": "Succeeded", "status": status, "reason": reason, "message": message}]}


def pipeline_run(name: str = "run", *, tasks: tuple[Any, ...] = ("build",), at: int = 0, **status: Any) -> Object:
    """A run whose resolved spec has these tasks, given as names or whole entries."""
    spec = {"tasks": [task if isinstance(task, dict) else {"name": task} for task in tasks]}
    run = native("PipelineRun", name, at=at)
    run["spec"] = {"params": [{"name": "sourceCommit", "value": "c" * 40}]}
    run["status"] = {"pipelineSpec": spec, **status}
    return run


def task_run(run: Object, task: str = "build", *, at: int = 1, kind: str = "TaskRun", **status: Any) -> Object:
    child = native(kind, f"{run['metadata']['name']}-{task}", owner=run, at=at)
    child["metadata"]["labels"] = {"tekton.dev/pipelineTask": task, "tekton.dev/memberOf": "tasks"}
    child["spec"] = {}
    child["status"] = dict(status)
    return child


def pod(owner: Object, *, name: str = "", at: int = 2, **status: Any) -> Object:
    made = native("Pod", name or f"{owner['metadata']['name']}-pod", owner=owner, at=at)
    made["status"] = dict(status)
    return made


def changed(before: Object, version: int, **parts: Any) -> Object:
    """The same object later."""
    return {**before, "metadata": {**before["metadata"], "resourceVersion": str(version)}, **parts}
