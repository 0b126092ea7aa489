"""A Rollout's stages as rows of the timeline, and the axis they share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from textual.content import Content

from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import ENDED, Read, Rollout, Stage
from tui import wording
from tui.look import BAR, BASELINE, BURN, END_TO_END, FORECAST, QUALITY, READ, STAGE
from tui.screens.lane_lines import STALE
from tui.screens.side_lists import TROUBLE
from tui.showing import Showing
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


def axis(rollout: Rollout, moment: datetime | None = None) -> Axis:
    """`moment`: of a log that was read, which is marked where the axis reaches it."""
    zero = start_of(rollout)
    ends = [(_end(stage, rollout) - zero).total_seconds() for stage in rollout.stages if zero and stage.started_at]
    budget = rollout.budget.seconds
    limit = max(
        [LEAST_AXIS_SECONDS, MARGIN * (budget or 0), rollout.elapsed_seconds or 0, rollout.forecast_seconds or 0, *ends]
    )
    lines = [Line(rollout.baseline_seconds, BASELINE, "$text-muted")] if rollout.baseline_seconds else []
    if budget:
        lines.append(Line(budget, END_TO_END, "$text-muted"))
    if rollout.forecast_seconds and rollout.state in {"running", "pending"}:
        breaches = budget is not None and rollout.forecast_seconds > budget
        lines.append(Line(rollout.forecast_seconds, FORECAST, "bold $doubt" if breaches else "$running"))
    if (read := _read_at(rollout, moment)) is not None and read <= limit:
        lines.append(Line(read, READ, "bold $accent"))
    return Axis(limit, tuple(lines))


def _read_at(rollout: Rollout, moment: datetime | None) -> float | None:
    """Where on the axis the log is that was read; None where that was before its zero."""
    zero = start_of(rollout)
    seconds = (moment - zero).total_seconds() if moment is not None and zero is not None else -1.0
    return seconds if seconds >= 0 else None


def problems(rollout: Rollout) -> frozenset[str]:
    """The ids of stages that went wrong, may not be what they seem, or are about to breach."""
    return frozenset(
        stage.id
        for stage in rollout.stages
        if stage.state in {"failed", "cancelled", "unknown"}
        or stage.quality in TROUBLE
        or stage.budget.state in {"at-risk", "over"}
        or any(finding.stage == stage.id and finding.severity != "info" for finding in rollout.findings)
    )


def sentence(stage_id: str, showing: Showing) -> list[Content]:
    """All that a row says, for a line of its own: in the row it may be cut."""
    rollout, stage = showing.rollout, showing.rollout.stage(stage_id)
    if stage is None:
        return []
    mark = STAGE[stage.state]
    return [Content.assemble((f"{mark.glyph} {mark.word}  ", mark.style), whole(stage, rollout))]


def whole(stage: Stage, rollout: Rollout) -> tuple[str, str]:
    """All that there is to say of a stage, and its style."""
    return _unconfirmed(stage, rollout) or _says(replace(stage, says=stage.reason or stage.says), rollout)


def legend(rollout: Rollout, moment: datetime | None = None) -> str:
    """What the vertical lines of the axis mean."""
    parts = []
    if rollout.baseline_seconds:
        parts.append(f"{BASELINE} baseline {wording.whole(rollout.baseline_seconds)} s")
    if rollout.budget.seconds:
        parts.append(f"{END_TO_END} budget {wording.whole(rollout.budget.seconds)} s")
    if rollout.forecast_seconds and rollout.state in {"running", "pending"}:
        parts.append(f"{FORECAST} forecast {rollout.forecast_seconds:.0f} s")
    if (read := _read_at(rollout, moment)) is not None:
        parts.append(f"{READ} log {read:.1f} s")
    return "  ".join(parts)


def rows(showing: Showing) -> tuple[TimelineRow, ...]:
    rollout = showing.rollout
    groups: dict[str, list[Stage]] = defaultdict(list)
    for stage in rollout.stages:
        groups[stage.budget.id or stage.id].append(stage)
    wanted = problems(rollout) if showing.problems_only else {stage.id for stage in rollout.stages}
    return tuple(
        _row(stage, groups[stage.budget.id or stage.id], showing) for stage in rollout.stages if stage.id in wanted
    )


def _row(stage: Stage, group: list[Stage], showing: Showing) -> TimelineRow:
    rollout = showing.rollout
    mark = STAGE[stage.state]
    budget = stage.budget
    used = budget.used_seconds if budget.used_seconds is not None else stage.elapsed_seconds
    says, says_style = _cost(stage, rollout) if showing.costs else _says(stage, rollout)
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
        age_style="bold $doubt" if stage.quality in STALE | SILENT else "$text-muted",
        tells_word=stage.state in TELLS_WORD and stage.quality not in STALE and not showing.costs,
    )


def _cost(stage: Stage, rollout: Rollout) -> tuple[str, str]:
    """What asking this authority has taken so far."""
    read = _read(stage, rollout)
    if read is None or read.outcome is None:
        return "not asked", "$text-muted"
    return wording.cost(read.cost), ""


def _read(stage: Stage, rollout: Rollout) -> Read | None:
    return next((read for read in rollout.reads if read.authority == stage.authority), None)


def _says(stage: Stage, rollout: Rollout) -> tuple[str, str]:
    """What the row says in words: trouble with its authority first, while the stage has not ended."""
    quality = stage.quality
    if quality in SILENT and stage.state not in ENDED:
        read = _read(stage, rollout)
        reason = (read.reason if read else "") or stage.reason or stage.says
        mark = QUALITY[quality]
        return f"{mark.glyph} {mark.word}{f': {reason}' if reason else ''}", mark.style
    text = stage.reason or stage.says if stage.state == "skipped" else stage.says or stage.reason
    if quality in STALE:
        said, mark = _last_said(stage), QUALITY[quality]
        return f"{mark.glyph} {f'was: {said}' if said else _trouble(stage, rollout) or mark.word}", "dim"
    return text, "" if stage.state not in {"pending", "skipped"} else "$text-muted"


def _unconfirmed(stage: Stage, rollout: Rollout) -> tuple[str, str] | None:
    """What an old row rests on, whole: why its authority does not answer, and what it said last, how long ago."""
    if stage.quality not in STALE or stage.age_seconds is None:
        return None
    mark, ago, said = QUALITY[stage.quality], wording.span(stage.age_seconds), _last_said(stage)
    last = f"{ago} ago it was: {said}" if said else f"not heard for {ago}"
    return f"{mark.glyph} {mark.word}: {'; '.join(filter(None, (_trouble(stage, rollout), last)))}", "dim"


def _last_said(stage: Stage) -> str:
    return stage.last_said if stage.state == "unknown" else stage.says


def _trouble(stage: Stage, rollout: Rollout) -> str:
    """Why the stage's authority does not answer now; "" where it does."""
    read = _read(stage, rollout)
    return (read.reason or str(read.outcome)) if read is not None and read.has_failed else ""


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
