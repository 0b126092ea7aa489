"""A session that stands at one instant of a told scenario, and has nothing left to ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import cache
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.log import Log, State
from lanewatch.logs.sources import Asked, Piece
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.simulator.scenarios import SCENARIOS
from lanewatch.text import PATTERNS_ONLY
from lanewatch.watch.past import Past
from lanewatch.watch.session import Opened
from tests.tui.sessions import ManualSession, lane
from tests.tui.telling import Told, told


@cache
def _past(scenario: str) -> Past:
    story = told(scenario)
    return Past(lane(), story.entries, story.end)


def midway(scenario: str) -> float:
    """Our steady second in the middle of the story."""
    past = _past(scenario)
    return past.begin + SCENARIOS[scenario].end / 2


class StillSession(ManualSession):
    """`folder`: for the spools of its logs; `steady`: the instant, None is the end."""

    def __init__(self, scenario: str, folder: Path, steady: float | None = None) -> None:
        past, at = _past(scenario), _past(scenario).end.steady if steady is None else steady
        super().__init__(past.rollout(at))
        self.knowledge = past.knowledge(at)
        self.entries = list(past.until(at))
        self.told: Told = told(scenario)
        self.commits = self.told.commits
        self._logs = SpoolFolder(folder)

    async def open(self, handle: Handle) -> Opened:
        text = self.told.texts.get(handle.locator)
        lines = () if text is None else tuple(text.split("\n"))
        return Opened(handle.title, handle.locator, lines, self.told.notes.get(handle.locator, "gone by the end"))

    def log(self, handle: Handle) -> Log:
        text = self.told.texts.get(handle.locator)
        if text is None:
            raise ReadFailure(Outcome.ABSENT, "gone by the end")
        return KeptLog(handle.title, text.encode(), self._logs)


class KeptLog(Log):
    """All of it is here from the beginning."""

    def __init__(self, title: str, data: bytes, folder: SpoolFolder) -> None:
        super().__init__(title, NoSource(), folder, PATTERNS_ONLY)
        self._take(data)
        self._finish()
        self.state = State.ENDED

    async def run(self, asked: Asked) -> None:
        """There is nothing left to read."""


class NoSource:
    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        yield b""
