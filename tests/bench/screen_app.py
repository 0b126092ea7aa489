"""What the screen's bench runs in a terminal of its own: python -m tests.bench.screen_app bare|running|done|board FD.

For each byte that comes on the file descriptor FD, an event arrives: what is shown then is `mark(NUMBER)`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace

from textual.app import App, ComposeResult
from textual.widgets import Static

from lanewatch.watch.board import BoardLine
from tests.tui import pictures
from tests.tui.sessions import TickingSession
from tui.app import LanewatchApp
from tui.screens.board import BoardScreen
from tui.settings import Settings

TARGETS = 200
STATES = ("failed", "unknown", "running", "pending", "succeeded")


class BareApp(App[None]):
    """The least that Textual can do: one text, changed by an event, or by a key."""

    def __init__(self, events: int) -> None:
        super().__init__()
        self._events, self._count = events, 0

    def compose(self) -> ComposeResult:
        yield Static("ready for events")

    def on_mount(self) -> None:
        listen(self._events, self.mark)

    def on_key(self) -> None:
        self._count += 1
        self.mark(mark(self._count))

    def mark(self, text: str) -> None:
        self.query_one(Static).update(text)


class MarkedApp(LanewatchApp):
    """The dashboard, whose first stage says what arrived; with `board`, two hundred lanes."""

    def __init__(self, session: TickingSession, events: int, *, board: bool) -> None:
        super().__init__(session, settings=Settings())
        self._events, self._with_board = events, board

    def on_ready(self) -> None:
        listen(self._events, self._arrived)
        if self._with_board:
            self.push_screen(BoardScreen(lines(), 100.0, problems_only=False))

    def _arrived(self, text: str) -> None:
        assert isinstance(self.session, TickingSession)
        picture = self.session.rollout
        first = replace(picture.stages[0], says=text)
        self.session.arrive(replace(picture, stages=(first, *picture.stages[1:])))


def lines() -> list[BoardLine]:
    """Two hundred lanes in every state."""
    made = []
    for number in range(TARGETS):
        target, state = f"agentrun-jd{number:03d}-v02", STATES[number % len(STATES)]
        rollout = replace(pictures.running(), target=target, state=state)  # type: ignore[arg-type]
        made.append(BoardLine(target, rollout=rollout, read_at=float(number % 60)))
    return made


def mark(number: int) -> str:
    """What is shown after so many events: each cell another one than before, since only changed cells are sent."""
    return chr(ord("a") + number % 26) * 9


def listen(events: int, arrived: Callable[[str], None]) -> None:
    """Call `arrived` with the next mark for each byte that comes."""
    counted = 0

    def read() -> None:
        nonlocal counted
        for _ in os.read(events, 1):
            counted += 1
            arrived(mark(counted))

    asyncio.get_running_loop().add_reader(events, read)


def main() -> None:
    kind, events = sys.argv[1], int(sys.argv[2])
    if kind == "bare":
        BareApp(events).run()
        return
    picture = pictures.done() if kind == "done" else pictures.running()
    asyncio.run(MarkedApp(TickingSession(picture), events, board=kind == "board").run_async())


if __name__ == "__main__":
    main()
