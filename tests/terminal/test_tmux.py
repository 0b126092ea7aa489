"""The dashboard in a real terminal multiplexer: keys are typed, the screen is read back, as a person does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.terminal.screenshots import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
SECONDS = 30.0


@contextmanager
def dashboard(picture: str = "running", width: int = 80, height: int = 24, **environment: str) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "tests.tui.demo", picture], width, height, environment)
    try:
        terminal.until("runtime-provenance", SECONDS)
        yield terminal
    finally:
        terminal.close()


def test_keys_are_typed_and_the_screen_read_back() -> None:
    with dashboard() as terminal:
        terminal.type("4", "l")
        terminal.until("build container line 0", SECONDS)
        terminal.type("G")
        terminal.until("build container line 199", SECONDS)
        terminal.type("Escape")
        assert "›◐ build-or-reuse" in terminal.until("── fields", SECONDS)
        terminal.type(":", *"argo-c", "Enter")
        terminal.until("7 argo-closeout", SECONDS)
        terminal.type("q")
        terminal.until("left with 0", SECONDS)


def test_a_burst_and_a_copy_that_lands_where_tmux_pastes_from() -> None:
    with dashboard() as terminal:
        terminal.type("4", "l", "/", *"line 19", "Enter", "n", "y", "Enter")
        terminal.until("copied (tmux", SECONDS)
        assert terminal._tmux("show-buffer").startswith("build container line")


def test_a_resize_keeps_the_chosen_stage_and_too_small_says_so() -> None:
    with dashboard(COLUMNS="40", LINES="10") as terminal:  # exported once: the terminal knows better
        terminal.type("6")
        terminal.until("›· gitops-publish", SECONDS)
        terminal.resize(50, 12)
        terminal.until("too small: 60×16 needed", SECONDS)
        terminal.resize(140, 40)
        assert "used / budget" in terminal.until("›· gitops-publish", SECONDS)
        terminal.resize(60, 16)
        terminal.until("›· gitops-publish", SECONDS)


def test_it_can_be_stopped_and_continued_from_the_shell() -> None:
    with dashboard() as terminal:
        terminal.signal("TSTP")
        terminal.gone("runtime-provenance", SECONDS)
        terminal.signal("CONT")
        terminal.until("runtime-provenance", SECONDS)
        terminal.type("G")
        terminal.until("›· runtime-provenance", SECONDS)


@pytest.mark.parametrize("term", ["screen-256color", "xterm", "linux"])
def test_terminals_of_other_kinds(term: str) -> None:
    with dashboard(TERM=term) as terminal:
        terminal.type("4", "l")
        screen = terminal.until("build container line 0", SECONDS)
        assert screen.isascii() is (term == "linux")


def test_no_color_leaves_no_colour_on_the_screen() -> None:
    with dashboard("failed", NO_COLOR="1") as terminal:
        coloured = terminal.screen()
        assert "failed" in coloured
        assert "\x1b[38" not in coloured
        assert "\x1b[48" not in coloured
