"""Worlds of the told scenarios for tests, each built once, and a clock that stands still."""

from __future__ import annotations

import atexit
import functools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lanewatch.simulator.clock import WorldClock
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


def standing_at(second: float) -> WorldClock:
    """A clock that shows this second of the world, for ever."""
    return WorldClock(START, second, 0.0, 1.0, lambda: 0.0)
