"""A dashboard on a session that a test moves by hand, its keys pressed one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.tui import pictures
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.app import LanewatchApp
from tui.settings import Settings
from widgets.timeline import Timeline


class Driven:
    """An app with its pilot and its session."""

    def __init__(self, app: LanewatchApp, pilot: Pilot[int], session: ManualSession) -> None:
        self.app, self.pilot, self.session = app, pilot, session

    async def press(self, *keys: str) -> str:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
        return frame(self.app)

    async def until(self, expected: str) -> str:
        """The screen once it shows `expected`: what was asked for in a thread or by a message has come."""
        async with asyncio.timeout(30):
            while expected not in frame(self.app):
                await self.pilot.pause(0.01)
        return frame(self.app)

    @property
    def cursor(self) -> str:
        return self.app.screen.query_one(Timeline).cursor


@asynccontextmanager
async def started(
    session: ManualSession | None = None, size: tuple[int, int] = (120, 36), settings: Settings | None = None
) -> AsyncIterator[Driven]:
    """The dashboard on a lane that runs, unless another session is given."""
    session = session or ManualSession(pictures.running())
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, settings or Settings(smooth=False))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        yield Driven(app, pilot, session)
