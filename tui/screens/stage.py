"""The drill-down of one stage: its facts, its native objects, its logs and its history, one pane each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout, Stage
from lanewatch.watch.session import Opened
from tui import wording
from tui.screens import fact_lines, history_lines, lane_lines
from tui.screens.dashboard import STAGE_KEYS
from tui.screens.lane_screen import LaneScreen
from tui.screens.log_searching import LogSearching
from tui.screens.panes import (
    FACTS,
    HISTORY,
    KEPT_KEYS,
    KEYS,
    LOG,
    NOWHERE,
    OBJECT,
    STANDING_SHRINKS,
    Pane,
    panes,
    standing,
)
from tui.screens.stage_texts import StageTexts
from tui.screens.timeline_rows import start_of
from tui.showing import Showing
from widgets.finding import Lines
from widgets.lines import Choice, ChoiceLine, EndsLine, Rule
from widgets.lines_view import LinesView, TextLines
from widgets.painting import shortened_middle

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

TAB_WIDTH = 32


class StageScreen(LaneScreen, inherit_bindings=False):
    """Shows one stage of the Rollout given to `show`; says `Wanted` for text that must be read, `given` brings it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # These three act at once, before the key after them is handed on: "/", a word and Enter may come in one burst.
        Binding("escape", "leave", "back", id="back", priority=True),
        Binding("slash", "search", "search", id="search", priority=True),
        Binding("enter", "find", "find what was typed", id="search.find", priority=True),
        Binding("tab", "pane(1)", "next pane", id="pane.next"),
        Binding("shift+tab", "pane(-1)", "previous pane", id="pane.previous"),
        Binding("f", "kind('facts')", "facts", id="open.facts"),
        Binding("o", "kind('object')", "native object, then the next one", id="open.object"),
        Binding("l", "kind('log')", "log, then the next one", id="open.log"),
        Binding("i", "kind('history')", "history", id="open.history"),
        Binding("E", "first_error", "first error of the log", id="log.error"),
        Binding("t", "stamps", "times of a log: clock, since the push, as written, none", id="view.stamps"),
        Binding("minus", "fold", "fold or unfold managedFields", id="view.fold"),
        Binding("z", "maximise", "only the text on the screen", id="maximise"),
        Binding("r", "again", "read this pane again", id="again"),
        *(
            Binding(str(number), f"stage({number})", f"stage {number}", id=f"stage.{number}", show=False)
            for number in range(1, STAGE_KEYS)
        ),
    ]
    CSS_PATH = "stage.tcss"

    class Wanted(Message):
        """The text behind a handle is to be read, and brought to `given`."""

        def __init__(self, screen: StageScreen, handle: Handle) -> None:
            super().__init__()
            self.screen, self.handle = screen, handle

    class LogWanted(Wanted):
        """The log behind a handle is to be followed and brought to `followed`; where it cannot be, read."""

    class Left(Message):
        """The person goes back; the cursor belongs on this stage."""

        def __init__(self, stage_id: str) -> None:
            super().__init__()
            self.stage_id = stage_id

    def __init__(self, showing: Showing, stage_id: str, kind: str) -> None:
        super().__init__()
        self._showing, self._stage_id = showing, stage_id
        self._pane = NOWHERE
        self._first_kind = kind
        self._texts = StageTexts()
        self._searching = LogSearching(self._found_more)
        self._tops: dict[Pane, tuple[int, int]] = {}
        self._keys_for: tuple[Pane, bool] | None = None
        self._searched = self._search_note = ""

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield EndsLine(id="stage")
        yield ChoiceLine(id="panes")
        yield Rule(id="source")
        yield LinesView(id="text")
        yield Input(id="search", placeholder="search a text, or ~ and a pattern", compact=True, select_on_focus=True)
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one(LinesView).focus()
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
            for i, pane in enumerate(panes(stage))
        ]
        self.query_one("#panes", ChoiceLine).show(tabs)
        self._show_keys()
        if self._pane.kind in (FACTS, HISTORY):
            self.query_one(LinesView).show(self._told(stage))
        elif self._pane.handle is None and any(pane.is_a(self._pane.kind) for pane in panes(stage)):
            self.action_kind(self._pane.kind)  # what was waited for is there now

    def values(self) -> Sequence[tuple[str, str]]:
        """What can be copied from here, each with its name: the facts, or the lines of a text that are in view."""
        if self._pane.kind == FACTS and self.stage is not None:
            return [(cell.fact.name, wording.value(cell.fact, cell.quality)) for cell in self.stage.cells]
        return [(str(number + 1), text) for number, text in self.query_one(LinesView).in_view()]

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

    def grown(self, handle: Handle) -> None:
        if self._pane.handle == handle and self._texts.log(handle) is not None:
            self.query_one(LinesView).grown()
            self._show_source(self._search_note)
            self._searching.go_on()

    def action_pane(self, step: int) -> None:
        if self.stage is not None:
            choices = panes(self.stage)
            here = choices.index(self._pane) if self._pane in choices else 0
            self._enter(choices[(here + step) % len(choices)])

    def action_kind(self, kind: str) -> None:
        """The first pane of a kind or of a drill-down's name, or the next one after the current."""
        if self.stage is None:
            return
        choices = [pane for pane in panes(self.stage) if pane.is_a(kind)]
        if choices:
            here = choices.index(self._pane) if self._pane in choices else -1
            self._enter(choices[(here + 1) % len(choices)])
        else:
            self._enter(Pane(kind, f"no {kind}"))
            self.query_one(LinesView).show(TextLines((f" This stage has no {kind} yet.",)))

    def action_stage(self, number: int) -> None:
        if number <= len(self.rollout.stages):
            self._stage_id = self.rollout.stages[number - 1].id
            self.action_kind(self._pane.kind)

    async def action_first_error(self) -> None:
        """To the first line that tells of an error."""
        log = self._texts.log(self._pane.handle)
        if log is None:
            return
        from lanewatch.logs.sections import first_error

        found = await first_error(log)
        if found is None:
            self._search_note = "no line tells of an error"
        else:
            self.query_one(LinesView).go_to(found)
            self._search_note = f"first error: line {found + 1:,}"
        self._show_source(self._search_note)

    async def action_again(self) -> None:
        if self._pane.handle is not None:
            self._want(self._pane.handle)
        else:
            await self.run_action("app.sweep")

    def action_search(self) -> None:
        box = self.query_one(Input)
        box.display = True
        self.set_focus(box)  # at once, so that the next key already lands in it

    def action_wrap(self) -> None:
        self.query_one(LinesView).action_wrap()

    def action_stamps(self) -> None:
        self._texts.next_stamps()
        self._show_again()

    def action_fold(self) -> None:
        self._texts.folds = not self._texts.folds
        self._show_again()

    def action_maximise(self) -> None:
        self.toggle_class("-maximised")

    def action_leave(self) -> None:
        """One level up: out of the search box, out of the search, out of the stage."""
        box, view = self.query_one(Input), self.query_one(LinesView)
        if box.display:
            box.display = False
            self.set_focus(view)
        elif self._searched:
            box.value = ""
            self._search("")
        else:
            self.post_message(self.Left(self._stage_id))

    def action_find(self) -> None:
        box, view = self.query_one(Input), self.query_one(LinesView)
        box.display = False
        self.set_focus(view)
        self._search(box.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While a text to search is typed, `/` is a letter; Enter means something only then."""
        typing = self.is_mounted and bool(self.query_one(Input).display)
        works = {"search": not typing, "find": typing}
        works |= {"stamps": self._pane.kind == LOG, "fold": self._pane.kind == OBJECT}
        works["first_error"] = self._texts.log(self._pane.handle) is not None
        return works.get(action, True)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.call_after_refresh(self._shown_again)

    def on_lines_view_searched(self, message: LinesView.Searched) -> None:
        self._searched = message.query
        found = f"{message.hit:,} of {message.hits:,}" if message.hits else "not found"
        self._search_note = f"“{message.query}” {found}" if message.query else ""
        self._show_source(self._search_note)

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.line.id == "keys":
            await self.run_action(message.choice_id)
        elif self.stage is not None:
            self._enter(panes(self.stage)[int(message.choice_id)])

    def _shown_again(self) -> None:
        """Wrap the facts to the width that the layout has just given the view; unless the screen was left meanwhile."""
        if self.is_attached:
            self.show(self._showing)

    def _search(self, query: str) -> None:
        """In a followed log the engine searches beside the screen, and goes on as the log grows."""
        view, log = self.query_one(LinesView), self._texts.log(self._pane.handle)
        self._searching.stop()
        if log is None or not query:
            view.search(query)
            return
        from lanewatch.logs.query import QueryError

        try:
            found = self._searching.start(log, query)
        except QueryError as error:
            self._show_source(f"no pattern: {error}")
            return
        if found is not None:
            view.search(query, found)

    def _found_more(self) -> None:
        if self.is_attached:
            self.query_one(LinesView).searched()

    def on_unmount(self) -> None:
        self._searching.stop()

    def _show_again(self) -> None:
        """The text of the pane in another form."""
        handle = self._pane.handle
        if handle is not None and handle in self._texts:
            self._show_text(handle)

    def _show_keys(self) -> None:
        """The keys of the last line: only those that do something here. Which do changes with the pane."""
        state = (self._pane, self._texts.log(self._pane.handle) is not None)
        if state == self._keys_for:
            return
        self._keys_for = state
        working = {active.binding.action for active in self.active_bindings.values() if active.enabled}
        keys = [key for key in KEYS if key.id.removeprefix("app.") in working]
        self.query_one("#keys", ChoiceLine).show(keys, KEPT_KEYS)

    def _told(self, stage: Stage) -> Lines:
        """The panes that are made from what is known, wrapped to the width there is."""
        showing, width = self._showing, self.query_one(LinesView).scrollable_content_region.width
        if self._pane.kind == FACTS:
            return fact_lines.facts(stage, self.rollout, local=showing.local_time, width=width)
        zero = start_of(self.rollout)
        return history_lines.history(stage, showing.entries, zero, local=showing.local_time, width=width)

    def _enter(self, pane: Pane) -> None:
        view = self.query_one(LinesView)
        self._tops[self._pane] = view.scroll_offset
        if self._searching.is_on and pane != self._pane:
            self._searching.stop()
            view.search("")
        self._pane = pane
        self.show(self._showing)
        self._show_source("")
        if pane.handle is not None:
            if pane.handle in self._texts:
                self._show_text(pane.handle)
            else:
                self._want(pane.handle)
        x, y = self._tops.get(pane, (0, 0))
        view.scroll_to(x, y, animate=False, force=True)

    def _want(self, handle: Handle) -> None:
        if self._texts.ask(handle):
            message = self.LogWanted if handle.kind == LOG else self.Wanted
            self.post_message(message(self, handle))
        self._show_source("reading…")
        if handle not in self._texts:
            self.query_one(LinesView).show(TextLines((f" reading {handle.locator} …",)))

    def _show_text(self, handle: Handle) -> None:
        self._show_source("")
        self.query_one(LinesView).show(self._texts.lines(handle, start_of(self.rollout)))

    def _show_source(self, ending: str) -> None:
        """Where the text comes from, and what a reader must know about it."""
        handle, past = self._pane.handle, self._showing.past is not None
        self.query_one("#source", Rule).show(self._texts.title(handle), ending or self._texts.note(handle, past=past))
