"""A stage in words: everything its authority said, each with where it was read, when, and how far it is trusted."""

from __future__ import annotations

from datetime import timedelta

from textual.content import Content

from lanewatch.rollout.rollout import Cell, Read, Rollout, Stage
from tui import wording
from tui.look import BURN, QUALITY, SEVERITY, STAGE, VALUE
from widgets.painting import fitted

NAME_WIDTHS = (18, 28)  # of the column of names: at least, at most


Pair = tuple[str, Content]


class ContentLines:
    """Content in memory as Lines."""

    def __init__(self, lines: list[Content]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> Content:
        return self._lines[index]


def facts(stage: Stage, rollout: Rollout, *, local: bool, width: int) -> ContentLines:
    """The Facts pane of one stage, wrapped to `width` cells."""
    pairs = [*_standing(stage, local=local), *_expected(stage, rollout, local=local), *_read(stage, rollout)]
    pairs.append(("", Content("")))
    for finding in rollout.findings:
        if finding.stage == stage.id:
            mark = SEVERITY[finding.severity]
            pairs.append(("finding", Content.assemble((f"{mark.glyph} ", mark.style), finding.message)))
            pairs.append(("", Content("")))
    for cell in stage.cells:
        pairs += _cell(cell, local=local)
    if not stage.cells:
        pairs.append(("", Content("no fact was read yet").stylize("$text-muted")))
    column = min(max([NAME_WIDTHS[0], *(len(name) for name, _ in pairs)]), NAME_WIDTHS[1])
    return ContentLines([line for name, value in pairs for line in hung(name, value, column, width)])


def _standing(stage: Stage, *, local: bool) -> list[Pair]:
    mark, budget = STAGE[stage.state], stage.budget
    off = f" ± {wording.seconds(stage.uncertainty_seconds)} s" if stage.uncertainty_seconds else ""
    rows = [("state", Content(f"{mark.glyph} {mark.word}").stylize(mark.style))]
    rows += [("says", Content(stage.says))] if stage.says else []
    rows += [("because", Content(stage.reason))] if stage.reason else []
    rows.append(("authority", Content(f"{stage.authority}, run by {stage.owner}")))
    if stage.started_at is not None:
        rows.append(("started", Content(wording.day_and_clock(stage.started_at, local=local) + off)))
    if stage.finished_at is not None:
        rows.append(("finished", Content(wording.day_and_clock(stage.finished_at, local=local) + off)))
    if budget.seconds is not None:
        used = f"{wording.seconds(budget.used_seconds)} s of {wording.whole(budget.seconds)} s, {budget.state}"
        shared = f", one clock with {budget.shared_with}" if budget.shared_with else ""
        rows.append(("budget", Content(f"{used}{shared} ({budget.id})").stylize(BURN[budget.state])))
    return rows


def _expected(stage: Stage, rollout: Rollout, *, local: bool) -> list[Pair]:
    """When a stage that has not ended will end, by own history, and between what."""
    found = rollout.expected_end(stage.id)
    if found is None:
        return []
    at, end = found
    likely, first, last = (
        wording.clock(at + timedelta(seconds=one - end.likely), local=local) for one in (end.likely, end.low, end.high)
    )
    return [("expected end", Content(f"{likely}, between {first} and {last}, by {end.samples} rollouts"))]


def _read(stage: Stage, rollout: Rollout) -> list[Pair]:
    read = next((read for read in rollout.reads if read.authority == stage.authority), None)
    return [("last read", _read_text(read))] if read is not None else []


def _read_text(read: Read) -> Content:
    if read.outcome is None:
        return Content(f"not asked yet: {read.reason}" if read.reason else "not asked yet")
    ago = f", {wording.age(read.age_seconds)} ago" if read.age_seconds is not None else ""
    took = f" in {read.seconds:.2f} s; {read.cost.requests} requests, {read.cost.bytes} bytes"
    reason = f": {read.reason}" if read.reason else ""
    return Content(f"{read.outcome}{ago}{took}{reason}")


def _cell(cell: Cell, *, local: bool) -> list[Pair]:
    fact, mark = cell.fact, QUALITY[cell.quality]
    quality = mark.word + (" and final" if fact.final else "")
    age = "" if fact.final or cell.age_seconds is None else f", {wording.age(cell.age_seconds)} old"
    stamp = f" · stamped {wording.day_and_clock(fact.source_time, local=local)}" if fact.source_time else ""
    reason = f": {fact.reason}" if fact.reason else ""
    return [
        (fact.name, Content(wording.value(fact, cell.quality)).stylize(VALUE.get(cell.quality, "bold"))),
        ("", Content(f"{mark.glyph} {quality}{age}{reason}".strip()).stylize(mark.style)),
        ("", Content(f"{fact.authority} · {fact.source}{stamp}").stylize("$text-muted")),
    ]


def hung(name: str, value: Content, column: int, width: int) -> list[Content]:
    """A name with its value beside it; what wraps stays beside it too."""
    lines = value.wrap(max(width - column - 2, 8)) or [Content("")]
    heads = [name, *[""] * (len(lines) - 1)]
    return [
        Content.assemble(" ", (fitted(head, column), "$text-muted"), " ", line)
        for head, line in zip(heads, lines, strict=True)
    ]
