"""Scenarios in which one system tells something else than the others: each breaks one check or rule for real.

A twist takes a told world and changes what one system shows of it; what reads it are the real clients.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lanewatch.simulator.scenarios.papers import packed_file
from lanewatch.simulator.world import Document, ObjectChange, RefChange, World

Json = dict[str, Any]
Change = Callable[[Json], Json | None]


@dataclass(frozen=True, slots=True)
class Twist:
    """scenario: whose world it is. at: the second at which it is read, the end's by default."""

    scenario: str
    make: Callable[[World], World] = lambda world: world
    at: float | None = None


def objects(world: World, kind: str, change: Change) -> World:
    """Every state that an object of this kind has since the push, changed; None leaves it out."""

    def changed(one: ObjectChange) -> ObjectChange | None:
        if one.at <= 0 or one.object["kind"] != kind:
            return one
        made = change(json.loads(json.dumps(one.object)))
        return None if made is None else replace(one, object=made)

    return replace(world, objects=tuple(one for one in map(changed, world.objects) if one is not None))


def paper(world: World, name: str, change: Callable[[Json], Json]) -> World:
    """The artifact whose name begins so, of the run about this commit, with other content."""
    numbers = {
        one.value["id"]
        for one in world.documents
        if one.collection == "artifacts" and one.value and one.at > 0 and one.value["name"].startswith(name)
    }

    def changed(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (file,) = archive.namelist()
            return packed_file(file, json.dumps(change(json.loads(archive.read(file)))).encode())

    files = (replace(one, data=changed(one.data)) if one.artifact_id in numbers else one for one in world.artifacts)
    return replace(world, artifacts=tuple(files))


def in_text(old: str, new: str) -> Change:
    """Whatever an object says, with one text replaced by another."""
    return lambda whole: json.loads(json.dumps(whole).replace(old, new))  # type: ignore[no-any-return]


def before(world: World) -> str:
    """The commit that was delivered before."""
    heads = [one.sha for one in world.refs if one.ref == "refs/heads/v0.2" and one.at < 0 and one.sha]
    return heads[-1]


def _run_calls_it_a_success(world: World) -> World:
    def good(one: Document) -> Document:
        told = json.loads(json.dumps(one.value).replace('"failure"', '"success"'))
        return replace(one, value=told) if one.collection in ("jobs", "runs") and one.at > 0 else one

    return replace(world, documents=tuple(map(good, world.documents)))


CANCELLED_AT = 35.0


def _cancelled_run_that_nobody_tells_tekton(world: World) -> World:
    """The run is cancelled while the PipelineRun builds; from then on both stand still."""
    shown: dict[tuple[str, str], Document] = {}
    for one in world.documents:
        if one.at <= CANCELLED_AT and one.collection in ("jobs", "runs"):
            shown[one.collection, one.key] = one
    ended = {"status": "completed", "conclusion": "cancelled", "completed_at": world.stamp(CANCELLED_AT)}
    cancelled = [
        replace(one, at=CANCELLED_AT, value={**one.value, **ended})
        for one in shown.values()
        if one.value and one.value["status"] != "completed"
    ]
    kept = [one for one in world.documents if one.at <= CANCELLED_AT or one.collection not in ("jobs", "runs")]
    still = [
        one for one in world.objects if one.at <= CANCELLED_AT or one.object["kind"] not in ("PipelineRun", "TaskRun")
    ]
    return replace(world, documents=(*kept, *cancelled), objects=tuple(still))


def _without_job(world: World) -> World:
    def nameless(whole: Json) -> Json:
        results = whole.get("status", {}).get("results", [])
        whole.setdefault("status", {})["results"] = [one for one in results if one["name"] != "builderJobName"]
        return whole

    jobless = objects(world, "Job", lambda _: None)
    return objects(jobless, "TaskRun", nameless)


def _moved_snapshot(world: World) -> World:
    ref = next(one.ref for one in world.refs if "snapshots" in one.ref and one.sha == world.commit)
    moves = (RefChange(95.0, f"{side}/pikasTech/agentrun", ref, before(world)) for side in ("upstream", "gitea"))
    return replace(world, refs=(*world.refs, *moves))


def _healthy(whole: Json) -> Json:
    whole["status"]["health"]["status"] = "Healthy"
    return whole


def _synced_before_it_was_published(world: World) -> World:
    def early(whole: Json) -> Json:
        operation = whole["status"].get("operationState", {})
        if operation.get("finishedAt", "") > world.stamp(0):
            operation |= {"startedAt": world.stamp(30), "finishedAt": world.stamp(32)}
        return whole

    return objects(world, "Application", early)


def _follower_still_runs(world: World) -> World:
    said = json.dumps({"observedCommit": before(world), "phase": "Idle", "lastRunSeconds": 105.7,
                       "updatedAt": world.stamp(60)})  # fmt: skip

    def looked(one: ObjectChange) -> ObjectChange:
        is_its = one.object["metadata"]["name"].startswith("branch-follower-")
        return replace(one, object={**one.object, "data": {"status": said}}) if is_its else one

    return replace(world, objects=tuple(map(looked, world.objects)))


def _plan_that_skips(plan: Json) -> Json:
    return {**plan, "skipImageBuild": True, "buildServices": []}


def _restarted(world: World) -> World:
    """The Pods that the reuse leaves alone begin anew in the middle of it."""

    def later(one: ObjectChange) -> ObjectChange:
        if one.object["kind"] != "Pod" or one.object["metadata"]["namespace"] != "agentrun-v02":
            return one
        whole = json.loads(json.dumps(one.object))
        for container in whole["status"].get("containerStatuses", []):
            if "running" in container["state"]:
                container["state"]["running"]["startedAt"] = world.stamp(30)
        return replace(one, object=whole)

    return replace(world, objects=tuple(map(later, world.objects)))


def in_build_log(old: bytes, new: bytes) -> Callable[[World], World]:
    """What the builder prints, otherwise."""

    def changed(world: World) -> World:
        logs = (replace(one, data=one.data.replace(old, new)) if one.at > 0 else one for one in world.logs)
        return replace(world, logs=tuple(logs))

    return changed


TWISTS: Mapping[str, Twist] = {
    "runtime-reuse-hit-skips-rollout": Twist("reuse", _restarted),
    "env-unchanged-skips-env-image-build": Twist("env-reuse", in_build_log(b"#5 CACHED", b"#5 DONE 9.1s")),
    "ci-builder-consumes-reuse-plan": Twist("build", in_build_log(b"agentrun-mgr:v0.2", b"agentrun-web:v0.2")),
    "runtime-status-links-env-image-provenance": Twist("image-drift"),
    "run-success": Twist("build-fails", _run_calls_it_a_success),
    "run-cancelled": Twist("build", _cancelled_run_that_nobody_tells_tekton, 80.0),
    "built-running": Twist("image-drift"),
    "gitops-argo": Twist("argo-unnoticed", at=300.0),
    "skip-built": Twist("build", lambda world: paper(world, "reuse-plan", _plan_that_skips)),
    "build-missing": Twist("build", _without_job),
    "source-commit": Twist(
        "build",
        lambda world: paper(
            world, "dispatch", lambda sent: {**sent, "payload": {**sent["payload"], "sourceCommit": before(world)}}
        ),
    ),
    "snapshot-moved": Twist("build", _moved_snapshot),
    "healthy-crashing": Twist("crash-loop", lambda world: objects(world, "Application", _healthy)),
    "health-old": Twist("image-drift"),
    "provenance-ids": Twist(
        "build", lambda world: objects(world, "TaskRun", in_text('\\"actionsRunId\\":', '\\"actionsRunId\\":9'))
    ),
    "causal-order": Twist("build", _synced_before_it_was_published),
    "follower": Twist("build", _follower_still_runs, 300.0),
}
"""By check of the gate, and by contradiction rule."""
