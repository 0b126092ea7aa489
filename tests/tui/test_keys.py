"""Every key does what help says, on each screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.tui import pictures
from tests.tui.driven import started
from tests.tui.screen_text import frame
from tests.tui.sessions import older
from tui.screens.dashboard import Dashboard
from tui.screens.help import HelpScreen, working_keys
from tui.screens.stage import StageScreen
from widgets.lines_view import LinesView
from widgets.timeline import Timeline

STAGES = [name for name, *_ in pictures.STAGES]


async def test_until_a_person_moves_it_the_cursor_is_on_the_stage_that_matters() -> None:
    async with started() as driven:
        assert driven.cursor == STAGES[4]  # the last one that runs
        driven.session.publish(pictures.failed())
        await driven.pilot.pause()
        assert driven.cursor == STAGES[3]
        await driven.press("7")
        driven.session.publish(older(driven.session.rollout, 2.0))
        await driven.pilot.pause()
        assert driven.cursor == STAGES[6]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("enter", "last read"),
        ("f", "last read"),
        ("o", "Job build-3f9c2e1b7a5d line 0"),
        ("l", "build container line 0"),
    ],
)
async def test_a_stage_opens_and_escape_returns_to_its_row(key: str, expected: str) -> None:
    async with started() as driven:
        text = await driven.press("4", key)
        assert isinstance(driven.app.screen, StageScreen)
        assert expected in text
        await driven.press("escape")
        assert isinstance(driven.app.screen, Dashboard)
        assert driven.cursor == "build-or-reuse"


async def test_numbers_walk_the_stages_inside_a_drill_down() -> None:
    async with started() as driven:
        assert "7 argo-closeout" in await driven.press("4", "f", "7")
        await driven.press("escape")
        assert driven.cursor == "argo-closeout"


async def test_tab_walks_the_panes_and_letters_go_to_theirs() -> None:
    async with started() as driven:
        await driven.press("4", "enter")
        assert "Job build-3f9c2e1b7a5d line 0" in await driven.press("tab")
        assert "build container line 0" in await driven.press("tab")
        assert "has said nothing yet" in await driven.press("tab")
        assert "last read" in await driven.press("tab")
        assert "has said nothing yet" in await driven.press("shift+tab")
        assert "build container line 0" in await driven.press("l")
        assert "Job build-3f9c2e1b7a5d line 0" in await driven.press("o")
        assert "last read" in await driven.press("f")
        assert len(driven.session.opened) == 2  # what was read is not read again


async def test_the_screen_says_that_it_reads_and_stays_usable() -> None:
    async with started() as driven:
        driven.session.answers.clear()
        assert "reading" in await driven.press("4", "l")
        assert "last read" in await driven.press("f")
        driven.session.answers.set()
        await driven.pilot.pause()
        assert "build container line 0" in await driven.press("l")


async def test_an_answer_that_comes_after_leaving_is_dropped() -> None:
    async with started() as driven:
        driven.session.answers.clear()
        await driven.press("4", "l", "escape")
        driven.session.answers.set()
        await driven.pilot.pause()
        assert isinstance(driven.app.screen, Dashboard)


async def test_a_log_that_appears_is_opened_where_it_was_waited_for() -> None:
    async with started() as driven:
        assert "This stage has no log yet" in await driven.press("1", "l")
        picture = driven.session.rollout
        stages = (replace(picture.stages[0], handles=picture.stages[3].handles), *picture.stages[1:])
        driven.session.publish(replace(picture, stages=stages))
        await driven.pilot.pause()
        await driven.pilot.pause()
        assert "build container line 0" in frame(driven.app)


async def test_search_finds_steps_and_ends() -> None:
    async with started() as driven:
        text = await driven.press("4", "l", "slash", "1", "9", "enter")
        assert "“19” 1 of 12" in text
        assert "“19” 2 of 12" in await driven.press("n")
        assert "“19” 1 of 12" in await driven.press("N")
        assert "“19” 12 of 12" in await driven.press("N")
        assert "“19”" not in await driven.press("escape")
        assert isinstance(driven.app.screen, StageScreen)
        await driven.press("escape")
        assert isinstance(driven.app.screen, Dashboard)


async def test_search_says_not_found_and_takes_a_slash_as_a_letter() -> None:
    async with started() as driven:
        assert "“a/b” not found" in await driven.press("4", "l", "slash", "a", "slash", "b", "enter")


async def test_escape_closes_the_search_box_first() -> None:
    async with started() as driven:
        await driven.press("4", "l", "slash", "x", "escape")
        assert isinstance(driven.app.screen, StageScreen)
        assert not driven.app.screen.query_one(Input).display


async def test_a_text_scrolls_and_wraps() -> None:
    async with started() as driven:
        view_rows = [row for row in (await driven.press("4", "l", "G")).splitlines() if "line 199" in row]
        assert view_rows
        assert "line 0\n" in await driven.press("g")
        assert "line 0\n" not in await driven.press("j")
        assert "line 0\n" in await driven.press("k")
        assert "line 0\n" not in await driven.press("pagedown")
        assert "line 0\n" in await driven.press("pageup")
        view = driven.app.screen.query_one(LinesView)
        await driven.press("w")
        assert view.wraps
        await driven.press("w")
        assert not view.wraps


async def test_r_asks_every_authority_and_in_a_text_reads_it_again() -> None:
    async with started() as driven:
        await driven.press("r")
        assert driven.session.sweeps == 1
        assert "read 1 ──" in await driven.press("4", "l")
        assert "read 2 ──" in await driven.press("r")
        assert driven.session.sweeps == 1
        await driven.press("f", "r")
        assert driven.session.sweeps == 2


async def test_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        async with started() as driven:
            assert "14:02:31Z" in frame(driven.app)
            assert "16:02:31+0200" in await driven.press("T")
            assert "14:02:31Z" in await driven.press("T")
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_a_list_that_is_too_long_scrolls_and_shows_that_it_does() -> None:
    async with started(size=(80, 24)) as driven:
        fields = driven.app.screen.query_one("#fields")
        assert fields.show_vertical_scrollbar
        assert "elapsedSeconds" not in await driven.press("tab")
        assert "elapsedSeconds" in await driven.press("G")
        assert " target " in await driven.press("g")
        assert " target " not in await driven.press("j")
        assert " target " in await driven.press("k")
        assert " target " not in await driven.press("pagedown")
        assert " target " in await driven.press("pageup")


async def test_where_one_list_has_room_tab_brings_the_other_to_the_front() -> None:
    async with started(size=(60, 16)) as driven:
        assert "── findings" in frame(driven.app)
        assert "── findings" in await driven.press("tab")
        text = await driven.press("tab")
        assert "── fields" in text
        assert "── findings" not in text


@pytest.mark.parametrize(("key", "code"), [("q", None), ("ctrl+q", None), ("ctrl+c", 130)])
async def test_quitting(key: str, code: int | None) -> None:
    async with started() as driven:
        await driven.press("4", "enter")
        await driven.pilot.press(key)
    assert (driven.app.return_code or None) == code


async def test_the_palette_holds_the_stages_and_the_drill_downs_of_the_spec() -> None:
    async with started() as driven:
        commands = {command.title: command for command in driven.app.get_system_commands(driven.app.screen)}
        assert set(STAGES) < set(commands)
        titles = [command.title for command in driven.app.get_system_commands(driven.app.screen)]
        assert len(titles) == len(set(titles))
        assert {"cicd-builder-job", "ask every authority now", "theme"} < set(commands)
        commands["cicd-builder-job"].callback()
        await driven.pilot.pause()
        await driven.pilot.pause()
        assert "Job build-3f9c2e1b7a5d line 0" in frame(driven.app)


async def test_ctrl_p_opens_the_palette() -> None:
    async with started() as driven:
        assert "Search for commands" in await driven.press("ctrl+p")


@pytest.mark.parametrize("keys", [(), ("4", "l"), ("tab",)], ids=["dashboard", "stage", "list"])
async def test_help_lists_what_works_here_and_closes(keys: tuple[str, ...]) -> None:
    async with started() as driven:
        await driven.press(*keys)
        here = driven.app.screen
        bound = {key for key, active in here.active_bindings.items() if active.enabled}
        listed = working_keys(here)
        named = {active.binding.key for active in here.active_bindings.values() if active.binding.id}
        await driven.press("question_mark")
        assert isinstance(driven.app.screen, HelpScreen)
        view = driven.app.screen.query_one(LinesView)
        text = "\n".join(view.lines.line(number).plain for number in range(len(view.lines)))
        assert all(says in text for _, says in listed)
        assert bound - {"ctrl+p"} <= named  # no key works that has no id to list and remap it by
        await driven.press("escape")
        assert driven.app.screen is here


async def test_the_mouse_chooses_opens_and_presses() -> None:
    async with started() as driven:
        await driven.pilot.click(Timeline, offset=(10, 5))
        await driven.pilot.pause()
        assert driven.cursor == STAGES[4]
        await driven.pilot.click(Timeline, offset=(10, 4), times=2)
        await driven.pilot.pause()
        assert isinstance(driven.app.screen, StageScreen)
        await driven.pilot.click("#panes", offset=(10, 0))
        await driven.pilot.pause()
        assert "Job build-3f9c2e1b7a5d line 0" in frame(driven.app)
        await driven.pilot.click("#keys", offset=(2, 0))
        await driven.pilot.pause()
        assert isinstance(driven.app.screen, Dashboard)
        assert driven.cursor == STAGES[3]


async def test_news_keep_the_cursor_and_a_resize_keeps_it_too() -> None:
    async with started() as driven:
        await driven.press("6")
        driven.session.publish(older(driven.session.rollout, 3.0))
        await driven.pilot.pause()
        assert "14:02:34Z" in frame(driven.app)
        await driven.pilot.resize_terminal(80, 24)
        await driven.pilot.pause()
        assert driven.cursor == "gitops-publish"


async def test_keys_can_be_remapped_by_id() -> None:
    async with started() as driven:
        driven.app.set_keymap({"sweep": "f5", "stage.1": "home"})
        await driven.press("f5", "5", "home")
        assert driven.session.sweeps == 1
        assert driven.cursor == STAGES[0]


async def test_a_picture_without_a_stage_keeps_the_last_one_of_it() -> None:
    async with started() as driven:
        await driven.press("4", "f")
        driven.session.publish(replace(driven.session.rollout, stages=driven.session.rollout.stages[:2]))
        await driven.pilot.pause()
        assert "4 build-or-reuse" in frame(driven.app)


async def test_a_long_reason_is_cut_and_not_dropped() -> None:
    async with started(size=(80, 24)) as driven:
        picture = driven.session.rollout
        long = replace(picture.stages[0], state="failed", reason="the ref resolves to " + "another commit " * 9)
        driven.session.publish(replace(picture, stages=(long, *picture.stages[1:])))
        await driven.pilot.pause()
        assert "the ref resolves to" in (await driven.press("1", "f")).splitlines()[1]
