"""Every screen of every scenario as text, at 80×24 and 120×36; LANEWATCH_WRITE_FRAMES=1 writes the frames anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator.scenarios import SCENARIOS
from lanewatch.watch.board import BoardLine
from tests.tui.screen_text import frame
from tests.tui.still import StillSession, midway
from tests.tui.test_bursts import typed
from tests.tui.test_frames import compare
from tui.app import LanewatchApp
from tui.attention import matters
from tui.life import ACTIVE
from tui.screens.board import BoardScreen
from tui.settings import Settings

SIZES = ((80, 24), (120, 36))
SOME_SIZE = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
# What is shown at the end, and the keys that lead there from the screen before; NUMBER is the stage to look into.
NUMBER = "the stage's number"
END = {
    "timeline": (),
    "problems only": ("exclamation_mark",),
    "facts": ("exclamation_mark", NUMBER, "f"),
    "object": ("o",),
    "log": ("l",),
    "history": ("i",),
    "verdict of the gate": ("escape", "v"),
    "commits": ("escape", "c"),
    "rewind": ("escape", "left_square_bracket", "left_square_bracket", "left_square_bracket"),
    "help": ("question_mark",),
}
MIDWAY = {"timeline midway": (), "what asking costs": ("C",), "facts midway": ("C", NUMBER, "f"), "log midway": ("l",)}


def telling(rollout: Rollout) -> int:
    """The number of the stage that a person would look into; the last where none matters."""
    ids = [stage.id for stage in rollout.stages]
    first = matters(rollout)
    return ids.index(first) + 1 if first else len(ids)


async def frames(session: StillSession, size: tuple[int, int], shown: dict[str, tuple[str, ...]]) -> str:
    """The screens one after another under their names."""
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False))
    parts: list[str] = []
    number = telling(session.rollout)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        for name, keys in shown.items():
            await typed(app, [str(number) if key == NUMBER else key for key in keys])
            await settled(pilot)
            parts.append(f"{f'━━ {name} '.ljust(size[0], '━')}\n{frame(app)}")
    return "".join(parts)


async def settled(pilot: Pilot[int]) -> None:
    """Until what was asked for has come: twice, because an answer is asked for by a message, and is one itself."""
    await pilot.pause()
    await pilot.pause()


@SOME_SIZE
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_every_screen(scenario: str, size: tuple[int, int], tmp_path: Path) -> None:
    text = await frames(StillSession(scenario, tmp_path), size, END)
    assert not ACTIVE.search(text.replace("\n", ""))
    assert all(len(line) <= size[0] for line in text.splitlines())
    compare(f"scenarios/{scenario}-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_the_lane_at_work(scenario: str, tmp_path: Path) -> None:
    text = await frames(StillSession(scenario, tmp_path, midway(scenario)), SIZES[-1], MIDWAY)
    compare(f"scenarios/{scenario}-midway", text)


# A scenario, whether midway, the theme: together they hold every colour and every kind of bar.
COLOURED = (("build-fails", False, "dark"), ("crash-loop", True, "light"), ("slow", False, "contrast"))


@pytest.mark.parametrize(("scenario", "is_midway", "theme"), COLOURED, ids=[one[0] for one in COLOURED])
async def test_the_colours(scenario: str, is_midway: bool, theme: str, tmp_path: Path) -> None:
    session = StillSession(scenario, tmp_path, midway(scenario) if is_midway else None)
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False, theme=f"lanewatch-{theme}"))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        compare(f"scenarios/{scenario}-{theme}", app.export_screenshot(), "svg")


@SOME_SIZE
async def test_the_board_of_all_scenarios(size: tuple[int, int], tmp_path: Path) -> None:
    app = LanewatchApp(StillSession("build", tmp_path), {"LANG": "en_US.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=size) as pilot:
        await app.push_screen(BoardScreen(list(board_lines(tmp_path)), 100.0, problems_only=False))
        await settled(pilot)
        compare(f"scenarios/board-{size[0]}x{size[1]}", frame(app))


def board_lines(folder: Path) -> Iterator[BoardLine]:
    for scenario in SCENARIOS:
        rollout = replace(StillSession(scenario, folder).rollout, target=scenario)
        yield BoardLine(scenario, None, rollout=rollout, read_at=90.0)
