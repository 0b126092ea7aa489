"""Worlds of the told scenarios for tests, each built once, and a clock that stands still."""

from __future__ import annotations

import atexit
import functools
import io
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.objects.meta import key
from lanewatch.simulator.scenarios import build_world
from lanewatch.simulator.world import World

START = datetime(2026, 7, 5, 14, 0, tzinfo=UTC)


@functools.cache
def told(name: str, seed: int = 1) -> World:
    """The world of a scenario; its repositories live until the tests end. Move refs only in a copy of your own."""
    folder = tempfile.TemporaryDirectory(prefix="lanewatch-told-")
    atexit.register(folder.cleanup)
    return build_world(name, seed=seed, start=START, repositories=Path(folder.name) / "repositories")


def fresh(name: str, folder: Path, seed: int = 1) -> World:
    """A world whose repositories this test may change."""
    return build_world(name, seed=seed, start=START, repositories=folder / "repositories")


def commit_of(world: World) -> str:
    """The commit that the scenario is about."""
    assert world.commit is not None
    return world.commit


def shown(world: World, collection: str) -> list[tuple[float, Any]]:
    """Every value that Gitea ever shows in a collection, with its second."""
    return [(one.at, one.value) for one in world.documents if one.collection == collection and one.value is not None]


def live(world: World, at: float) -> dict[tuple[str, ...], Any]:
    """Every Kubernetes object at a second of the world."""
    found: dict[tuple[str, ...], Any] = {}
    for change in world.objects:
        if change.at <= at:
            found[key(change.object)] = change.object
            if change.type == "DELETED":
                del found[key(change.object)]
    return found


def only(world: World, kind: str, namespace: str = "") -> list[Any]:
    """The objects of one kind at the world's end, in one namespace or in all."""
    there = live(world, world.end).items()
    return [whole for place, whole in there if place[1] == kind and namespace in ("", place[2])]


def papers(world: World) -> dict[str, Any]:
    """The JSON of every artifact of the run about the world's last push, by the first word of its name."""
    head = next(change for change in reversed(world.refs) if change.ref == "refs/heads/v0.2").sha
    files = {file.artifact_id: file.data for file in world.artifacts}
    found = {}
    for _, value in shown(world, "artifacts"):
        if value["workflow_run"]["head_sha"] == head:
            with zipfile.ZipFile(io.BytesIO(files[value["id"]])) as archive:
                (name,) = archive.namelist()
                found[name.removesuffix(".json")] = json.loads(archive.read(name))
    return found


def standing_at(second: float) -> WorldClock:
    """A clock that shows this second of the world, for ever."""
    return WorldClock(START, second, 0.0, 1.0, lambda: 0.0)
