"""The screen of one lane: timeline above, fields and findings below."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from lanewatch.rollout.rollout import Rollout
from tui.screens import lane_lines, side_lists, timeline_rows
from widgets.field_list import FieldList
from widgets.lines import Choice, ChoiceLine, Divider, EndsLine, Rule
from widgets.note_list import NoteList
from widgets.timeline import Timeline

SMALLEST = (60, 16)
LABELS_FROM_HEIGHT = 30  # lower: no row of axis labels
RULE_FROM_HEIGHT = 24  # lower: no rule above the timeline
BOTH_PANES_FROM_WIDTH = 72  # narrower: one list at a time
STAGE_KEYS = 9

KEYS = (
    Choice("move", "↑↓ 1-8", "stage"),
    Choice("open('facts')", "enter", "open"),
    Choice("open('log')", "l", "log"),
    Choice("open('object')", "o", "object"),
    Choice("pane(1)", "tab", "lists"),
    Choice("app.sweep", "r", "sweep"),
)
KEPT_KEYS = (Choice("app.help", "?", "help"), Choice("app.quit", "q", "quit"))


class Dashboard(Screen[None], inherit_bindings=False):
    """Shows the Rollout given to `show`; says `Opened` when a stage's drill-down is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"stage({number})", f"stage {number}", id=f"stage.{number}", show=False)
            for number in range(1, STAGE_KEYS)
        ),
        Binding("f", "open('facts')", "facts of the stage", id="open.facts"),
        Binding("o", "open('object')", "native object of the stage", id="open.object"),
        Binding("l", "open('log')", "log of the stage", id="open.log"),
        Binding("tab", "pane(1)", "next list", id="pane.next"),
        Binding("shift+tab", "pane(-1)", "previous list", id="pane.previous"),
        Binding("escape", "pane(0)", "back to the timeline", id="pane.timeline"),
    ]
    CSS_PATH = "dashboard.tcss"

    class Wanted(Message):
        """A drill-down: the stage, and which of its panes first ("facts", "object" or "log")."""

        def __init__(self, stage_id: str, pane: str) -> None:
            super().__init__()
            self.stage_id = stage_id
            self.pane = pane

    def __init__(self, rollout: Rollout, *, local_time: bool) -> None:
        super().__init__()
        self._rollout, self._local_time = rollout, local_time

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield EndsLine(id="lane")
        yield Rule(id="axis-rule")
        yield Timeline(id="timeline")
        with Horizontal(id="lists"):
            with Vertical(id="fields-pane"):
                yield Rule("fields")
                yield FieldList(id="fields")
            yield Divider(id="divider")
            with Vertical(id="findings-pane"):
                yield Rule(id="findings-rule", title="findings")
                yield NoteList(id="findings", empty="nothing to report")
        yield ChoiceLine(id="keys")
        yield EndsLine(id="too-small")

    def on_mount(self) -> None:
        self.query_one("#keys", ChoiceLine).show(KEYS, KEPT_KEYS)
        self.query_one(Timeline).focus()
        self.show(self._rollout, local_time=self._local_time)

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-too-small")
        self.set_class(width < BOTH_PANES_FROM_WIDTH, "-one-list")
        self.set_class(height < RULE_FROM_HEIGHT, "-short")
        text = f"too small: {SMALLEST[0]}×{SMALLEST[1]} needed, this is {width}×{height}"
        self.query_one("#too-small", EndsLine).show([Content(text)])
        self._show_timeline()

    def show(self, rollout: Rollout, *, local_time: bool) -> None:
        """Draw this picture; what did not change costs nothing on the terminal."""
        self._rollout, self._local_time = rollout, local_time
        self.query_one("#header", EndsLine).show(*lane_lines.header(rollout, local=local_time))
        left, right = lane_lines.lane(rollout)
        self.query_one("#lane", EndsLine).show(left, right, shrinks=lane_lines.LANE_SHRINKS)
        self.query_one("#axis-rule", Rule).show("", timeline_rows.legend(rollout))
        self._show_timeline()
        self.query_one(FieldList).show(side_lists.fields(rollout))
        notes = side_lists.findings(rollout)
        self.query_one("#findings-rule", Rule).show(f"findings {len(notes)}" if notes else "findings")
        self.query_one(NoteList).show(notes)

    def select(self, stage_id: str) -> None:
        """Put the cursor on a stage, as on return from its drill-down."""
        self.query_one(Timeline).select(stage_id)

    def action_stage(self, number: int) -> None:
        if number <= len(self._rollout.stages):
            self.select(self._rollout.stages[number - 1].id)

    def action_open(self, pane: str) -> None:
        if cursor := self.query_one(Timeline).cursor:
            self.post_message(self.Wanted(cursor, pane))

    def action_pane(self, step: int) -> None:
        """Focus the next list; where only one has room, bring it to the front. 0: the timeline."""
        order = (
            ["timeline", "findings", "fields"] if self.has_class("-one-list") else ["timeline", "fields", "findings"]
        )
        focused = self.focused.id if self.focused is not None and self.focused.id in order else order[0]
        target = order[(order.index(focused or order[0]) + step) % len(order)] if step else order[0]
        self.set_class(target == "fields", "-fields-first")
        self.query_one(f"#{target}").focus()

    def on_timeline_chosen(self, message: Timeline.Chosen) -> None:
        self.post_message(self.Wanted(message.stage_id, "facts"))

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.choice_id != "move":
            await self.run_action(message.choice_id)

    def _show_timeline(self) -> None:
        labelled = self.size.height >= LABELS_FROM_HEIGHT
        self.query_one(Timeline).show(
            timeline_rows.axis(self._rollout), timeline_rows.rows(self._rollout), labelled=labelled
        )
