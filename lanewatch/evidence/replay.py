"""A bundle played back: a session for the dashboard that asks nobody, at any instant and speed.

It opens what the bundle holds and exports again what it was made from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from lanewatch.evidence.bundle import Bundle, read_bundle
from lanewatch.evidence.material import Material
from lanewatch.rollout.facts import Entry, Handle, Knowledge
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import PATTERNS_ONLY, Redactor
from lanewatch.watch.past import Past
from lanewatch.watch.session import Opened

FRAME_SECONDS = 0.25  # between two pictures while it plays


class ReplaySession:
    """A recorded lane. It stands at `at` (our steady seconds of then) and plays on from there while `speed` is not 0.

    Without a start it stands at the end: what the summary shows.
    """

    def __init__(self, bundle: Bundle, *, start: float | None = None, speed: float = 0.0) -> None:
        material = bundle.material
        self.lane: Lane = material.lane
        self.spec_texts: Sequence[tuple[str, bytes]] = [(one.label, one.text.encode()) for one in material.spec_files]
        self.redactor: Redactor = PATTERNS_ONLY  # what is in a bundle was redacted when it was made
        self.past = Past(material.lane, material.entries, material.at, material.history)
        self.speed = speed
        self._bundle = bundle
        self._at = material.at.steady if start is None else self._within(self.past.begin + start)
        self._rollout = self.past.rollout(self._at)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def at(self) -> float:
        return self._at

    @property
    def rollout(self) -> Rollout:
        return self._rollout

    @property
    def knowledge(self) -> Knowledge:
        return self.past.knowledge(self._at)

    @property
    def entries(self) -> Sequence[Entry]:
        return self._bundle.material.entries

    def seek(self, steady: float) -> None:
        """Stand at an instant, at most at either end."""
        self._at = self._within(steady)
        self._rollout = self.past.rollout(self._at)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._play())

    async def pictures(self) -> AsyncIterator[Rollout]:
        """As of a live session; ends when closed."""
        while not self._closed:
            if self._task is not None and self._task.done():
                self._task.result()
            news = self._news
            yield self._rollout
            await news.wait()

    def recorded(self) -> Material:
        """What an export from here holds: the bundle again, up to this instant, without logs in full."""
        material, at = self._bundle.material, self.past.moment(self._at)
        return replace(material, entries=self.past.until(self._at), at=at, logs=())

    async def open(self, handle: Handle) -> Opened:
        """The text that the bundle holds, or why it holds none."""
        material = self._bundle.material
        for one in material.exhibits:
            if one.locator == handle.locator and one.digest:
                lines = material.texts[one.digest].decode("utf-8", "replace").split("\n")
                left_out = f"; {one.omitted} bytes left out" if one.omitted else ""
                return Opened(one.title, one.locator, tuple(lines[:-1]), f"{one.note or 'from the bundle'}{left_out}")
        note = next((one.note for one in material.exhibits if one.locator == handle.locator), "")
        return Opened(handle.title, handle.locator, (), note or "not in the bundle")

    def sweep_now(self) -> None:
        """Nobody is asked: a recording stays what it is."""

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._news.set()

    def _within(self, steady: float) -> float:
        return min(max(steady, self.past.begin), self.past.end.steady)

    async def _play(self) -> None:
        while True:
            await asyncio.sleep(FRAME_SECONDS)
            self._step(FRAME_SECONDS)

    def _step(self, seconds: float) -> None:
        """Play on; at the end it stands still."""
        if self.speed and self._at < self.past.end.steady:
            self.seek(self._at + seconds * self.speed)


def open_replay(path: Path, *, start: float | None = None, speed: float = 0.0) -> ReplaySession:
    """The recorded session of a bundle that is whole. Raises BundleError, UnreadableError."""
    return ReplaySession(read_bundle(path), start=start, speed=speed)
