"""Sessions made by hand: one whose pictures a test sends, one that ticks for a real terminal, and ones that break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

from lanewatch.rollout.facts import Entry, Handle, Knowledge, Moment
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from lanewatch.text import PATTERNS_ONLY
from lanewatch.watch.session import WITH_RUNS, Opened, Recent, RecentCommit

SENTINEL = "glpat-sentinel-that-must-not-be-seen"


@cache
def lane() -> Lane:
    return load_spec().lane()


class ManualSession:
    """Publishes what a test gives to `publish`; answers `open` at once, or when `answers` is set."""

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.knowledge = Knowledge()
        self.lane = lane()
        self.entries: list[Entry] = []
        self.spec_texts: tuple[tuple[str, bytes], ...] = ()
        self.redactor = PATTERNS_ONLY
        self.trouble = ""
        self.history: Sequence[Record] = ()
        self.chosen: list[str] = []
        self.remarks: list[str] = []
        self.text: tuple[str, ...] = ()
        self.unread = ""  # why nothing can be opened
        self.commits: tuple[RecentCommit, ...] = ()
        self.sweeps = 0
        self.closed = False
        self.opened: list[Handle] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self._news: asyncio.Queue[Rollout] = asyncio.Queue()

    def publish(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self._news.put_nowait(rollout)

    async def pictures(self) -> AsyncIterator[Rollout]:
        yield self.rollout
        while True:
            yield await self._news.get()

    async def open(self, handle: Handle) -> Opened:
        self.opened.append(handle)
        await self.answers.wait()
        if self.unread:
            return Opened(handle.title, handle.locator, (), self.unread)
        lines = self.text or tuple(f"{handle.title} line {number}" for number in range(200))
        return Opened(handle.title, handle.locator, lines, f"read {len(self.opened)}")

    def start(self) -> None:
        self.started = True

    def sweep_now(self) -> None:
        self.sweeps += 1

    def choose(self, commit: str) -> None:
        self.chosen.append(commit)

    def remark(self, text: str) -> None:
        self.remarks.append(text)

    async def head(self, lane: Lane) -> str | None:
        return self.rollout.commit

    async def recent(self, with_runs: int = WITH_RUNS) -> Recent:
        await self.answers.wait()
        return Recent(self.commits, "runs: read just now")

    async def build(self) -> BuildLog:
        return BuildLog()

    async def close(self) -> None:
        self.closed = True


class TickingSession(ManualSession):
    """Each second the same picture, one second older, as a real session does."""

    def arrive(self, rollout: Rollout) -> None:
        """Another picture, at once."""
        self.rollout = rollout
        self._arrived.set()

    async def pictures(self) -> AsyncIterator[Rollout]:
        self._arrived = asyncio.Event()
        while True:
            yield self.rollout
            try:
                async with asyncio.timeout(1):
                    await self._arrived.wait()
                self._arrived.clear()
            except TimeoutError:
                self.rollout = older(self.rollout, 1.0)


class BreakingSession(TickingSession):
    """Faults of ours, with a secret in a local variable and in the message."""

    def sweep_now(self) -> None:
        token = SENTINEL
        raise RuntimeError(f"no {token}")

    async def open(self, handle: Handle) -> Opened:
        token = SENTINEL
        raise RuntimeError(f"no {token}")


def older(rollout: Rollout, seconds: float) -> Rollout:
    """The same knowledge judged later: what runs has run longer; ages go up, as if each was confirmed every 4 s."""
    now = Moment(rollout.now.wall + timedelta(seconds=seconds), rollout.now.steady + seconds)
    stages = []
    for stage in rollout.stages:
        age = ((stage.age_seconds or 0) + seconds) % 4
        if stage.state == "running" and stage.started_at is not None:
            used = (now.wall - stage.started_at).total_seconds()
            stage = replace(stage, elapsed_seconds=used, budget=replace(stage.budget, used_seconds=used))
        stages.append(replace(stage, age_seconds=age))
    fields = {
        name: replace(cell, age_seconds=((cell.age_seconds or 0) + seconds) % 4)
        for name, cell in rollout.fields.items()
    }
    running = rollout.state == "running" and rollout.elapsed_seconds is not None
    elapsed = (rollout.elapsed_seconds or 0) + seconds if running else rollout.elapsed_seconds
    return replace(rollout, now=now, stages=tuple(stages), fields=fields, elapsed_seconds=elapsed)
