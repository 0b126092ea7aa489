"""The board: worst first, the cursor stays with its lane, two hundred lanes, problems only, Enter opens one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from lanewatch.watch.board import BoardLine
from tests.bench.screen_app import TARGETS, lines
from tests.tui import pictures
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.app import LanewatchApp
from tui.screens.board import BoardScreen, rank
from tui.settings import Settings
from widgets.pick_list import PickList


@asynccontextmanager
async def board(
    shown: Sequence[BoardLine], size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[LanewatchApp, BoardScreen, Pilot[int]]]:
    app = LanewatchApp(ManualSession(pictures.running()), {"LANG": "en_US.UTF-8"})
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        screen = BoardScreen(shown, 100.0, problems_only=False)
        await app.push_screen(screen)
        await pilot.pause()
        yield app, screen, pilot


def line(target: str, picture: str, commit: str | None = None) -> BoardLine:
    rollout = replace(getattr(pictures, picture)(), target=target)
    return BoardLine(target, commit, rollout=rollout, read_at=90.0)


SOME = (line("b-done", "done"), line("c-runs", "running"), line("a-failed", "failed"), line("d-drift", "drift"),
        BoardLine("e-new"), BoardLine("f-broken", trouble="connections: no such file"))  # fmt: skip


def test_worst_first() -> None:
    assert [one.target[0] for one in sorted(SOME, key=rank)] == ["a", "d", "c", "b", "e", "f"]


async def test_each_line_says_state_commit_words_time_and_age() -> None:
    async with board(SOME) as (app, _, _):
        rows = frame(app).splitlines()
        assert "1 failed, 1 unknown, 1 running, 1 succeeded" in rows[1]
        assert "6 lanes" in rows[0]
        assert rows[3].split()[:4] == ["›✖", "failed", "a-failed", "3f9c2e1"]
        assert "build-or-reuse failed" in rows[3]
        assert "116.0 / 120" in rows[3]
        assert "10s" in rows[3]
        assert "no such file" in rows[8]


async def test_the_cursor_stays_with_its_lane_when_the_order_changes() -> None:
    async with board(SOME) as (app, screen, pilot):
        await pilot.press("j", "j")
        assert screen.query_one(PickList).cursor == "c-runs"
        changed = [replace_state(one) if one.target == "c-runs" else one for one in SOME]
        screen.show(changed, 101.0, problems_only=False)
        await pilot.pause()
        assert screen.query_one(PickList).cursor == "c-runs"
        assert "c-runs" in next(row for row in frame(app).splitlines() if row.startswith("›"))


def replace_state(one: BoardLine) -> BoardLine:
    assert one.rollout is not None
    return BoardLine(one.target, rollout=replace(one.rollout, state="failed"), read_at=one.read_at)


async def test_problems_only() -> None:
    async with board(SOME) as (app, screen, pilot):
        screen.show(SOME, 100.0, problems_only=True)
        await pilot.pause()
        text = frame(app)
        assert "problems only: 4 of 6 lanes" in text
        assert "b-done" not in text


async def test_two_hundred_lanes_are_walked() -> None:
    async with board(lines(), (80, 24)) as (_, screen, pilot):
        picks = screen.query_one(PickList)
        await pilot.press("G")
        assert picks.cursor == f"agentrun-jd{TARGETS - 1:03d}-v02"
        assert picks.scroll_offset.y > 150
        await pilot.press("g", "pagedown", "pageup")
        assert picks.cursor == "agentrun-jd000-v02"


async def test_enter_watches_the_lane_instead_and_closes_the_one_before() -> None:
    opened: list[tuple[str, str | None]] = []
    other = ManualSession(replace(pictures.drift(), target="d-drift"))

    def open_lane(target: str, commit: str | None) -> ManualSession:
        opened.append((target, commit))
        return other

    before = ManualSession(pictures.running())
    app = LanewatchApp(before, {"LANG": "en_US.UTF-8"}, Settings(open_lane=open_lane))  # type: ignore[arg-type]
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await app.push_screen(BoardScreen(SOME, 100.0, problems_only=False))
        await pilot.pause()
        await pilot.press("j", "enter")
        await pilot.pause()
        await pilot.pause()
        assert opened == [("d-drift", None)]
        assert before.closed
        assert other.started
        assert "d-drift" in frame(app).splitlines()[0]


async def test_the_mouse_chooses_scrolls_and_opens() -> None:
    async with board(SOME) as (app, screen, pilot):
        picks = screen.query_one(PickList)
        await pilot.click(PickList, offset=(20, 3))
        assert picks.cursor == "c-runs"
        assert "refresh it by webhook to close out" in frame(app).splitlines()[-2]  # what the chosen lane says, whole
        await pilot.click("#keys", offset=(10, 0))  # esc back
        await pilot.pause()
        assert app.screen is not screen
    async with board(lines(), (80, 24)) as (app, screen, pilot):
        picks = screen.query_one(PickList)
        picks.scroll_down(animate=False)
        await pilot.pause()
        await pilot.click(PickList, offset=(20, 1))
        assert picks.cursor == sorted(lines(), key=rank)[1].id
        await pilot.click(PickList, offset=(20, 1), times=2)
        await pilot.pause()
        assert app.screen is not screen


async def test_escape_leaves_the_board() -> None:
    async with board(SOME, (60, 16)) as (app, screen, pilot):
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not screen


async def test_the_palette_over_the_board_offers_nothing_that_needs_one_lane() -> None:
    async with board(SOME) as (app, _, pilot):
        assert not app.check_action("export", ())
        app.action_command_palette()
        await pilot.pause()
        assert not app.check_action("export", ())
        assert not app.check_action("board", ())
