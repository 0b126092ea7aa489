"""Show one fabricated picture in a real terminal: python -m tests.tui.demo NAME (for looking at, and for pty tests)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from lanewatch.rollout.facts import Handle, Knowledge, Moment
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.session import Opened
from tests.tui import pictures
from tui.app import run


class FabricatedSession:
    """A session whose pictures are made here: the same one, one second older each second."""

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.knowledge = Knowledge()
        self.sweeps = 0
        self.closed = False

    async def pictures(self) -> AsyncIterator[Rollout]:
        while True:
            yield self.rollout
            await asyncio.sleep(1)
            self.rollout = older(self.rollout, 1.0)

    async def open(self, handle: Handle) -> Opened:
        return Opened(handle.title, handle.locator, tuple(f"{handle.title} line {n}" for n in range(200)), "fabricated")

    def sweep_now(self) -> None:
        self.sweeps += 1

    async def close(self) -> None:
        self.closed = True


def older(rollout: Rollout, seconds: float) -> Rollout:
    """The same knowledge judged later: what runs has run longer, every age is higher."""
    now = Moment(rollout.now.wall + timedelta(seconds=seconds), rollout.now.steady + seconds)
    stages = tuple(
        replace(
            stage,
            elapsed_seconds=(now.wall - stage.started_at).total_seconds(),
            budget=replace(stage.budget, used_seconds=(now.wall - stage.started_at).total_seconds()),
            age_seconds=((stage.age_seconds or 0) + seconds) % 4,
        )
        if stage.state == "running" and stage.started_at
        else replace(stage, age_seconds=((stage.age_seconds or 0) + seconds) % 4)
        for stage in rollout.stages
    )
    fields = {
        name: replace(cell, age_seconds=((cell.age_seconds or 0) + seconds) % 4)
        for name, cell in rollout.fields.items()
    }
    elapsed = None if rollout.elapsed_seconds is None else rollout.elapsed_seconds + seconds
    return replace(rollout, now=now, stages=stages, fields=fields, elapsed_seconds=elapsed)


if __name__ == "__main__":
    sys.exit(run(FabricatedSession(getattr(pictures, sys.argv[1])())))
