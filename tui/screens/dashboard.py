"""The screen of one lane: timeline above, fields and findings below."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from lanewatch.rollout.rollout import Rollout
from tui import wording
from tui.attention import matters
from tui.screens import lane_lines, side_lists, timeline_rows
from tui.screens.key_line import KEPT_KEYS, working
from tui.screens.lane_screen import LaneScreen
from tui.showing import Showing
from widgets.field_list import FieldList
from widgets.lines import Choice, ChoiceLine, Divider, EndsLine, Rule
from widgets.note_list import NoteList
from widgets.rows_list import RowsList
from widgets.timeline import Timeline

SMALLEST = (60, 16)
LABELS_FROM_HEIGHT = 30  # lower: no row of axis labels
RULE_FROM_HEIGHT = 24  # lower: no rule above the timeline
BOTH_PANES_FROM_WIDTH = 72  # narrower: one list at a time
CHANGES_FROM_HEIGHT = 44  # lower: the lists need the room
STAGE_KEYS = 9
FRAME_SECONDS = 0.5  # running bars move so often: an eighth of a cell is 0.44 s at 120 columns

KEYS = (
    Choice("move", "↑↓ 1-8", "stage"),
    Choice("open('facts')", "enter", "open"),
    Choice("open('log')", "l", "log"),
    Choice("open('object')", "o", "object"),
    Choice("app.problems", "!", "problems"),
    Choice("app.earlier", "[ ]", "rewind"),
    Choice("app.export", "e", "export"),
    Choice("app.board", "b", "board"),
    Choice("app.choose", "c", "commit"),
    Choice("app.command", ":", "command"),
)


class Dashboard(LaneScreen, inherit_bindings=False):
    """Draws what is given to `show`; says `Wanted` when a stage's drill-down is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"stage({number})", f"stage {number}", id=f"stage.{number}", show=False)
            for number in range(1, STAGE_KEYS)
        ),
        Binding("f", "open('facts')", "facts of the stage", id="open.facts"),
        Binding("o", "open('object')", "native object of the stage", id="open.object"),
        Binding("l", "open('log')", "log of the stage", id="open.log"),
        Binding("i", "open('history')", "history of the stage", id="open.history"),
        Binding("z", "maximise", "the focused list over the whole screen", id="maximise"),
        Binding("tab", "pane(1)", "next list", id="pane.next"),
        Binding("shift+tab", "pane(-1)", "previous list", id="pane.previous"),
        Binding("escape", "pane(0)", "back to the timeline", id="pane.timeline"),
    ]

    class Wanted(Message):
        """A drill-down: the stage, and which of its panes first ("facts", "object", "log" or "history")."""

        def __init__(self, stage_id: str, pane: str) -> None:
            super().__init__()
            self.stage_id = stage_id
            self.pane = pane

    def __init__(self, showing: Showing, *, smooth: bool) -> None:
        super().__init__()
        self._smooth = smooth
        self._showing = showing
        self._keys_for: bool | None = None
        self._shown_at = 0.0  # on the loop's clock
        self._rate = 1.0  # seconds of the lane in one of ours: a demo may run faster

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield EndsLine(id="lane")
        yield EndsLine(id="banner")
        yield Rule(id="axis-rule")
        yield Timeline(id="timeline")
        yield EndsLine(id="says")
        with Horizontal(id="lists"):
            with Vertical(id="fields-pane"):
                yield Rule(id="fields-rule", title="fields")
                yield FieldList(empty="no field has a problem", id="fields")
            yield Divider(id="divider")
            with Vertical(id="findings-pane"):
                yield Rule(id="findings-rule", title="findings")
                yield NoteList(id="findings", empty="nothing to report")
        with Vertical(id="changes-pane"):
            yield Rule(id="changes-rule", title="what changed, newest first")
            yield RowsList(empty="nothing has changed yet", id="changes")
        yield ChoiceLine(id="keys")
        yield EndsLine(id="too-small")

    def on_mount(self) -> None:
        self.query_one(Timeline).focus()
        self.show(self._showing)
        if self._smooth:
            self.set_interval(FRAME_SECONDS, self._frame)

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-too-small")
        self.set_class(width < BOTH_PANES_FROM_WIDTH, "-one-list")
        self.set_class(height < RULE_FROM_HEIGHT, "-short")
        self.set_class(height >= CHANGES_FROM_HEIGHT, "-tall")
        text = f"too small: {SMALLEST[0]}×{SMALLEST[1]} needed, this is {width}×{height}"
        self.query_one("#too-small", EndsLine).show([Content(text)])
        self._show_timeline()
        self._show_changes()

    @property
    def rollout(self) -> Rollout:
        return self._showing.rollout

    @property
    def stage_id(self) -> str:
        """The stage under the cursor."""
        return self.query_one(Timeline).cursor

    def show(self, showing: Showing) -> None:
        """Draw this; what did not change costs nothing on the terminal."""
        self._pace(showing)
        self._showing = showing
        self.query_one("#header", EndsLine).show(*lane_lines.header(showing))
        self.query_one("#header").set_class(showing.past is not None, "-past")
        left, right = lane_lines.lane(showing)
        self.query_one("#lane", EndsLine).show(left, right, shrinks=lane_lines.LANE_SHRINKS)
        self.query_one("#banner", EndsLine).show(lane_lines.banner(showing))
        self.query_one("#banner").display = bool(showing.banner)
        self._show_timeline()
        self.query_one(FieldList).show(side_lists.fields(showing))
        notes, coverage = side_lists.findings(showing), lane_lines.coverage(showing.rollout)
        self.query_one("#fields-rule", Rule).show("fields", coverage)
        title = f"findings {len(notes)}" if notes else "findings"
        self.query_one("#findings-rule", Rule).show(title, coverage if self.has_class("-one-list") else "")
        self.query_one(NoteList).show(notes)
        self._show_changes()
        self._show_keys()

    def values(self) -> Sequence[tuple[str, str]]:
        """What can be copied from here, each with its name."""
        fields = [(name, wording.value(cell.fact, cell.quality)) for name, cell in self.rollout.fields.items()]
        findings = [(finding.id, finding.message) for finding in self.rollout.findings]
        return [("summary", lane_lines.summary(self.rollout)), *findings, *fields]

    def select(self, stage_id: str) -> None:
        """Put the cursor on a stage, as on return from its drill-down."""
        self.query_one(Timeline).select(stage_id)

    def action_stage(self, number: int) -> None:
        if number <= len(self.rollout.stages):
            self.select(self.rollout.stages[number - 1].id)

    def action_open(self, pane: str) -> None:
        if cursor := self.stage_id:
            self.post_message(self.Wanted(cursor, pane))

    def action_maximise(self) -> None:
        """The list that has the focus gets the whole screen, or gives it back."""
        focused = self.focused.id if self.focused is not None else "timeline"
        self.set_class(not self.has_class("-maximised"), "-maximised")
        for name in ("timeline", "fields", "findings", "changes"):
            self.set_class(focused == name, f"-{name}-maximised")

    def action_pane(self, step: int) -> None:
        """Focus the next list; where only one has room, bring it to the front. 0: the timeline."""
        self.remove_class("-maximised")
        lists = ["findings", "fields"] if self.has_class("-one-list") else ["fields", "findings"]
        order = ["timeline", *lists, *(["changes"] if self.has_class("-tall") else [])]
        focused = self.focused.id if self.focused is not None and self.focused.id in order else order[0]
        target = order[(order.index(focused or order[0]) + step) % len(order)] if step else order[0]
        self.set_class(target == "fields", "-fields-first")
        self.query_one(f"#{target}").focus()

    def on_timeline_moved(self) -> None:
        self._show_says()

    def on_timeline_chosen(self, message: Timeline.Chosen) -> None:
        self.post_message(self.Wanted(message.stage_id, "facts"))

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.choice_id != "move":
            await self.run_action(message.choice_id)

    def _show_keys(self) -> None:
        """The keys of the last line: only those that do something here. Which do changes with the past only."""
        if self._keys_for == (self._showing.past is None):
            return
        self._keys_for = self._showing.past is None
        self.query_one("#keys", ChoiceLine).show(working(self, KEYS), working(self, KEPT_KEYS))

    def _show_timeline(self) -> None:
        rollout, showing = self.rollout, self._showing
        rows = timeline_rows.rows(showing)
        only = f"problems only: {len(rows)} of {len(rollout.stages)} stages" if showing.problems_only else ""
        told = (only, lane_lines.cost(rollout) if showing.costs else lane_lines.outlook(rollout))
        self.query_one("#axis-rule", Rule).show(
            "  ".join(filter(None, told)), timeline_rows.legend(rollout, self._showing.moment)
        )
        labelled = self.size.height >= LABELS_FROM_HEIGHT
        empty = "no stage has a problem"
        timeline = self.query_one(Timeline)
        axis, first = timeline_rows.axis(rollout, self._showing.moment), matters(rollout)
        timeline.show(axis, rows, labelled=labelled, empty=empty, matters=first)
        self._show_says()

    def _show_changes(self) -> None:
        if self.has_class("-tall"):
            from tui.screens.happenings import happenings

            self.query_one(RowsList).show(happenings(self._showing))

    def _show_says(self) -> None:
        """What the chosen stage says, whole: in its row it may be cut."""
        self.query_one("#says", EndsLine).show(timeline_rows.sentence(self.stage_id, self._showing))

    def _pace(self, showing: Showing) -> None:
        """How fast the lane's time goes by, from this picture and the one before it."""
        before, now = self.rollout.now, showing.rollout.now
        passed = now.steady - before.steady
        if showing.past is None and 0.2 < passed < 5:
            self._rate = (now.wall - before.wall).total_seconds() / passed
        self._shown_at = time.monotonic()

    def _frame(self) -> None:
        """Between two pictures a running bar goes on, for at most one second: a dead session does not run."""
        if self.is_current and self._showing.past is None:
            self.query_one(Timeline).advance(min(time.monotonic() - self._shown_at, 1.0) * self._rate)
