"""Worlds for many runs: each is built once in a process and put back before every run, and git is asked once.

What git says depends on which refs have moved so far.
"""

from __future__ import annotations

import atexit
import functools
import gc
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from lanewatch.simulator import git_repository
from lanewatch.simulator.git_repository import run_git
from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.scenarios import build_world
from lanewatch.simulator.world import RefChange, World
from tests.simulator.stories import START

_move = RefMover._move


@dataclass(slots=True)
class KeptWorld:
    """A world, the files of its repositories before any ref has moved, and git's answers so far."""

    world: World
    files: frozenset[Path]
    moved: list[RefChange] = field(default_factory=list)  # since it was put back
    answers: dict[tuple[object, ...], bytes] = field(default_factory=dict)

    def put_back(self) -> None:
        """As if no ref had ever moved and no object had been brought."""
        for file in _files(self.world.repositories) - self.files:
            file.unlink()
        self.moved.clear()

    def move(self, mover: RefMover, change: RefChange) -> None:
        """As `RefMover._move`."""
        self.moved.append(change)
        _move(mover, change)

    async def git(
        self, arguments: Sequence[str], *, given: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """As `run_git`."""
        asked = (*arguments, given, *self.moved)
        if asked not in self.answers:
            self.answers[asked] = await run_git(arguments, given=given, environment=environment)
        return self.answers[asked]


@contextmanager
def world_of(scenario: str) -> Iterator[World]:
    """The world of a scenario before anything happened in it, for one run."""
    kept = _built(scenario)
    kept.put_back()
    moving = patch.object(RefMover, "_move", lambda mover, change: kept.move(mover, change))
    with patch.object(git_repository, "run_git", kept.git), moving:
        yield kept.world


@functools.cache
def _built(scenario: str) -> KeptWorld:
    folder = tempfile.TemporaryDirectory(prefix="lanewatch-explore-")
    atexit.register(folder.cleanup)
    world = build_world(scenario, seed=1, start=START, repositories=Path(folder.name))
    gc.collect()
    gc.freeze()  # a world lives as long as the process: nobody needs to look at it again after every run
    return KeptWorld(world, frozenset(_files(world.repositories)))


def _files(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if not file.is_dir()}
