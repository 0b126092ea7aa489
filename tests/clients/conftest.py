"""What the clients' tests share: a scripted server, a still clock, origins that are closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from lanewatch.clients.http import Origin
from lanewatch.clients.limits import Limits
from lanewatch.rollout.facts import Moment
from tests.clients.scripted import Scripted, serving


@dataclass
class StillClock:
    """A clock that a test moves by hand."""

    wall: datetime = datetime(2026, 7, 5, 14, 0, 0, tzinfo=UTC)
    steady: float = 1000.0

    def now(self) -> Moment:
        return Moment(self.wall, self.steady)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with serving() as script:
        yield script


MakeOrigin = Callable[..., Origin]


@pytest.fixture
async def origin(clock: StillClock) -> AsyncIterator[MakeOrigin]:
    """Makes an Origin with short limits."""
    made: list[Origin] = []

    def make(url: str, limits: Limits | None = None, **settings: Any) -> Origin:
        settings.setdefault("clock", clock)
        made.append(Origin(url, limits=limits or Limits(connect=1.0, read=0.3, total=0.6), **settings))
        return made[-1]

    yield make
    for one in made:
        await one.close()
