"""`status` as text: the bounded summary, at most 48 lines of 100 columns (CONTRACTS §8)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from lanewatch.output import words
from lanewatch.output.glyphs import UNICODE
from lanewatch.output.joined import joined
from lanewatch.rollout.facts import ANSWERED, Quality
from lanewatch.rollout.rollout import Cell, Evidence, EvidenceItem, Finding, Rollout, Stage

COLUMNS = 100
LINES = 48
FINDINGS_SHOWN = 8


def status_text(rollout: Rollout, glyphs: Mapping[str, str] = UNICODE) -> str:
    """The summary, ending in a newline."""
    head = [*_header(rollout, glyphs), ""]
    body = [*_stages(rollout, glyphs), "", *_fields(rollout.fields)]
    foot = ["", *_evidence(rollout.evidence), _sweep(rollout)]
    room = LINES - len(head) - len(body) - len(foot) - 1
    findings = list(_findings(joined(rollout), glyphs, room))
    lines = [*head, *body, *([""] if findings else []), *findings, *foot]
    return "".join(words.cut(line.rstrip(), COLUMNS) + "\n" for line in lines)


def _header(rollout: Rollout, glyphs: Mapping[str, str]) -> Iterator[str]:
    where = f"{rollout.repository} {rollout.branch} → {rollout.node}"
    yield f"{rollout.target}   {where}   {rollout.mode}   {words.clock(rollout.now.wall)}"
    commit = rollout.commit[:12] if rollout.commit else "no commit known"
    flags = "   partial" if rollout.partial else ""
    burn = "" if rollout.budget.state in ("within", "none") else f" ({rollout.budget.state})"
    whole = f", {since}" if (since := words.since_push(rollout)) else ""
    used = f"{words.of_budget(rollout)}{burn}{whole}"
    yield f"{glyphs[rollout.state]} {rollout.state}   {commit}   {used}{_forecast(rollout)}{flags}"
    if rollout.commit_subject:
        author = words.cut(rollout.commit_author, 30)
        who = f" ({author}, {words.clock(rollout.commit_time)})" if author else ""
        yield f"  {words.cut(rollout.commit_subject, COLUMNS - len(who) - 2)}{who}"
    good = rollout.last_good
    if good is not None and rollout.state in ("failed", "unknown", "superseded"):
        at = words.stamp(good.at) or "time unknown"
        published = f"gitops {good.gitops_revision[:12]}"
        yield f"  last good before it {good.commit[:12]}  {good.image_digest[:19]}  {published}  {at}"


def _forecast(rollout: Rollout) -> str:
    """The expected end and where it should lie, where there is enough history for one."""
    total = rollout.forecast.total if rollout.forecast else None
    return "" if total is None else f"   forecast {words.expected(total)}, by {total.samples} rollouts"


def _stages(rollout: Rollout, glyphs: Mapping[str, str]) -> Iterator[str]:
    width = max((len(stage.id) for stage in rollout.stages), default=5)
    yield f"  {'stage':<{width}}  {'state':<10} {'used / budget':>13}  says"
    for stage in rollout.stages:
        used = f"{words.seconds(stage.budget.used_seconds)} / {words.budget(stage.budget.seconds)}"
        over = "!" if stage.budget.state == "over" else " "
        expected = rollout.expected(stage.id)
        ends = f"; expected {words.expected(expected)}" if expected else ""
        row = f"{glyphs[stage.state]} {stage.id:<{width}}  {stage.state:<10} {used:>13}{over} "
        yield row + words.cut(_says(stage), COLUMNS - len(row) - len(ends)) + ends


def _says(stage: Stage) -> str:
    """What the stage is doing, else why it is not; the whole reason of a failure stands among the findings."""
    quality = "" if stage.quality in (Quality.GOOD, Quality.ESTIMATED) else f" [{stage.quality}]"
    return words.short(f"{stage.says or stage.reason}{quality}")


def _fields(fields: Mapping[str, Cell]) -> Iterator[str]:
    """Two columns, filled downwards, so that 18 fields take nine lines."""
    cells = [_field(name, one) for name, one in fields.items()]
    half = (len(cells) + 1) // 2
    column = COLUMNS // 2
    for left, right in zip(cells[:half], [*cells[half:], ""], strict=False):
        yield f"  {words.cut(left, column - 4):<{column - 3}} {words.cut(right, column - 1)}"


def _field(name: str, one: Cell) -> str:
    quality = "" if one.quality is Quality.GOOD else f" {one.quality}"
    return f"{name:<16} {words.cut(words.short(words.cell(one)), 80)}{quality}"


def _findings(findings: tuple[Finding, ...], glyphs: Mapping[str, str], room: int) -> Iterator[str]:
    """The most severe first, each on at most two lines, never more than fit."""
    shown = 0
    for finding in findings[:FINDINGS_SHOWN]:
        text = f"{glyphs[finding.severity]} {words.short(finding.message)}"
        lines = textwrap.wrap(
            text, COLUMNS - 2, subsequent_indent="  ", max_lines=2, placeholder=" …", break_on_hyphens=False
        )
        if room - len(lines) < 1:
            break
        room -= len(lines)
        shown += 1
        yield from lines
    if len(findings) > shown:
        yield f"  +{len(findings) - shown} more (lanewatch status -o json)"


def _evidence(evidence: Evidence) -> Iterator[str]:
    yield f"  evidence {len(evidence.present)} of {len(evidence.required)} present" + "".join(
        f"; {word}: {_names(items)}"
        for word, items in (
            ("missing", evidence.missing),
            ("unreadable", evidence.unreadable),
            ("pending", evidence.pending),
            ("not applicable", evidence.not_applicable),
        )
        if items
    )


def _names(items: tuple[EvidenceItem, ...]) -> str:
    return ", ".join(item.name for item in items)


def _sweep(rollout: Rollout) -> str:
    asked = [read for read in rollout.reads if read.outcome is not None]
    answered = sum(read.outcome in ANSWERED for read in asked)
    requests = sum(read.cost.requests for read in asked)
    return f"  {answered} of {len(rollout.reads)} authorities answered, {requests} requests"
