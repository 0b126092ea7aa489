"""The dashboard's wiring: a session's pictures to the screens, keys to actions, the palette. No logic lives here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen

from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.session import Session
from tui.life import LivingApp
from tui.screens.dashboard import Dashboard
from tui.theme import DARK, THEMES, own_variables


class LanewatchApp(LivingApp):
    """One watched lane on the screen. Returns 0 when the person quits, 128 + n on a signal, 1 on a fault of ours."""

    TITLE = "lanewatch"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "sweep", "ask every authority now", id="sweep"),
        Binding("T", "local_time", "UTC or local time", id="time"),
        Binding("question_mark,f1", "help", "keys and glyphs", id="help"),
        Binding("q", "quit", "quit", id="quit"),
        Binding("ctrl+c", "interrupt", "quit", id="interrupt", show=False, priority=True),
    ]
    local_time: reactive[bool] = reactive(False)

    def __init__(self, session: Session, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(os.environ if environ is None else environ)
        self._session = session
        self._tasks: set[asyncio.Task[None]] = set()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_variables(self.current_theme.to_color_system().generate())

    def on_mount(self) -> None:
        super().on_mount()
        self.push_screen(Dashboard(self._session.rollout, local_time=self.local_time))
        self.start(self._follow())

    async def on_unmount(self) -> None:
        super().on_unmount()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work beside the screen; a fault in it ends the app, because a silent one would show old data as new."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def _follow(self) -> None:
        async for rollout in self._session.pictures():
            self._show(rollout)

    def _show(self, rollout: Rollout) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard) and screen.is_mounted:
                screen.show(rollout, local_time=self.local_time)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._handle_exception(error)

    def watch_local_time(self) -> None:
        self._show(self._session.rollout)

    def action_local_time(self) -> None:
        self.local_time = not self.local_time

    def action_sweep(self) -> None:
        self._session.sweep_now()

    def action_interrupt(self) -> None:
        self.exit(return_code=130)


async def watch(session: Session) -> int:
    """Show the session until the person quits, then close it; the exit code of the process."""
    app = LanewatchApp(session)
    try:
        await app.run_async()
    finally:
        await session.close()
    return app.return_code or 0


def run(session: Session) -> int:
    """`watch` for a caller without an event loop."""
    return asyncio.run(watch(session))
