"""Faults of the lane itself: what does not exist yet, no longer, twice, or is not what it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lanewatch.simulator.faults import PIPELINE_RUNS, RUNS
from lanewatch.simulator.world import ObjectChange, RefChange, World
from tests.faults.lane import faulty_lane
from tests.faults.playing import played, seen
from tests.faults.table import Observed, row
from tests.faults.telling import Telling, containing
from tests.simulator.stories import commit_of, fresh, told

AT = 200.0
BRANCH = "refs/heads/v0.2"
JOBS = r"/jobs$"
HEAD = f"/git/{BRANCH}$"


def later(world: World, *changes: ObjectChange) -> World:
    """The world with more changes of its objects."""
    return replace(world, objects=tuple(sorted((*world.objects, *changes), key=lambda change: change.at)), beats=())


def newest(world: World, kind: str, name: str = "") -> dict[str, Any]:
    """The last state of the newest object of this kind."""
    found = [
        one.object for one in world.objects if one.object["kind"] == kind and name in one.object["metadata"]["name"]
    ]
    return dict(found[-1])


def shown(
    folder: Path,
    sees: str,
    telling: Telling,
    *,
    scenario: str = "build",
    at: float = AT,
    seconds: int = 45,
    **lane: Any,
) -> Observed:
    """What is seen of a lane in which the fault is part of the story, told by its servers in so many answers."""

    async def story() -> Observed:
        async with faulty_lane(folder, scenario, at, **lane) as one:
            told = telling.counted(one.layer)
            line = await seen(one, sees, seconds)
            return Observed(told(), line)

    return played(story)


def on_runs(text: str) -> Telling:
    return Telling("kubernetes", PIPELINE_RUNS, containing(text))


@row(
    "H01",
    "what is asked for does not exist yet",
    sees="waiting for a PipelineRun",
    do="wait; a finding tells when it has lasted too long",
)
def not_yet(folder: Path) -> Observed:
    name = newest(told("build"), "PipelineRun")["metadata"]["name"].encode()
    none = Telling("kubernetes", PIPELINE_RUNS, lambda status, body: status == 200 and name not in body)
    return shown(folder, "waiting for a PipelineRun", none, at=22.0)


@row("H02", "an object is deleted after it was seen", sees="deleted", do="ask who deleted it")
def deleted(folder: Path) -> Observed:
    run = newest(told("build"), "PipelineRun")
    world = later(told("build"), ObjectChange(AT + 40, "DELETED", run))
    return shown(folder, "deleted", on_runs('"DELETED"'), world=world, seconds=75)


@row(
    "L01",
    "two runs for one commit",
    sees="2 PipelineRuns for this commit",
    do="nothing; the newest counts, the other is named",
)
def two_runs(folder: Path) -> Observed:
    run = newest(told("build"), "PipelineRun")
    name = run["metadata"]["name"] + "-b"
    meta = {**run["metadata"], "name": name, "uid": "f" * 8 + run["metadata"]["uid"][8:]}
    meta["creationTimestamp"] = told("build").stamp(AT + 10)
    status = {"conditions": [{"type": "Succeeded", "status": "Unknown", "reason": "Running"}]}
    again = {**run, "metadata": meta, "status": {**status, "startTime": told("build").stamp(AT + 10)}}
    world = later(told("build"), ObjectChange(AT + 10, "ADDED", again))
    return shown(folder, "2 PipelineRuns", on_runs(name), world=world, seconds=60)


@row("L02", "a run is tried again", sees="attempt 2", do="nothing; the newest attempt counts")
def second_attempt(folder: Path) -> Observed:
    again = Telling("gitea", JOBS, lambda _, body: any(job["run_attempt"] > 1 for job in json.loads(body)["jobs"]))
    return shown(folder, "attempt", again, scenario="rerun", at=told("rerun").end + 5)


def with_refs(folder: Path, *moves: tuple[str, str, str | None]) -> World:
    """A fresh world whose refs move 10 s after it is joined: (repository, ref, sha)."""
    world = fresh("build", folder)
    changes = tuple(RefChange(AT + 10, repository, ref, sha) for repository, ref, sha in moves)
    return replace(world, refs=(*world.refs, *changes))


def heads(world: World, ref: str) -> Sequence[RefChange]:
    return [change for change in world.refs if change.ref == ref and change.sha]


@row(
    "L03",
    "the branch is forced to another commit",
    sees="was forced to",
    do="ask who forced it, or watch the commit that the line names",
)
def forced(folder: Path) -> Observed:
    world = fresh("build", folder)
    moves = heads(world, BRANCH)
    before = next(change.sha for change in moves if change.sha != commit_of(world))
    changes = tuple(RefChange(AT + 10, one, BRANCH, before) for one in {change.repository for change in moves})
    moved = replace(world, refs=(*world.refs, *changes))
    elsewhere = Telling("gitea", HEAD, containing(str(before)))
    return shown(folder, "was forced to", elsewhere, world=moved, seconds=60)


@row("L04", "the snapshot ref disappears", sees="no longer resolves", do="ask who pruned it; the object is still there")
def snapshot_gone(folder: Path) -> Observed:
    world = fresh("build", folder)
    snapshots = [change for change in world.refs if "snapshots" in change.ref and change.sha == commit_of(world)]
    changes = tuple(replace(change, at=AT + 10, sha=None) for change in snapshots)
    gone = replace(world, refs=(*world.refs, *changes))
    pruned = Telling("gitea", f"/git/{snapshots[0].ref}$", lambda status, _: status == 404)
    return shown(folder, "no longer resolves", pruned, world=gone, seconds=60)


@row("L05", "a later commit overtakes", sees="superseded", do="watch the commit that the line names")
def overtaken(folder: Path) -> Observed:
    world = told("superseded")
    newer = str(heads(world, BRANCH)[-1].sha)
    assert newer != world.commit
    telling = Telling("gitea", RUNS, containing(newer))
    return shown(folder, "superseded by", telling, scenario="superseded", at=world.end + 5)


@row(
    "L06",
    "the mirror does not follow",
    sees="Force a sync",
    do="force a sync where the line says; the lane cannot begin before",
)
def mirror_behind(folder: Path) -> Observed:
    world = told("mirror-stuck")
    behind = heads(world, BRANCH)
    newest = behind[-1].sha
    assert {change.repository for change in behind if change.sha == newest} != {one.repository for one in behind}
    old = Telling("gitea", HEAD, lambda status, body: status == 200 and str(newest).encode() not in body)
    observed = shown(folder, "Force a sync", old, scenario="mirror-stuck", at=world.end, seconds=5, upstream=True)
    return replace(observed, line=re.sub(r"min \d s", "min n s", observed.line))  # when its read came is chance
