"""The whole screen as text, in each state of the lane and at each size; LANEWATCH_WRITE_FRAMES=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui import pictures
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.app import LanewatchApp
from tui.life import ACTIVE
from tui.settings import Settings

STILL = Settings(smooth=False)
FRAMES = Path(__file__).parent / "frames"
SIZES = ((120, 36), (80, 24), (60, 16))
NAMES = ("running", "nothing", "silent", "hostile")  # what no scenario shows; those are in test_scenario_frames
PANES = {"facts": ("running", ("8", "enter")), "log": ("running", ("4", "l")), "no-log": ("running", ("l",))}
PANES |= {"help": ("running", ("question_mark",))}


async def shown(name: str, size: tuple[int, int], keys: tuple[str, ...] = (), **environ: str) -> str:
    app = LanewatchApp(ManualSession(getattr(pictures, name)()), {"LANG": "en_US.UTF-8", **environ}, STILL)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()
        return frame(app)


def compare(name: str, text: str, form: str = "txt") -> None:
    path = FRAMES / f"{name}.{form}"
    if os.environ.get("LANEWATCH_WRITE_FRAMES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", NAMES)
async def test_dashboard(name: str, size: tuple[int, int]) -> None:
    text = await shown(name, size)
    assert not ACTIVE.search(text.replace("\n", ""))
    compare(f"{name}-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("name", PANES)
async def test_pane(name: str) -> None:
    picture, keys = PANES[name]
    compare(f"{name}-80x24", await shown(picture, (80, 24), keys))


async def test_ascii_terminal() -> None:
    text = await shown("failed", (80, 24), LANG="C")
    assert text.isascii()
    compare("ascii-80x24", text)


@pytest.mark.parametrize("size", [(240, 70), (100, 30), (72, 20), (59, 16), (60, 15), (20, 5), (3, 2)])
@pytest.mark.parametrize("name", ["running", "hostile", "nothing"])
async def test_every_size_is_survived(name: str, size: tuple[int, int]) -> None:
    text = await shown(name, size, ("enter", "tab", "escape", "question_mark"))
    assert len(text.splitlines()) == size[1]


async def test_below_the_minimum_it_says_so() -> None:
    assert "too small: 60×16 needed, this is 59×16" in await shown("running", (59, 16))
