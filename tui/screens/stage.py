"""The drill-down of one stage: its facts, its native objects, its logs and its history, one pane each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout, Stage
from lanewatch.watch.session import Opened
from lanewatch.watch.stage_logs import log_handles
from tui import wording
from tui.log_places import Reading
from tui.screens import fact_lines, lane_lines
from tui.screens.dashboard import STAGE_KEYS
from tui.screens.history_lines import History
from tui.screens.key_line import KEPT_KEYS, working
from tui.screens.lane_screen import LaneScreen
from tui.screens.log_view import LogView
from tui.screens.panes import (
    FACTS,
    HISTORY,
    KEYS,
    LOG,
    NOWHERE,
    STANDING_SHRINKS,
    Pane,
    panes,
    standing,
)
from tui.screens.search_box import SearchBox
from tui.screens.stage_messages import AsidesWanted, LogWanted, StageLeft, TextWanted
from tui.screens.stage_texts import StageTexts
from tui.screens.timeline_rows import start_of
from tui.screens.two_views import TwoViews
from tui.showing import Showing
from widgets.finding import Lines
from widgets.lines import Choice, ChoiceLine, EndsLine
from widgets.lines_view import TextLines
from widgets.painting import shortened_middle

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

TAB_WIDTH = 32


class StageScreen(LaneScreen, inherit_bindings=False):
    """Shows one stage of the Rollout given to `show`; says `TextWanted` for what must be read, `given` brings it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="back"),
        Binding("slash", "search", "search", id="search"),
        Binding("tab", "pane(1)", "next pane", id="pane.next"),
        Binding("shift+tab", "pane(-1)", "previous pane", id="pane.previous"),
        Binding("f", "kind('facts')", "facts", id="open.facts"),
        Binding("o", "kind('object')", "native object, then the next one", id="open.object"),
        Binding("l", "kind('log')", "log, then the next one", id="open.log"),
        Binding("i", "kind('history')", "history", id="open.history"),
        Binding("t", "stamps", "times of a log: clock, since the push, as written, none", id="view.stamps"),
        Binding("minus", "fold", "fold or unfold managedFields", id="view.fold"),
        Binding("s", "beside", "a second log beside; the other side", id="log.beside"),
        Binding("x", "asides", "init containers and sidecars, too", id="log.asides"),
        Binding("z", "maximise", "only the text on the screen", id="maximise"),
        Binding("r", "again", "read this pane again", id="again"),
        *(
            Binding(str(number), f"stage({number})", f"stage {number}", id=f"stage.{number}", show=False)
            for number in range(1, STAGE_KEYS)
        ),
    ]
    CSS_PATH = "stage.tcss"

    def __init__(self, showing: Showing, stage_id: str, kind: str, reading: Reading | None = None) -> None:
        """`reading`: what the person has done in the lane's logs before."""
        super().__init__()
        self._showing, self._stage_id = showing, stage_id
        self._pane = NOWHERE
        self._first_kind = kind
        self._texts = StageTexts()
        self._history = History()
        self._reading = reading or Reading()
        self._asides: dict[str, Sequence[Handle]] = {}  # by stage, while they are wanted
        self._views = TwoViews()
        self._tops: dict[Pane, tuple[int, int, datetime | None]] = {}
        self._keys_for: object = None

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield EndsLine(id="stage")
        yield ChoiceLine(id="panes")
        yield self._views
        yield SearchBox()
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self._views.main.focus()
        self.action_kind(self._first_kind)

    @property
    def rollout(self) -> Rollout:
        return self._showing.rollout

    @property
    def stage_id(self) -> str:
        return self._stage_id

    @property
    def stage(self) -> Stage | None:
        return self.rollout.stage(self._stage_id)

    @property
    def pane(self) -> Pane:
        """What is looked at."""
        return self._pane

    def show(self, showing: Showing) -> None:
        """Draw this picture of the stage; texts that were read stay as they were read."""
        self._showing = showing
        stage = self.stage
        if stage is None:
            return
        self.query_one("#header", EndsLine).show(*lane_lines.header(showing))
        self.query_one("#header").set_class(showing.past is not None, "-past")
        self.query_one("#stage", EndsLine).show(*standing(stage, self.rollout), shrinks=STANDING_SHRINKS)
        tabs = [
            Choice(str(i), "", shortened_middle(pane.title, TAB_WIDTH), pane == self._pane)
            for i, pane in enumerate(self._panes(stage))
        ]
        self.query_one("#panes", ChoiceLine).show(tabs)
        self._show_keys()
        if self._pane.kind in (FACTS, HISTORY):
            self._views.main.show(self._told(stage))
        elif self._pane.handle is not None:
            self._views.main.pass_time()
        elif any(pane.is_a(self._pane.kind) for pane in self._panes(stage)):
            self.action_kind(self._pane.kind)  # what was waited for is there now

    def values(self) -> Sequence[tuple[str, str]]:
        """What can be copied from here, each with its name: the facts, or the lines of a text that are in view."""
        if self._pane.kind == FACTS and self.stage is not None:
            return [(cell.fact.name, wording.value(cell.fact, cell.quality)) for cell in self.stage.cells]
        return [(str(number + 1), text) for number, text in self._views.in_use.in_view()]

    def given(self, handle: Handle, opened: Opened) -> None:
        """The text behind a handle, as it was just read."""
        self._texts.given(handle, opened)
        if self._pane.handle == handle:
            self._show_text(handle)

    def followed(self, handle: Handle, log: Log) -> None:
        """The log behind a handle, which may grow; `grown` tells that it did."""
        self._texts.follow(handle, log)
        if self._pane.handle == handle:
            self._show_text(handle)
            if self._reading.moment is not None:
                self._views.main.seek(self._reading.moment)

    def grown(self, handle: Handle) -> None:
        if self._pane.handle == handle and self._texts.log(handle) is not None:
            self._views.main.grown()
        if self._views.kept_handle == handle:
            self._views.kept.grown()

    def beside(self, stage_id: str, handles: Sequence[Handle], note: str) -> None:
        """Init containers and sidecars of a stage, or word of why there are none."""
        self._asides[stage_id] = handles
        self.show(self._showing)
        if not handles:
            self.notify(f"no init container or sidecar{f': {note}' if note else ''}", markup=False)

    def action_pane(self, step: int) -> None:
        if self.stage is not None:
            choices = self._panes(self.stage)
            here = choices.index(self._pane) if self._pane in choices else 0
            self._enter(choices[(here + step) % len(choices)])

    def action_kind(self, kind: str) -> None:
        """The first pane of a kind or of a drill-down's name, or the next one after the current."""
        if self.stage is None:
            return
        choices = [pane for pane in self._panes(self.stage) if pane.is_a(kind)]
        if choices:
            here = choices.index(self._pane) if self._pane in choices else -1
            self._enter(choices[(here + 1) % len(choices)])
        else:
            self._enter(Pane(kind, f"no {kind}"))
            self._views.main.show(TextLines((f" This stage has no {kind} yet.",)))

    def action_stage(self, number: int) -> None:
        if number <= len(self.rollout.stages):
            self._stage_id = self.rollout.stages[number - 1].id
            self.action_kind(self._pane.kind)

    def action_beside(self) -> None:
        """Keep this log at the right and go on to the next one; then from one side to the other."""
        handle, log = self._pane.handle, self._texts.log(self._pane.handle)
        if self._views.is_split:
            self._views.other_side()
        elif handle is not None and log is not None:
            self._views.keep(handle, log, self._reading.place(handle), self._texts.stamps, start_of(self.rollout))
            self.action_kind(LOG)
        self._show_keys()

    def action_asides(self) -> None:
        stage = self.stage
        if stage is None:
            return
        if self._asides.pop(stage.id, ()):
            self.show(self._showing)
        else:
            self.post_message(AsidesWanted(self, stage.id, log_handles(self.rollout, stage)))

    async def action_again(self) -> None:
        if self._pane.handle is not None:
            self._want(self._pane.handle)
        else:
            await self.run_action("app.sweep")

    def action_search(self) -> None:
        self.query_one(SearchBox).ask(self._views.in_use, filters=False)

    def on_log_view_query_wanted(self, message: LogView.QueryWanted) -> None:
        self.query_one(SearchBox).ask(message.view, filters=True)

    def action_stamps(self) -> None:
        self._texts.next_stamps()
        self._show_again()

    def action_fold(self) -> None:
        self._texts.folds = not self._texts.folds
        self._show_again()

    def action_maximise(self) -> None:
        self.toggle_class("-maximised")

    def action_leave(self) -> None:
        """One level up: out of the search box, out of the search, out of the second log, out of the stage."""
        box, view = self.query_one(SearchBox), self._views.in_use
        if box.display:
            box.leave()
        elif view.is_searched:
            box.value = ""
            view.find("")
        elif self._views.is_split:
            self._views.close_kept()
        else:
            self._remember()
            self.post_message(StageLeft(self._stage_id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """A key that could do nothing in this pane does not work, and help does not list it."""
        works = {"stamps": self._pane.kind == LOG, "asides": self._pane.kind == LOG}
        works["fold"] = self._texts.has_folds(self._pane.handle)
        works["beside"] = self._views.is_split or self._texts.log(self._pane.handle) is not None
        return works.get(action, True)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.call_after_refresh(self._shown_again)

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.line.id == "keys":
            view = self._views.in_use
            await (view if view.acts(message.choice_id) else self).run_action(message.choice_id)
        elif self.stage is not None:
            self._enter(self._panes(self.stage)[int(message.choice_id)])

    def _shown_again(self) -> None:
        """Wrap the facts to the width that the layout has just given the view; unless the screen was left meanwhile."""
        if self.is_attached:
            self.show(self._showing)

    def _show_again(self) -> None:
        """The text of the pane in another form."""
        handle = self._pane.handle
        if handle is not None and handle in self._texts:
            self._show_text(handle)

    def _show_keys(self) -> None:
        """The keys of the last line: only those that do something here. Which do changes with the pane."""
        handle = self._pane.handle
        state = (self._pane, self._texts.log(handle) is not None, self._texts.has_folds(handle), self._views.is_split)
        if state == self._keys_for:
            return
        self._keys_for = state
        self.query_one("#keys", ChoiceLine).show(working(self, KEYS), working(self, KEPT_KEYS))

    def _told(self, stage: Stage) -> Lines:
        """The panes that are made from what is known, wrapped to the width there is."""
        showing, width = self._showing, self._views.main.scrollable_content_region.width
        if self._pane.kind == FACTS:
            return fact_lines.facts(stage, self.rollout, local=showing.local_time, width=width)
        zero = start_of(self.rollout)
        return self._history.lines(stage, showing.entries, zero, local=showing.local_time, width=width)

    def _panes(self, stage: Stage) -> tuple[Pane, ...]:
        return panes(stage, self.rollout, self._asides.get(stage.id, ()))

    def _remember(self) -> None:
        """Where in this pane the person was, and in a log at which moment."""
        view = self._views.main
        if view.log_shown is not None and view.moment is not None:
            self._reading.moment = view.moment
        self._tops[self._pane] = (*view.scroll_offset, self._reading.moment)

    def _enter(self, pane: Pane) -> None:
        view = self._views.main
        self._remember()
        if view.is_searched and pane != self._pane:
            view.find("")
        self._pane = pane
        self.show(self._showing)
        self._show_source("")
        if pane.handle is not None:
            if pane.handle in self._texts:
                self._show_text(pane.handle)
            else:
                self._want(pane.handle)
        x, y, moment = self._tops.get(pane, (0, 0, None))
        view.scroll_to(x, y, animate=False, force=True)
        if self._reading.moment not in (None, moment):
            view.seek(self._reading.moment)  # what was in view in another log stays in view

    def _want(self, handle: Handle) -> None:
        if self._texts.ask(handle):
            wanted = LogWanted if handle.kind == LOG else TextWanted
            self.post_message(wanted(self, handle))
        if handle not in self._texts:
            asked = wording.clock(self.rollout.now.wall, local=self._showing.local_time)
            self._views.main.show(TextLines((f" reading… asked for at {asked}",)))
        self._show_source("reading…")

    def _show_text(self, handle: Handle) -> None:
        view, zero, log = self._views.main, start_of(self.rollout), self._texts.log(handle)
        if log is None:
            view.show(self._texts.lines(handle, zero))
        else:
            view.show_log(log, self._reading.place(handle), self._texts.stamps, zero)
        self._show_source("")
        self._show_keys()

    def _show_source(self, ending: str) -> None:
        """Where the text comes from, and what a reader must know about it."""
        handle, past = self._pane.handle, self._showing.past is not None
        note = ending or self._texts.note(handle, past=past)
        self._views.tell(self._views.main, self._texts.title(handle), note)
