"""Moves the refs of a world's git repositories as their seconds come.

Upstream has all objects from the beginning; a mirror gets them when a ref brings them, as a fetch does. A ref file is
replaced whole, so a reader sees the old commit or the new.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.git_objects import bring
from lanewatch.simulator.world import RefChange, World


class RefMover:
    """Applies each due RefChange once, in order."""

    def __init__(self, world: World) -> None:
        self._repositories = world.repositories
        self._waiting = sorted(world.refs, key=lambda change: change.at)

    def apply(self, at: float) -> float | None:
        """Move every ref that is due at second `at`; the second of the next move, None when nothing is left."""
        while self._waiting and self._waiting[0].at <= at:
            self._move(self._waiting.pop(0))
        return self._waiting[0].at if self._waiting else None

    async def run(self, clock: WorldClock) -> None:
        """Move refs until none is left. Ends by itself; cancelling it is safe at any point."""
        while (due := self.apply(clock.at())) is not None:  # noqa: ASYNC110  (sleeps until the next move, polls nothing)
            await asyncio.sleep(max(0.0, (due - clock.at()) / clock.rate))

    def _move(self, change: RefChange) -> None:
        file = self._file(change)
        if change.sha is None:
            file.unlink(missing_ok=True)
            return
        side, _, name = change.repository.partition("/")
        if side != "upstream":
            bring(self._repositories / f"upstream/{name}.git", self._repositories / f"{side}/{name}.git", change.sha)
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_name(file.name + ".lock")
        lock.write_text(change.sha + "\n")
        lock.replace(file)

    def _file(self, change: RefChange) -> Path:
        return self._repositories / f"{change.repository}.git" / change.ref
