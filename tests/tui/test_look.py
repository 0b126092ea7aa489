"""Every state and quality has a glyph of one cell, a word, a colour that exists, and an ASCII likeness."""

from __future__ import annotations

from typing import get_args

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import BurnState, LaneState, Severity, StageState
from tests.tui import pictures
from tests.tui.sessions import ManualSession
from tui import look
from tui.app import LanewatchApp
from tui.life import is_ascii_only
from tui.theme import THEMES
from widgets import bar

TABLES = (look.STAGE, look.LANE, look.QUALITY, look.SEVERITY)


def test_every_word_of_the_core_has_a_look() -> None:
    assert set(look.STAGE) == set(get_args(StageState)) == set(look.BAR)
    assert set(look.LANE) == set(get_args(LaneState))
    assert set(look.QUALITY) == set(Quality)
    assert set(look.SEVERITY) == set(get_args(Severity))
    assert set(look.BURN) == set(get_args(BurnState))


@pytest.mark.parametrize("mark", [mark for table in TABLES for mark in table.values()], ids=lambda mark: mark.word)
def test_a_mark_is_one_cell_and_has_a_word(mark: look.Mark) -> None:
    assert cell_len(mark.glyph) == 1
    assert mark.word
    assert mark.glyph.isascii() or mark.glyph in look.ASCII


def test_states_differ_without_colour_and_in_ascii() -> None:
    for table in (look.STAGE, look.LANE):
        glyphs = [mark.glyph for mark in table.values()]
        assert len(set(glyphs)) == len(glyphs)
        assert len({look.ASCII.get(glyph, glyph) for glyph in glyphs}) == len(glyphs)


def test_everything_we_draw_has_an_ascii_likeness_of_one_cell() -> None:
    drawn = bar.EIGHTHS + bar.RIGHT_HALF + bar.OVERRUN + bar.TRACK + bar.BUDGET_END + look.END_TO_END + look.BASELINE
    assert all(character.isascii() or character in look.ASCII for character in drawn + "─┬┐┘┤›→–…×±")
    assert all(len(likeness) == 1 and cell_len(glyph) == 1 for glyph, likeness in look.ASCII.items())


@pytest.mark.parametrize("name", [theme.name for theme in THEMES] + sorted(BUILTIN_THEMES))
async def test_every_theme_draws_the_screen(name: str) -> None:
    app = LanewatchApp(ManualSession(pictures.failed()), environ={"LANG": "C.UTF-8"})
    async with app.run_test(size=(120, 36)) as pilot:
        app.theme = name
        await pilot.pause()
        styles = {style for table in TABLES for mark in table.values() for style in mark.style.split() if "$" in style}
        assert all(_known(app, style) for style in styles | {"$cursor-row"})


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_our_colours_can_be_read_on_their_ground(theme: object) -> None:
    ground = Color.parse(theme.background)
    for name in ("good", "bad", "doubt", "running", "text-muted"):
        assert _contrast(Color.parse(theme.variables[name]), ground) >= 5.5
        assert _contrast(Color.parse(theme.variables[name]), Color.parse(theme.variables["cursor-row"])) >= 4.5


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, True),
        ({"LANG": "C.UTF-8", "TERM": "screen-256color"}, False),
    ],
)
def test_which_terminals_get_ascii(environ: dict[str, str], expected: bool) -> None:
    assert is_ascii_only(environ) is expected


def _known(app: App[int], style: str) -> bool:
    return style[1:] in app.theme_variables


def _contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
