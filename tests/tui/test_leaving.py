"""Leaving while much goes on: the app ends as it was asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lanewatch.rollout.rollout import Rollout
from tests.tui import pictures
from tests.tui.sessions import ManualSession, older
from tui.app import LanewatchApp


class BusySession(ManualSession):
    """A new picture at every moment, each two seconds older."""

    async def pictures(self) -> AsyncIterator[Rollout]:
        while True:
            yield self.rollout
            self.rollout = older(self.rollout, 2.0)
            await asyncio.sleep(0.001)


async def test_a_picture_that_comes_while_the_screens_go_is_no_crash() -> None:
    """Seen as exit code 1 of a person who pressed q, in a third of all runs on a machine that was busy."""
    app = LanewatchApp(BusySession(pictures.running()))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.action_leave()
    assert app.crash is None
    assert app.return_code == 0
