"""Faults of the lane itself: what does not exist yet, no longer, twice, or is not what it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lanewatch.rollout.facts import ACTIONS, MIRROR, TEKTON
from lanewatch.rollout.reports import MirroredRepository, TektonReport
from lanewatch.rollout.runs import attempt
from lanewatch.simulator.world import ObjectChange, RefChange, World
from tests.faults.lane import FaultyLane, faulty_lane
from tests.faults.playing import played, seen, settled
from tests.faults.table import Observed, row
from tests.simulator.stories import commit_of, fresh, told

AT = 200.0


@dataclass(frozen=True, slots=True)
class Told:
    """What came to the product at the end."""

    lane: FaultyLane
    reports: Mapping[str, Any]  # by authority

    def asked(self, path: str) -> int:
        return sum(request.path.endswith(path) for request in self.lane.served.record.entries)


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
    fired: Callable[[Told], int],
    *,
    scenario: str = "build",
    at: float = AT,
    seconds: int = 45,
    **lane: Any,
) -> Observed:
    """What is seen of a lane in which the fault is part of the story; `fired` counts it in what the servers told."""

    async def story() -> Observed:
        async with faulty_lane(folder, scenario, at, **lane) as one:
            line = await seen(one, sees, seconds)
            known = one.session.knowledge.seen
            return Observed(fired(Told(one, {name: seen.last.report for name, seen in known.items()})), line)

    return played(story)


@row(
    "H01",
    "what is asked for does not exist yet",
    sees="waiting for a PipelineRun",
    do="wait; a finding tells when it has lasted too long",
)
def not_yet(folder: Path) -> Observed:
    return shown(folder, "waiting for a PipelineRun", lambda told: told.asked("/pipelineruns"), at=22.0, seconds=5)


@row("H02", "an object is deleted after it was seen", sees="deleted", do="ask who deleted it")
def deleted(folder: Path) -> Observed:
    run = newest(told("build"), "PipelineRun")
    world = later(told("build"), ObjectChange(AT + 20, "DELETED", run))

    async def story() -> Observed:
        async with faulty_lane(folder, world=world) as one:
            await settled(one)
            line = await seen(one, "deleted", 60)
            report = one.session.knowledge.seen[TEKTON].last.report
            assert isinstance(report, TektonReport)
            return Observed(len(report.deleted), line)

    return played(story)


@row(
    "L01",
    "two runs for one commit",
    sees="2 PipelineRuns for this commit",
    do="nothing; the newest counts, the other is named",
)
def two_runs(folder: Path) -> Observed:
    run = newest(told("build"), "PipelineRun")
    meta = {**run["metadata"], "name": run["metadata"]["name"] + "-b", "uid": "f" * 8 + run["metadata"]["uid"][8:]}
    meta["creationTimestamp"] = told("build").stamp(AT + 10)
    status = {"conditions": [{"type": "Succeeded", "status": "Unknown", "reason": "Running"}]}
    again = {**run, "metadata": meta, "status": {**status, "startTime": told("build").stamp(AT + 10)}}
    world = later(told("build"), ObjectChange(AT + 10, "ADDED", again))
    return shown(folder, "2 PipelineRuns", lambda told: len(told.reports[TEKTON].runs) - 1, world=world, seconds=60)


@row("L02", "a run is tried again", sees="attempt 2", do="nothing; the newest attempt counts")
def second_attempt(folder: Path) -> Observed:
    world = told("rerun")
    return shown(
        folder, "attempt", lambda told: attempt(told.reports[ACTIONS].run) - 1, scenario="rerun", at=world.end + 5
    )


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
    moves = heads(world, "refs/heads/v0.2")
    before = next(change.sha for change in moves if change.sha != commit_of(world))
    changes = tuple(
        RefChange(AT + 10, one, "refs/heads/v0.2", before) for one in {change.repository for change in moves}
    )
    moved = replace(world, refs=(*world.refs, *changes))
    return shown(folder, "was forced to", lambda told: target(told).mirror_head == before, world=moved, seconds=60)


@row("L04", "the snapshot ref disappears", sees="no longer resolves", do="ask who pruned it; the object is still there")
def snapshot_gone(folder: Path) -> Observed:
    world = fresh("build", folder)
    snapshots = [change for change in world.refs if "snapshots" in change.ref and change.sha == commit_of(world)]
    changes = tuple(replace(change, at=AT + 10, sha=None) for change in snapshots)
    gone = replace(world, refs=(*world.refs, *changes))
    return shown(
        folder, "no longer resolves", lambda told: told.reports[MIRROR].snapshot.sha is None, world=gone, seconds=60
    )


@row("L05", "a later commit overtakes", sees="superseded", do="watch the commit that the line names")
def overtaken(folder: Path) -> Observed:
    at = told("superseded").end + 5
    return shown(
        folder, "superseded by", lambda told: len(told.reports[ACTIONS].newer_runs), scenario="superseded", at=at
    )


def target(told: Told) -> MirroredRepository:
    found = told.reports[MIRROR].target
    assert isinstance(found, MirroredRepository)
    return found


def behind(told: Told) -> int:
    return target(told).mirror_head != target(told).upstream_head


@row(
    "L06",
    "the mirror does not follow",
    sees="Force a sync",
    do="force a sync where the line says; the lane cannot begin before",
)
def mirror_behind(folder: Path) -> Observed:
    at = told("mirror-stuck").end
    observed = shown(folder, "Force a sync", behind, scenario="mirror-stuck", at=at, seconds=5, upstream=True)
    return replace(observed, line=re.sub(r"min \d s", "min n s", observed.line))  # when its read came is chance
