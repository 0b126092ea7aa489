"""A stage in words: everything its authority said, each with where it was read, when, and how far it is trusted."""

from __future__ import annotations

from textual.content import Content

from lanewatch.rollout.rollout import Cell, Finding, Read, Rollout, Stage
from tui import wording
from tui.look import BURN, QUALITY, SEVERITY, STAGE, VALUE

NAME_WIDTH = 18


class ContentLines:
    """Content in memory as Lines."""

    def __init__(self, lines: list[Content]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> Content:
        return self._lines[index]


def facts(stage: Stage, rollout: Rollout, *, local: bool) -> ContentLines:
    """The Facts pane of one stage."""
    lines = [*_standing(stage, local=local), *_read(stage, rollout), Content("")]
    for finding in rollout.findings:
        if finding.stage == stage.id:
            lines += _finding(finding)
    for cell in stage.cells:
        lines += _cell(cell, local=local)
    if not stage.cells:
        lines.append(Content(" nothing was read yet").stylize("$text-muted"))
    return ContentLines(lines)


def _standing(stage: Stage, *, local: bool) -> list[Content]:
    mark, budget = STAGE[stage.state], stage.budget
    off = f" ± {wording.seconds(stage.uncertainty_seconds)} s" if stage.uncertainty_seconds else ""
    rows = [_pair("state", Content.assemble((f"{mark.glyph} {mark.word}", mark.style)))]
    rows += [_pair("says", Content(stage.says))] if stage.says else []
    rows += [_pair("because", Content(stage.reason))] if stage.reason else []
    rows.append(_pair("authority", Content(f"{stage.authority}, run by {stage.owner}")))
    if stage.started_at is not None:
        rows.append(_pair("started", Content(wording.day_and_clock(stage.started_at, local=local) + off)))
    if stage.finished_at is not None:
        rows.append(_pair("finished", Content(wording.day_and_clock(stage.finished_at, local=local) + off)))
    if budget.seconds is not None:
        used = f"{wording.seconds(budget.used_seconds)} s of {wording.whole(budget.seconds)} s, {budget.state}"
        shared = f", one clock with {budget.shared_with}" if budget.shared_with else ""
        rows.append(_pair("budget", Content(f"{used}{shared} ({budget.id})").stylize(BURN[budget.state])))
    return rows


def _read(stage: Stage, rollout: Rollout) -> list[Content]:
    read = next((read for read in rollout.reads if read.authority == stage.authority), None)
    return [_pair("last read", _read_text(read))] if read is not None else []


def _read_text(read: Read) -> Content:
    if read.outcome is None:
        return Content(f"not asked yet: {read.reason}" if read.reason else "not asked yet")
    ago = f", {wording.age(read.age_seconds)} ago" if read.age_seconds is not None else ""
    took = f" in {read.seconds:.2f} s, {read.cost.requests} requests, {read.cost.bytes} bytes"
    reason = f": {read.reason}" if read.reason else ""
    return Content(f"{read.outcome}{ago}{took}{reason}")


def _finding(finding: Finding) -> list[Content]:
    mark = SEVERITY[finding.severity]
    return [Content.assemble(" ", (mark.glyph, mark.style), " ", finding.message), Content("")]


def _cell(cell: Cell, *, local: bool) -> list[Content]:
    fact, mark = cell.fact, QUALITY[cell.quality]
    quality = mark.word + (" and final" if fact.final else "")
    age = "" if fact.final or cell.age_seconds is None else f", {wording.age(cell.age_seconds)} old"
    stamp = f" · stamped {wording.day_and_clock(fact.source_time, local=local)}" if fact.source_time else ""
    value = Content(wording.value(fact, cell.quality)).stylize(VALUE.get(cell.quality, "bold"))
    reason = f": {fact.reason}" if fact.reason else ""
    return [
        _pair(fact.name, value),
        _pair("", Content(f"{mark.glyph} {quality}{age}{reason}".strip()).stylize(mark.style)),
        _pair("", Content(f"{fact.authority} · {fact.source}{stamp}").stylize("$text-muted")),
    ]


def _pair(name: str, value: Content) -> Content:
    return Content.assemble(" ", (name.ljust(NAME_WIDTH), "$text-muted"), " ", value)
