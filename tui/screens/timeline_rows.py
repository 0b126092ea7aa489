"""A Rollout's stages as rows of the timeline, and the axis they share."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import ENDED, Rollout, Stage
from tui import wording
from tui.look import BAR, BASELINE, BURN, END_TO_END, QUALITY, STAGE
from widgets.bar import Axis, Bar, Line
from widgets.timeline import TimelineRow

MARGIN = 1.3  # the axis reaches 130 % of the end-to-end budget, so that a breach has room to show
TELLS_WORD = frozenset({"reused", "failed", "cancelled", "skipped", "unknown"})
SILENT = frozenset({Quality.DENIED, Quality.INVALID, Quality.ERROR, Quality.UNCONFIGURED})
LEAST_AXIS_SECONDS = 60.0


def start_of(rollout: Rollout) -> datetime | None:
    """The zero of the axis: t0, else the first start that is known."""
    if rollout.t0 is not None and rollout.t0.fact.source_time is not None:
        return rollout.t0.fact.source_time
    return min((stage.started_at for stage in rollout.stages if stage.started_at is not None), default=None)


def axis(rollout: Rollout) -> Axis:
    zero = start_of(rollout)
    ends = [(_end(stage, rollout) - zero).total_seconds() for stage in rollout.stages if zero and stage.started_at]
    budget = rollout.budget.seconds
    limit = max([LEAST_AXIS_SECONDS, MARGIN * (budget or 0), rollout.elapsed_seconds or 0, *ends])
    lines = [Line(rollout.baseline_seconds, BASELINE, "$text-muted")] if rollout.baseline_seconds else []
    if budget:
        lines.append(Line(budget, END_TO_END, "$text-muted"))
    return Axis(limit, tuple(lines))


def legend(rollout: Rollout) -> str:
    """What the vertical lines of the axis mean."""
    parts = []
    if rollout.baseline_seconds:
        parts.append(f"{BASELINE} baseline {wording.whole(rollout.baseline_seconds)} s")
    if rollout.budget.seconds:
        parts.append(f"{END_TO_END} budget {wording.whole(rollout.budget.seconds)} s")
    return "  ".join(parts)


def rows(rollout: Rollout) -> tuple[TimelineRow, ...]:
    groups: dict[str, list[Stage]] = defaultdict(list)
    for stage in rollout.stages:
        groups[stage.budget.id or stage.id].append(stage)
    return tuple(_row(stage, groups[stage.budget.id or stage.id], rollout) for stage in rollout.stages)


def _row(stage: Stage, group: list[Stage], rollout: Rollout) -> TimelineRow:
    mark = STAGE[stage.state]
    budget = stage.budget
    used = budget.used_seconds if budget.used_seconds is not None else stage.elapsed_seconds
    says, says_style = _says(stage, rollout)
    return TimelineRow(
        id=stage.id,
        glyph=mark.glyph,
        word=mark.word,
        style=mark.style,
        name=stage.id,
        bar=_bar(stage, group, rollout),
        used="–" if stage.started_at is None and stage.state in {"pending", "skipped"} else wording.seconds(used),
        budget="–" if budget.seconds is None else wording.whole(budget.seconds),
        used_style=BURN[budget.state],
        bracket=_bracket(stage, group),
        says=says,
        says_style=says_style,
        age=wording.age(stage.age_seconds),
        age_style="bold $doubt" if stage.quality in {Quality.AGEING, Quality.STALE} else "$text-muted",
        tells_word=stage.state in TELLS_WORD,
    )


def _says(stage: Stage, rollout: Rollout) -> tuple[str, str]:
    """What the row says in words: trouble with its authority first, while the stage has not ended."""
    quality = stage.quality
    if quality in SILENT and stage.state not in ENDED:
        read = next((read for read in rollout.reads if read.authority == stage.authority), None)
        reason = (read.reason if read else "") or stage.reason or stage.says
        mark = QUALITY[quality]
        return f"{mark.glyph} {mark.word}: {reason}" if reason else f"{mark.glyph} {mark.word}", mark.style
    text = stage.reason or stage.says if stage.state in TELLS_WORD - {"reused"} else stage.says
    if quality in {Quality.AGEING, Quality.STALE}:
        return f"{QUALITY[quality].glyph} {QUALITY[quality].word}: {text}", "dim"
    return text, "" if stage.state not in {"pending", "skipped"} else "$text-muted"


def _bracket(stage: Stage, group: list[Stage]) -> str:
    if len(group) < 2:
        return ""
    return "┐" if stage is group[0] else "┘" if stage is group[-1] else "┤"


def _bar(stage: Stage, group: list[Stage], rollout: Rollout) -> Bar | None:
    zero = start_of(rollout)
    if stage.started_at is None or zero is None or (stage.finished_at is None and stage.state in ENDED):
        return None
    clock_start = min(member.started_at for member in group if member.started_at is not None)
    budget = stage.budget.seconds
    return Bar(
        start=(stage.started_at - zero).total_seconds(),
        end=(_end(stage, rollout) - zero).total_seconds(),
        style=BAR[stage.state],
        budget_end=None if budget is None else (clock_start - zero).total_seconds() + budget,
        open=stage.state == "running",
        over_style="bold $bad",
        track_style="$text-muted",
    )


def _end(stage: Stage, rollout: Rollout) -> datetime:
    """Where a bar ends: at its finish, at now while it runs; an unknown one where the lane's clock stopped."""
    if stage.finished_at is not None:
        return stage.finished_at
    zero = start_of(rollout)
    if stage.state == "running" or zero is None or rollout.elapsed_seconds is None:
        return rollout.now.wall
    stopped = zero + timedelta(seconds=rollout.elapsed_seconds)
    return max(stopped, stage.started_at or stopped)
