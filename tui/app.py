"""The dashboard's wiring: a session's pictures to the screens, keys to actions, the palette. No logic lives here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.session import Session
from tui.life import LivingApp
from tui.screens.dashboard import Dashboard
from tui.screens.help import HelpScreen, key_name
from tui.screens.stage import StageScreen
from tui.theme import DARK, THEMES, own_variables

# Ids of bindings that are worth a line in the palette; moving the cursor is not.
PALETTE_ROOTS: Final = frozenset({"sweep", "time", "help", "quit", "open", "view", "search", "again", "back"})


class LanewatchApp(LivingApp, inherit_bindings=False):
    """One watched lane on the screen. Returns 0 when the person quits, 128 + n on a signal, 1 on a fault of ours."""

    TITLE = "lanewatch"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "sweep", "ask every authority now", id="sweep"),
        Binding("T", "local_time", "UTC or local time", id="time"),
        Binding("question_mark,f1", "help", "keys and glyphs", id="help"),
        Binding("ctrl+p", "command_palette", "palette of all actions", id="palette"),
        Binding("q,ctrl+q", "quit", "quit", id="quit"),
        Binding("ctrl+c", "interrupt", "quit at once, exit code 130", id="interrupt", show=False, priority=True),
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
        self.call_after_refresh(self._session.start)  # the clients take longer to load than the first frame

    async def on_unmount(self) -> None:
        await super().on_unmount()
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
            if isinstance(screen, Dashboard | StageScreen) and screen.is_mounted:
                screen.show(rollout, local_time=self.local_time)

    def on_dashboard_wanted(self, message: Dashboard.Wanted) -> None:
        rollout, local_time = self._session.rollout, self.local_time
        self.push_screen(StageScreen(rollout, message.stage_id, message.pane, local_time=local_time))

    def on_stage_screen_wanted(self, message: StageScreen.Wanted) -> None:
        self.start(self._read(message.screen, message.handle))

    def on_stage_screen_left(self, message: StageScreen.Left) -> None:
        self.pop_screen()
        if isinstance(self.screen, Dashboard):
            self.screen.select(message.stage_id)

    async def _read(self, screen: StageScreen, handle: Handle) -> None:
        opened = await self._session.open(handle)
        if screen in self.screen_stack:
            screen.given(handle, opened)

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

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key that works on this screen, every stage, every drill-down by the spec's name."""
        actions = {
            active.binding.id: active
            for active in reversed(screen.active_bindings.values())
            if active.enabled and (active.binding.id or "").partition(".")[0] in PALETTE_ROOTS
        }
        for active in actions.values():
            run = partial(self.run_action, active.binding.action, active.node)
            yield SystemCommand(active.binding.description, f"key {key_name(active.binding.key)}", run)
        for stage in self._session.rollout.stages:
            yield SystemCommand(
                stage.id, "facts, native objects and logs of this stage", partial(self._open, stage.id, "facts")
            )
            for handle in stage.handles:
                if handle.drilldown:
                    open_it = partial(self._open, stage.id, handle.kind)
                    yield SystemCommand(handle.drilldown, handle.title, open_it)
        yield SystemCommand("theme", "change the colours", self.action_change_theme)

    def _open(self, stage_id: str, pane: str) -> None:
        while isinstance(self.screen, StageScreen):
            self.pop_screen()
        self.post_message(Dashboard.Wanted(stage_id, pane))

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
