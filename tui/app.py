"""The dashboard's wiring: keys to actions, screens to what is watched, the palette. No logic lives here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from lanewatch.rollout.facts import Handle
from lanewatch.watch.session import Neighbouring, Session
from tui.asking import Asking
from tui.screens.dashboard import Dashboard
from tui.screens.lane_screen import LaneScreen
from tui.settings import Settings
from tui.showing import Showing
from tui.theme import DARK, THEMES, own_variables
from tui.watching import WatchingApp

if TYPE_CHECKING:  # every screen but the first is loaded when it is opened: together they cost 40 ms of a start
    from lanewatch.spec.lane import Lane
    from lanewatch.watch.board import Board
    from tui.screens.board import BoardScreen
    from tui.screens.stage import StageScreen
    from tui.screens.stage_messages import AsidesWanted, LogWanted, StageLeft, TextWanted

BOARD_SECONDS = 1.0  # ages on the board move so often


class LanewatchApp(Asking, WatchingApp, inherit_bindings=False):
    """One watched lane on the screen. Returns what `exit_code` says, 128 + n on a signal, 1 on a fault of ours."""

    TITLE = "lanewatch"
    CSS_PATH = Path(__file__).parent / "screens" / "dashboard.tcss"  # Textual does not ask its default screen for it
    CSS = "CommandPalette SearchIcon { display: none; }"  # a glyph that few terminals' fonts have
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "earlier", "one change back in time", id="rewind.back"),
        Binding("right_square_bracket", "later", "one change forward, then live", id="rewind.forward"),
        Binding("home", "start_of_journal", "to the first thing that was read", id="rewind.start"),
        Binding("end", "live", "live again", id="rewind.live"),
        Binding("exclamation_mark", "problems", "problems only", id="problems"),
        Binding("A", "acknowledge", "acknowledge errors that are over", id="acknowledge"),
        Binding("v", "verdict", "verdict of the gate", id="verdict"),
        Binding("b", "board", "board of all lanes", id="board"),
        Binding("c", "choose", "choose a commit or run", id="choose"),
        Binding("a", "note", "add a note to the journal", id="note"),
        Binding("colon", "command", "type a command", id="command"),
        Binding("e", "export", "export evidence", id="export"),
        Binding("y", "copy", "copy a value", id="copy"),
        Binding("Y", "copy_command", "copy the equivalent command line", id="copy.command"),
        Binding("u", "addresses", "web addresses of the stage", id="addresses"),
        Binding("C", "costs", "what asking costs", id="costs"),
        Binding("r", "sweep", "ask every authority now", id="sweep"),
        Binding("T", "local_time", "UTC or local time", id="time"),
        Binding("question_mark,f1", "help", "keys and glyphs", id="help"),
        Binding("ctrl+p", "command_palette", "palette of all actions", id="palette"),
        Binding("q,ctrl+q", "leave", "quit", id="quit"),
        Binding("ctrl+c", "interrupt", "quit at once, exit code 130", id="interrupt", show=False, priority=True),
    ]

    def __init__(
        self, session: Session, environ: Mapping[str, str] | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__(session, settings or Settings(), os.environ if environ is None else environ)
        self._board: Board | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme or DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_variables(self.current_theme.to_color_system().generate())

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the ground, not laid over an empty screen that would be drawn before it."""
        return Dashboard(self.showing(), smooth=self.settings.smooth)

    def on_mount(self) -> None:
        super().on_mount()
        if self.settings.keys:
            self.set_keymap(dict(self.settings.keys))
        self.follow(self.session)
        goal = self.settings.goal
        if goal is not None and goal.seconds is not None:
            self.set_timer(goal.seconds, self.give_up)

    def draw(self, showing: Showing) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, LaneScreen) and screen.is_mounted:
                screen.show(showing)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """A key that could do nothing now does not work, and help does not list it."""
        works = {
            "later": not self.rewind.is_live,
            "live": not self.rewind.is_live,
            "acknowledge": bool(self.attention.ended),
            "choose": self.steered is not None,
            "note": self.steered is not None,
            "board": self.settings.open_lane is not None and self._shows_a_lane,
        }
        lane_only = {"addresses", "copy", "earlier", "start_of_journal", "costs", "choose", "note", "export", "verdict"}
        if action in lane_only and not self._shows_a_lane:
            return False
        return works.get(action, True)

    @property
    def _shows_a_lane(self) -> bool:
        """Whether it is one lane that lies open, under whatever covers it; not the board of all."""
        below = (screen for screen in reversed(self.screen_stack) if not isinstance(screen, ModalScreen))
        return isinstance(next(below, None), LaneScreen)

    def on_dashboard_wanted(self, message: Dashboard.Wanted) -> None:
        from tui.screens.stage import StageScreen

        self.push_screen(StageScreen(self.showing(), message.stage_id, message.pane, self.reading))

    def on_text_wanted(self, message: TextWanted) -> None:
        self.start(self._read(message.asking, message.handle))

    def on_log_wanted(self, message: LogWanted) -> None:
        self.start(self._follow_log(message.asking, message.handle))

    async def _follow_log(self, screen: StageScreen, handle: Handle) -> None:
        log = await self.followed_log(handle)
        if log is None:
            await self._read(screen, handle)
        elif screen in self.screen_stack:
            screen.followed(handle, log)

    def on_asides_wanted(self, message: AsidesWanted) -> None:
        self.start(self._find_asides(message.asking, message.stage_id, message.handles))

    async def _find_asides(self, screen: StageScreen, stage_id: str, handles: Sequence[Handle]) -> None:
        found, reasons = await self.session.asides(handles) if isinstance(self.session, Neighbouring) else ((), ())
        if screen in self.screen_stack:
            screen.beside(stage_id, found, "; ".join(reasons))

    def log_grown(self, handle: Handle) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, LaneScreen) and screen.is_mounted:
                screen.grown(handle)

    def on_stage_left(self, message: StageLeft) -> None:
        self.pop_screen()
        if isinstance(self.screen, Dashboard):
            self.screen.select(message.stage_id)
        self.redraw()  # with the moment of the log that was left

    def on_board_screen_wanted(self, message: BoardScreen.Wanted) -> None:
        """Open the lane: the one that is watched anyway, or another one from its beginning."""
        watched = self.session.rollout
        self.pop_screen()
        if self.settings.open_lane is None:
            return
        if message.target == watched.target and message.commit in (None, watched.commit):
            return
        self.follow(self.settings.open_lane(message.target, message.commit))
        self.redraw()

    async def _read(self, screen: StageScreen, handle: Handle) -> None:
        opened = await self.session.open(handle)
        if screen in self.screen_stack:
            screen.given(handle, opened)

    async def action_earlier(self) -> None:
        await self.rewind.back()
        self.redraw()

    async def action_later(self) -> None:
        await self.rewind.forward()
        self.redraw()

    async def action_start_of_journal(self) -> None:
        await self.rewind.start()
        self.redraw()

    def action_live(self) -> None:
        self.rewind.live()
        self.redraw()

    def action_problems(self) -> None:
        self.problems_only = not self.problems_only
        self.redraw()
        self._show_board()

    def action_costs(self) -> None:
        self.costs = not self.costs
        self.redraw()

    def action_acknowledge(self) -> None:
        self.attention.acknowledge()
        self.redraw()

    def action_local_time(self) -> None:
        self.local_time = not self.local_time
        self.redraw()

    def action_sweep(self) -> None:
        """On the board, all of them."""
        self.session.sweep_now()
        if self._board is not None and self._board_shown() is not None:
            self._board.sweep_now()

    def action_board(self) -> None:
        if self.settings.open_lane is None:
            return
        from lanewatch.watch.board import Board
        from tui.screens.board import BoardScreen

        if self._board is None:
            lanes = {lane.target: lane for lane in self.settings.lanes}
            self._board = Board(lanes, self.settings.open_lane, lambda target: self._head(lanes[target]))
            self.start(self._board.run())
            self.start(self._watch_board(self._board))
        self.push_screen(BoardScreen(self._board.lines, self._board.now(), problems_only=self.problems_only))

    async def _head(self, lane: Lane) -> str | None:
        return None if self.steered is None else await self.steered.head(lane)

    async def _watch_board(self, board: Board) -> None:
        """Draw the board when a line changes, and each second, because ages do."""
        while True:
            await asyncio.wait({asyncio.ensure_future(board.changed())}, timeout=BOARD_SECONDS)
            self._show_board()

    def _board_shown(self) -> BoardScreen | None:
        from tui.screens.board import BoardScreen

        return self.screen if isinstance(self.screen, BoardScreen) else None

    def _show_board(self) -> None:
        if self._board is not None and (screen := self._board_shown()) is not None:
            screen.show(self._board.lines, self._board.now(), problems_only=self.problems_only)

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from tui.palette import palette

        return palette(self, screen)

    def open_stage(self, stage_id: str, pane: str) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.on_dashboard_wanted(Dashboard.Wanted(stage_id, pane))

    def action_leave(self) -> None:
        self.exit(return_code=self.exit_code())

    def action_interrupt(self) -> None:
        self.exit(return_code=130)


async def watch(session: Session, settings: Settings | None = None) -> int:
    """Show the session until the person quits, then close it; the exit code of the process. Raises what broke it."""
    app = LanewatchApp(session, settings=settings)
    try:
        await app.run_async()
    finally:
        await app.session.close()
    if app.crash is not None:
        raise app.crash
    return app.return_code or 0
