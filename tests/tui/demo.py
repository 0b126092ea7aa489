"""A fabricated picture in a real terminal: python -m tests.tui.demo PICTURE [breaking].

PICTURE `board`: the board, with the end of every scenario as one lane, as its told watch ended.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lanewatch.cli import guarded
from tests.tui import pictures
from tests.tui.sessions import BreakingSession, TickingSession
from tui.app import LanewatchApp, watch


class BoardApp(LanewatchApp):
    """Opens with the board."""

    def on_mount(self) -> None:
        from tests.tui.test_scenario_frames import board_lines
        from tui.screens.board import BoardScreen

        self.push_screen(BoardScreen(list(board_lines(Path.cwd())), 100.0, problems_only=False))


if __name__ == "__main__":
    if sys.argv[1] == "board":
        sys.exit(BoardApp(TickingSession(pictures.running())).run())
    kind = BreakingSession if "breaking" in sys.argv[2:] else TickingSession
    session = kind(getattr(pictures, sys.argv[1])())
    sys.exit(guarded("watch", lambda: asyncio.run(watch(session))))
