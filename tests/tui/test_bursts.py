"""Keys that come all at once do what the same keys do one by one: none is lost, none reaches the wrong screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.tui import pictures
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.app import LanewatchApp
from tui.settings import Settings

NAMED = {"⏎": "enter", "⎋": "escape", "⇥": "tab"}


@asynccontextmanager
async def started() -> AsyncIterator[tuple[LanewatchApp, ManualSession]]:
    session = ManualSession(pictures.running())
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        yield app, session


async def burst(app: LanewatchApp, keys: str) -> str:
    """The screen once all keys, which are there at once, have done what they do."""
    await typed(app, keys)
    return frame(app)


async def typed(app: LanewatchApp, keys: str | Sequence[str]) -> None:
    """Keys at once, as characters (see NAMED) or by their names; until they have done what they do."""
    assert app._driver is not None
    for key in keys:
        named = NAMED.get(key, _character_to_key(key) if len(key) == 1 else key)
        app._driver.send_message(events.Key(named, key if len(key) == 1 and key not in NAMED else None))
    for _ in range(10):  # what came with an answer is drawn some steps later
        await asyncio.sleep(0)
        await app.typed.join()


@pytest.mark.parametrize("_again", range(3))
async def test_a_stage_its_log_and_a_search_in_one_burst(_again: int) -> None:
    async with started() as (app, session):
        text = await burst(app, "4l/line 19⏎n")
        assert "“line 19” 2 of 11" in text
        assert session.sweeps == 0  # the r of no word reached another screen
        assert not app.screen.query_one(Input).display


async def test_a_note_and_a_command_in_one_burst() -> None:
    async with started() as (app, session):
        text = await burst(app, "aargo said q⏎:prob⏎")
        assert session.remarks == ["argo said q"]
        assert "problems only" in text
        assert app.return_code is None


async def test_out_of_a_drill_down_and_into_another() -> None:
    async with started() as (app, _):
        assert "7 argo-closeout" in await burst(app, "4o⇥⎋7f")


async def test_help_closes_before_the_next_key() -> None:
    async with started() as (app, _):
        assert "problems only: 1 of 8 stages" in await burst(app, "?⎋!")
