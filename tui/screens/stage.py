"""The drill-down of one stage: its facts, its native objects and its logs, one pane each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout, Stage
from lanewatch.watch.session import Opened
from tui import wording
from tui.look import BURN, STAGE
from tui.screens import fact_lines, lane_lines
from tui.screens.dashboard import STAGE_KEYS
from widgets.lines import Choice, ChoiceLine, EndsLine, Rule
from widgets.lines_view import LinesView, TextLines
from widgets.painting import shortened_middle

FACTS = "facts"
KEYS = (
    Choice("app.back", "esc", "back"),
    Choice("pane(1)", "tab", "next pane"),
    Choice("search", "/", "search"),
    Choice("wrap", "w", "wrap"),
    Choice("again", "r", "read again"),
)
KEPT_KEYS = (Choice("app.help", "?", "help"), Choice("app.quit", "q", "quit"))


@dataclass(frozen=True, slots=True)
class Pane:
    """One thing to look at: the facts (handle None), or what a handle leads to."""

    kind: str
    title: str
    handle: Handle | None = None


NOWHERE = Pane("", "")
TAB_WIDTH = 32
STANDING_SHRINKS = 2  # what the stage says


def panes(stage: Stage) -> tuple[Pane, ...]:
    """Facts first, then the native objects, then the logs."""
    found = [Pane(handle.kind, handle.title, handle) for handle in stage.handles]
    return (Pane(FACTS, "facts"), *sorted(found, key=lambda pane: pane.kind != "object"))


class StageScreen(Screen[None], inherit_bindings=False):
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

    class Left(Message):
        """The person goes back; the cursor belongs on this stage."""

        def __init__(self, stage_id: str) -> None:
            super().__init__()
            self.stage_id = stage_id

    def __init__(self, rollout: Rollout, stage_id: str, kind: str, *, local_time: bool) -> None:
        super().__init__()
        self._rollout, self._stage_id, self._local_time = rollout, stage_id, local_time
        self._pane = NOWHERE
        self._first_kind = kind
        self._texts: dict[Handle, Opened] = {}
        self._asked: set[Handle] = set()
        self._tops: dict[Pane, tuple[int, int]] = {}
        self._searched = ""

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield EndsLine(id="stage")
        yield ChoiceLine(id="panes")
        yield Rule(id="source")
        yield LinesView(id="text")
        yield Input(id="search", placeholder="search", compact=True, select_on_focus=True)
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#keys", ChoiceLine).show(KEYS, KEPT_KEYS)
        self.query_one(LinesView).focus()
        self.action_kind(self._first_kind)

    @property
    def stage(self) -> Stage | None:
        return self._rollout.stage(self._stage_id)

    def show(self, rollout: Rollout, *, local_time: bool) -> None:
        """Draw this picture of the stage; texts that were read stay as they were read."""
        self._rollout, self._local_time = rollout, local_time
        stage = self.stage
        if stage is None:
            return
        self.query_one("#header", EndsLine).show(*lane_lines.header(rollout, local=local_time))
        self.query_one("#stage", EndsLine).show(*_standing(stage, rollout), shrinks=STANDING_SHRINKS)
        tabs = [
            Choice(str(i), "", shortened_middle(pane.title, TAB_WIDTH), pane == self._pane)
            for i, pane in enumerate(panes(stage))
        ]
        self.query_one("#panes", ChoiceLine).show(tabs)
        if self._pane.kind == FACTS:
            view = self.query_one(LinesView)
            width = view.scrollable_content_region.width
            view.show(fact_lines.facts(stage, rollout, local=local_time, width=width))
        elif self._pane.handle is None and any(pane.kind == self._pane.kind for pane in panes(stage)):
            self.action_kind(self._pane.kind)  # what was waited for is there now

    def given(self, handle: Handle, opened: Opened) -> None:
        """The text behind a handle, as it was just read."""
        self._asked.discard(handle)
        self._texts[handle] = opened
        if self._pane.handle == handle:
            self._show_text(handle)

    def action_pane(self, step: int) -> None:
        if self.stage is not None:
            choices = panes(self.stage)
            here = choices.index(self._pane) if self._pane in choices else 0
            self._enter(choices[(here + step) % len(choices)])

    def action_kind(self, kind: str) -> None:
        """The first pane of a kind, or the next one after the current."""
        if self.stage is None:
            return
        choices = [pane for pane in panes(self.stage) if pane.kind == kind]
        if choices:
            here = choices.index(self._pane) if self._pane in choices else -1
            self._enter(choices[(here + 1) % len(choices)])
        else:
            self._enter(Pane(kind, f"no {kind}"))
            self.query_one(LinesView).show(TextLines((f" This stage has no {kind} yet.",)))

    def action_stage(self, number: int) -> None:
        if number <= len(self._rollout.stages):
            self._stage_id = self._rollout.stages[number - 1].id
            self.action_kind(self._pane.kind)

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

    def action_leave(self) -> None:
        """One level up: out of the search box, out of the search, out of the stage."""
        box, view = self.query_one(Input), self.query_one(LinesView)
        if box.display:
            box.display = False
            self.set_focus(view)
        elif self._searched:
            box.value = ""
            view.search("")
        else:
            self.post_message(self.Left(self._stage_id))

    def action_find(self) -> None:
        box, view = self.query_one(Input), self.query_one(LinesView)
        box.display = False
        self.set_focus(view)
        view.search(box.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While a text to search is typed, `/` is a letter; Enter means something only then."""
        typing = self.is_mounted and bool(self.query_one(Input).display)
        return {"search": not typing, "find": typing}.get(action, True)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.call_after_refresh(self._shown_again)

    def on_lines_view_searched(self, message: LinesView.Searched) -> None:
        self._searched = message.query
        found = f"{message.hit} of {message.hits}" if message.hits else "not found"
        self._show_source(f"“{message.query}” {found}" if message.query else "")

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.line.id == "keys":
            await self.run_action("leave" if message.choice_id == "app.back" else message.choice_id)
        elif self.stage is not None:
            self._enter(panes(self.stage)[int(message.choice_id)])

    def _shown_again(self) -> None:
        """Wrap the facts to the width that the layout has just given the view; unless the screen was left meanwhile."""
        if self.is_attached:
            self.show(self._rollout, local_time=self._local_time)

    def _enter(self, pane: Pane) -> None:
        view = self.query_one(LinesView)
        self._tops[self._pane] = view.scroll_offset
        self._pane = pane
        self.show(self._rollout, local_time=self._local_time)
        self._show_source("")
        if pane.handle is not None:
            if pane.handle in self._texts:
                self._show_text(pane.handle)
            else:
                self._want(pane.handle)
        x, y = self._tops.get(pane, (0, 0))
        view.scroll_to(x, y, animate=False, force=True)

    def _want(self, handle: Handle) -> None:
        if handle not in self._asked:
            self._asked.add(handle)
            self.post_message(self.Wanted(self, handle))
        self._show_source("reading…")
        if handle not in self._texts:
            self.query_one(LinesView).show(TextLines((f" reading {handle.locator} …",)))

    def _show_text(self, handle: Handle) -> None:
        opened = self._texts[handle]
        self._show_source("")
        self.query_one(LinesView).show(TextLines(opened.lines or (" (empty)",)))

    def _show_source(self, ending: str) -> None:
        """Where the text comes from, and what a reader must know about it."""
        handle = self._pane.handle
        opened = self._texts.get(handle) if handle is not None else None
        title = "" if handle is None else opened.locator if opened is not None else handle.locator
        self.query_one("#source", Rule).show(title, ending or (opened.note if opened is not None else ""))


def _standing(stage: Stage, rollout: Rollout) -> tuple[list[Content], list[Content]]:
    mark, budget = STAGE[stage.state], stage.budget
    number = next(index for index, other in enumerate(rollout.stages, 1) if other.id == stage.id)
    used = budget.used_seconds if budget.used_seconds is not None else stage.elapsed_seconds
    left = [
        Content.assemble((f"{mark.glyph} {mark.word}", mark.style)),
        Content(f"{number} {stage.id}").stylize("bold"),
        Content(stage.reason or stage.says),
    ]
    limit = f" of {wording.whole(budget.seconds)} s" if budget.seconds is not None else ""
    right = [Content(f"{wording.seconds(used)} s{limit}").stylize(BURN[budget.state])] if used is not None else []
    return left, right
