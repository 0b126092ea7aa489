"""All lanes, one line each, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from lanewatch.output.joined import joined
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.board import BoardLine
from tui import wording
from tui.look import BURN, LANE
from tui.screens import timeline_rows
from tui.screens.key_line import KEPT_KEYS
from widgets.lines import Choice, ChoiceLine, EndsLine, Rule
from widgets.pick_list import Pick, PickColumns, PickList

COLUMNS = PickColumns(("", "target", "commit", "says", "used / budget", "age", "problems"), 3, frozenset({4, 5, 6}), 14)
# Worst first: what is broken, what nobody knows, what breaches, what works, what is done, what was not read.
RANKS = ("failed", "unknown", "superseded", "running", "pending", "succeeded")
NOT_READ = len(RANKS)
KEYS = (Choice("open", "enter", "open"), Choice("leave", "esc", "back"), Choice("app.command", ":", "command"))


class BoardScreen(Screen[None], inherit_bindings=False):
    """Draws the lines given to `show`; says `Wanted` when one is to be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back to the lane", id="back"),
    ]
    CSS_PATH = "board.tcss"

    class Wanted(Message):
        """A lane is to be watched; `commit` None: its newest."""

        def __init__(self, target: str, commit: str | None) -> None:
            super().__init__()
            self.target, self.commit = target, commit

    def __init__(self, lines: Sequence[BoardLine], now: float, *, problems_only: bool) -> None:
        super().__init__()
        self._lines, self._now, self._problems_only = lines, now, problems_only

    def compose(self) -> ComposeResult:
        yield EndsLine(id="header")
        yield Rule(id="rule")
        yield PickList(COLUMNS, id="lanes")
        yield EndsLine(id="says")
        yield ChoiceLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#keys", ChoiceLine).show(KEYS, KEPT_KEYS)
        self.query_one(PickList).focus()
        self.show(self._lines, self._now, problems_only=self._problems_only)

    def show(self, lines: Sequence[BoardLine], now: float, *, problems_only: bool) -> None:
        """Draw these; the cursor stays on its lane wherever it is sorted to."""
        self._lines, self._now, self._problems_only = lines, now, problems_only
        wanted = [line for line in lines if not problems_only or is_problem(line)]
        counts = [f"{sum(_state(line) == state for line in lines)} {state}" for state in RANKS]
        said = [count for count in counts if not count.startswith("0 ")]
        left = [Content("lanewatch").stylize("bold $accent"), Content("board").stylize("bold")]
        order = Content("worst first; age since its last sweep").stylize("$text-muted")
        self.query_one("#header", EndsLine).show(left, [order, Content(wording.counted(len(lines), "lane"))])
        only = f"problems only: {len(wanted)} of {len(lines)} lanes" if problems_only else ", ".join(said)
        self.query_one("#rule", Rule).show(only)
        picks = [pick(line, now) for line in sorted(wanted, key=rank)]
        self.query_one(PickList).show(picks, empty="no lane has a problem" if problems_only else "no enabled target")
        self._show_says()

    def on_pick_list_moved(self) -> None:
        self._show_says()

    def _show_says(self) -> None:
        """What the chosen lane says, whole: in its row it may be cut."""
        line = next((line for line in self._lines if line.id == self.query_one(PickList).cursor), None)
        says = "" if line is None else line.trouble if line.rollout is None else _says(line.rollout)
        self.query_one("#says", EndsLine).show([Content(says)])

    def on_pick_list_picked(self, message: PickList.Picked) -> None:
        line = next((line for line in self._lines if line.id == message.pick_id), None)
        if line is not None:
            self.post_message(self.Wanted(line.target, line.commit))

    async def on_choice_line_pressed(self, message: ChoiceLine.Pressed) -> None:
        if message.choice_id == "open":
            self.query_one(PickList).action_pick()
        else:
            await self.run_action(message.choice_id)

    def action_leave(self) -> None:
        self.app.pop_screen()


def rank(line: BoardLine) -> tuple[int, int, str]:
    """Where a line stands: by state, breaching before not, then by name."""
    state = _state(line)
    breaches = line.rollout is not None and line.rollout.budget.state in {"over", "at-risk"}
    return RANKS.index(state) if state in RANKS else NOT_READ, not breaches, line.id


def is_problem(line: BoardLine) -> bool:
    if line.trouble:
        return True
    rollout = line.rollout
    return rollout is not None and (rollout.state in {"failed", "unknown", "superseded"} or _problems(rollout) > 0)


def pick(line: BoardLine, now: float) -> Pick:
    """One line of the board as cells."""
    age = ("…" if line.asking and line.read_at is None else wording.age(line.age(now)), "$text-muted")
    rollout = line.rollout
    if rollout is None:
        says = line.trouble or ("asking…" if line.asking else "not asked yet")
        style = "bold $bad" if line.trouble else "$text-muted"
        commit = (wording.short(line.commit) if line.commit else "", "$text-muted")
        return Pick(line.id, (("✖" if line.trouble else "·", style), (line.target, ""), commit, (says, style),
                              ("", ""), age, ("", "")))  # fmt: skip
    mark = LANE[rollout.state]
    used = f"{wording.seconds(rollout.elapsed_seconds)}" if rollout.elapsed_seconds is not None else "–"
    budget = f" / {wording.whole(rollout.budget.seconds)}" if rollout.budget.seconds is not None else ""
    problems = _problems(rollout)
    cells = (
        (f"{mark.glyph} {mark.word}", mark.style),
        (line.target, "bold"),
        (wording.short(rollout.commit) if rollout.commit else "", ""),
        (_says(rollout), ""),
        (used + budget, BURN[rollout.budget.state]),
        age,
        (str(problems) if problems else "", "bold $doubt"),
    )
    return Pick(line.id, cells)


def _says(rollout: Rollout) -> str:
    """The worst finding, else what the stage that runs says, else what was delivered."""
    worst = next((one for one in joined(rollout) if one.severity != "info"), None)
    if worst is not None:
        return worst.message
    running = [stage for stage in rollout.stages if stage.state == "running"]
    if running:
        return f"{running[-1].id}: {running[-1].says}"
    return rollout.commit_subject


def _problems(rollout: Rollout) -> int:
    findings = sum(one.severity != "info" for one in joined(rollout))
    return findings or len(timeline_rows.problems(rollout))


def _state(line: BoardLine) -> str:
    return "" if line.rollout is None else line.rollout.state
