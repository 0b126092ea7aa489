"""The panes of a stage's drill-down: which there are, and what stands in the line above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import Rollout, Stage
from lanewatch.watch.stage_logs import log_handles
from tui import wording
from tui.look import BURN, STAGE
from tui.screens.timeline_rows import whole
from widgets.lines import Choice

FACTS = "facts"
HISTORY = "history"
OBJECT = "object"
LOG = "log"
STANDING_SHRINKS = 2  # what the stage says


@dataclass(frozen=True, slots=True)
class Pane:
    """One thing to look at: the facts or the history (handle None), or what a handle leads to."""

    kind: str
    title: str
    handle: Handle | None = None

    def is_a(self, kind: str) -> bool:
        """Whether it is of this kind, or the drill-down of this name."""
        return self.kind == kind or (self.handle is not None and bool(kind) and self.handle.drilldown == kind)


NOWHERE = Pane("", "")
KEYS = (
    Choice("leave", "esc", "back"),
    Choice("pane(1)", "tab", "next pane"),
    Choice("search", "/", "search"),
    Choice("first_error", "E", "first error"),
    Choice("matches", "&", "matches"),
    Choice("wrap", "w", "wrap"),
    Choice("fold_here", "-", "fold"),
    Choice("stamps", "t", "times"),
    Choice("fold", "-", "fold"),
    Choice("beside", "s", "beside"),
    Choice("asides", "x", "init, sidecars"),
    Choice("maximise", "z", "maximise"),
    Choice("again", "r", "read again"),
    Choice("app.copy", "y", "copy"),
    Choice("app.earlier", "[ ]", "rewind"),
)


def panes(stage: Stage, rollout: Rollout, asides: Sequence[Handle] = ()) -> tuple[Pane, ...]:
    """Facts first, then the native objects under the spec's names, then the logs; the history ends them.

    `asides`: logs of init containers and sidecars, while somebody wants them.
    """
    handles = (*(one for one in stage.handles if one.kind == OBJECT), *log_handles(rollout, stage), *asides)
    return (Pane(FACTS, FACTS), *(Pane(one.kind, one.title, one) for one in handles), Pane(HISTORY, HISTORY))


def standing(stage: Stage, rollout: Rollout) -> tuple[list[Content], list[Content]]:
    """How the stage stands, in one line: left and right parts."""
    mark, budget = STAGE[stage.state], stage.budget
    number = next(index for index, other in enumerate(rollout.stages, 1) if other.id == stage.id)
    used = budget.used_seconds if budget.used_seconds is not None else stage.elapsed_seconds
    left = [
        Content.assemble((f"{mark.glyph} {mark.word}", mark.style)),
        Content(f"{number} {stage.id}").stylize("bold"),
        Content.assemble(whole(stage, rollout)),
    ]
    limit = f" of {wording.whole(budget.seconds)} s" if budget.seconds is not None else ""
    right = [Content(f"{wording.seconds(used)} s{limit}").stylize(BURN[budget.state])] if used is not None else []
    return left, right
