"""The stage timeline as a picture for people who were not there: bars against budgets, what went wrong, what is proven.

Colour repeats what shape and word already say. Everything is laid out from the Rollout; nothing is measured.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lanewatch.evidence import svg
from lanewatch.output import words
from lanewatch.rollout.rollout import ENDED, Rollout, Stage

WIDTH, MARGIN = 1200.0, 40.0
CHART_LEFT, CHART_RIGHT = 248.0, 860.0
ROW, TOP = 40.0, 214.0
INK, MUTED, FAINT, HAIR, PAPER = "#1b2330", "#5b6677", "#8792a2", "#e3e7ec", "#ffffff"
RED, AMBER = "#c0362c", "#b26a00"
COLOURS = {
    "succeeded": "#2b7a4b",
    "reused": "#3b8d8a",
    "running": "#2166b5",
    "failed": RED,
    "cancelled": AMBER,
    "superseded": AMBER,
    "unknown": "#7a5ba8",
    "pending": "#9aa4b1",
    "skipped": "#9aa4b1",
}
MARKS = {
    "succeeded": "M-4 0 L-1 3.2 L4.5 -3.5",
    "reused": "M-4 0 L-1 3.2 L4.5 -3.5",
    "failed": "M-3.5 -3.5 L3.5 3.5 M3.5 -3.5 L-3.5 3.5",
    "cancelled": "M-3.5 3.5 L3.5 -3.5",
    "superseded": "M-4 0 L4 0 M1 -3 L4 0 L1 3",
    "running": "M-2 -3.5 L3.5 0 L-2 3.5 Z",
    "unknown": "M-2.5 -2 C-2.5 -5 3 -5 2.6 -1.8 C2.3 0 0 0 0 1.4 M0 4 L0 4.1",
    "pending": "M-3 0 L3 0",
    "skipped": "M-3.5 -3 L0 0 L-3.5 3 M0 -3 L3.5 0 L0 3",
}
SEVERITY = {"error": RED, "warning": AMBER, "info": MUTED}
MOST_FINDINGS = 6
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Seconds since the zero as places on the paper."""

    zero: datetime | None
    seconds: float

    def at(self, seconds: float) -> float:
        return CHART_LEFT + min(max(seconds / self.seconds, 0.0), 1.0) * (CHART_RIGHT - CHART_LEFT)

    def of(self, time: datetime) -> float:
        """Seconds since the zero."""
        return (time - self.zero).total_seconds() if self.zero else 0.0


def timeline_svg(rollout: Rollout, head: str) -> str:
    """The picture; `head` is the journal's head hash, printed so that the picture can be traced to its evidence."""
    axis = _axis(rollout)
    bottom = TOP + ROW * len(rollout.stages)
    findings = list(_findings(rollout, bottom + 72))
    proof_top = findings[-1][0] + 48 if findings else bottom + 72
    height = proof_top + 132
    elements = [
        svg.box(0, 0, WIDTH, height, fill=PAPER),
        *_header(rollout),
        *_grid(rollout, axis, bottom),
        *(one for index, stage in enumerate(rollout.stages) for one in _row(rollout, axis, stage, TOP + ROW * index)),
        *(one for _, one in findings),
        *_proof(rollout, proof_top),
        *_footer(rollout, head, height),
    ]
    title = f"{rollout.target}: {rollout.state}, commit {(rollout.commit or 'unknown')[:12]}"
    return svg.document(WIDTH, height, title, elements)


def _axis(rollout: Rollout) -> _Axis:
    t0 = rollout.t0.fact.source_time if rollout.t0 else None
    zero = t0 or min((stage.started_at for stage in rollout.stages if stage.started_at), default=None)
    plain = _Axis(zero, 1.0)
    ends = [plain.of(_end(rollout, stage)) for stage in rollout.stages if stage.started_at]
    budget = rollout.budget.seconds or 0.0
    return _Axis(zero, max(60.0, budget * 1.28, *(end * 1.05 for end in ends), 0.0))


def _end(rollout: Rollout, stage: Stage) -> datetime:
    """Where a bar ends: its finish; what runs ends at the picture's instant, or where the lane's clock stopped."""
    if stage.finished_at is not None:
        return stage.finished_at
    t0 = rollout.t0.fact.source_time if rollout.t0 else None
    if stage.state == "running" or t0 is None or rollout.elapsed_seconds is None:
        return rollout.now.wall
    stopped = t0 + timedelta(seconds=rollout.elapsed_seconds)
    return max(stopped, stage.started_at or stopped)


def _header(rollout: Rollout) -> Iterator[str]:
    colour = COLOURS[rollout.state]
    where = f"{rollout.repository}  {rollout.branch}  →  {rollout.node}"
    yield svg.box(0, 0, WIDTH, 6, fill=colour)
    yield svg.text(MARGIN, 56, rollout.target, size=26, fill=INK, font_weight="700")
    yield svg.text(MARGIN, 80, f"{where}   ·   {rollout.mode}", size=14, fill=MUTED)
    yield svg.text(MARGIN, 112, (rollout.commit or "no commit known")[:12], size=16, fill=INK, font_weight="600",
                   font_family="'DejaVu Sans Mono', Menlo, Consolas, monospace")  # fmt: skip
    who = f"{words.cut(rollout.commit_author, 40)}, {_day(rollout.commit_time)}" if rollout.commit_author else ""
    yield svg.text(MARGIN + 136, 112, words.cut(rollout.commit_subject, 70), size=16, fill=INK)
    yield svg.text(MARGIN + 136, 132, who, size=13, fill=MUTED)
    yield from _badge(rollout, colour)


def _badge(rollout: Rollout, colour: str) -> Iterator[str]:
    """The state as a pill, and beside it how long the lane took of what it may take."""
    width = 68.0 + 11.6 * len(rollout.state)
    left = WIDTH - MARGIN - width
    yield svg.box(left, 30, width, 38, fill=colour, rx=19)
    yield svg.path(left + 26, 49, MARKS[rollout.state], stroke=PAPER, width=2.4)
    yield svg.text(left + 44, 55, rollout.state, size=18, fill=PAPER, font_weight="600")
    over = rollout.budget.state == "over"
    used = words.of_budget(rollout) if rollout.budget.seconds else f"{words.seconds(rollout.elapsed_seconds)} s"
    yield svg.text(WIDTH - MARGIN, 104, used, size=22, fill=RED if over else INK, font_weight="600",
                   text_anchor="end")  # fmt: skip
    verdict = {"over": "over the end-to-end budget", "within": "within the end-to-end budget",
               "at-risk": "at risk of breaching the budget"}.get(rollout.budget.state, "end to end")  # fmt: skip
    verdict = ", ".join(part for part in (verdict, words.since_push(rollout)) if part)
    yield svg.text(WIDTH - MARGIN, 128, verdict, size=13, fill=RED if over else MUTED, text_anchor="end")


def _grid(rollout: Rollout, axis: _Axis, bottom: float) -> Iterator[str]:
    step = next((step for step in _STEPS if axis.seconds / step <= 9), _STEPS[-1])
    for second in range(0, int(axis.seconds) + 1, step):
        place = axis.at(second)
        yield svg.line(place, TOP - 8, place, bottom + 6, stroke=HAIR)
        yield svg.text(place, bottom + 24, f"{second}", size=12, fill=FAINT, text_anchor="middle")
    yield svg.text(CHART_RIGHT + 14, bottom + 24, "seconds", size=12, fill=FAINT)
    heads = ((MARGIN, "stage", "start"), (964.0, "used / budget", "end"), (984.0, "what it says", "start"))
    for x, label, anchor in heads:
        yield svg.text(x, TOP - 18, label, size=12, fill=FAINT, text_anchor=anchor)
    for seconds, label, colour, side in (
        (rollout.baseline_seconds, f"baseline {words.budget(rollout.baseline_seconds)} s", MUTED, "end"),
        (rollout.budget.seconds, f"budget {words.budget(rollout.budget.seconds)} s", RED, "start"),
    ):
        if seconds and seconds <= axis.seconds:
            place = axis.at(seconds)
            yield svg.line(place, TOP - 12, place, bottom + 6, stroke=colour, stroke_dasharray="5 4")
            shift = -5.0 if side == "end" else 5.0
            yield svg.text(place + shift, TOP - 18, label, size=12, fill=colour, text_anchor=side)


def _row(rollout: Rollout, axis: _Axis, stage: Stage, y: float) -> Iterator[str]:
    colour, middle = COLOURS[stage.state], y + ROW / 2
    yield svg.line(MARGIN, y + ROW, WIDTH - MARGIN, y + ROW, stroke="#f0f2f5")
    yield svg.circle(MARGIN + 9, middle, 9, fill=colour)
    yield svg.path(MARGIN + 9, middle, MARKS[stage.state], stroke=PAPER, width=1.9)
    quiet = stage.state in ("pending", "skipped")
    yield svg.text(MARGIN + 28, middle - 1, words.cut(stage.id, 24), size=15, fill=MUTED if quiet else INK,
                   font_weight="600")  # fmt: skip
    yield svg.text(MARGIN + 28, middle + 14, stage.state, size=11, fill=colour)
    yield from _bar(rollout, axis, stage, middle)
    used = stage.budget.used_seconds if stage.budget.used_seconds is not None else stage.elapsed_seconds
    over = stage.budget.state == "over"
    label = f"{words.seconds(used)} / {words.budget(stage.budget.seconds)}"
    yield svg.text(964, middle + 5, label, size=14, fill=RED if over else INK, text_anchor="end",
                   font_weight="600" if over else "400")  # fmt: skip
    says = words.short(stage.says or stage.reason)
    lines = textwrap.wrap(says, 30, max_lines=2, placeholder=" …") or [""]
    for index, text in enumerate(lines):
        yield svg.text(984, middle + 5 + 15 * (index - (len(lines) - 1) / 2), text, size=12, fill=MUTED)


def _bar(rollout: Rollout, axis: _Axis, stage: Stage, middle: float) -> Iterator[str]:
    """The budget as a pale track, the time used over it, what exceeds the budget in red."""
    if stage.started_at is None or (stage.finished_at is None and stage.state in ENDED):
        return
    left = axis.at(axis.of(stage.started_at))
    right = max(axis.at(axis.of(_end(rollout, stage))), left + 3)
    limit = axis.at(axis.of(_clock_start(rollout, stage)) + stage.budget.seconds) if stage.budget.seconds else None
    if limit is not None and limit > left:
        yield svg.box(left, middle - 9, limit - left, 18, fill="#eef1f4", rx=3)
        yield svg.line(limit, middle - 11, limit, middle + 11, stroke="#b9c2cd", stroke_width=1.5)
    yield svg.box(left, middle - 9, right - left, 18, fill=COLOURS[stage.state], rx=3)
    if limit is not None and stage.budget.state == "over" and right > limit:
        start = max(limit, left)
        yield svg.box(start, middle - 9, right - start, 18, fill=RED, rx=3)
        fits = right + 80 < CHART_RIGHT
        yield svg.text(right + 6 if fits else left - 6, middle + 4, "over budget", size=11, fill=RED,
                       font_weight="600", text_anchor="start" if fits else "end")  # fmt: skip


def _clock_start(rollout: Rollout, stage: Stage) -> datetime:
    """Two stages may share one clock: it starts with the first of them."""
    shared = [one.started_at for one in rollout.stages if one.budget.id and one.budget.id == stage.budget.id]
    return min(start for start in (*shared, stage.started_at) if start is not None)


def _findings(rollout: Rollout, top: float) -> Iterator[tuple[float, str]]:
    """Each element with the place of its foot."""
    if not rollout.findings:
        return
    y = top
    yield y, svg.text(MARGIN, y, "Findings", size=15, fill=INK, font_weight="700")
    for finding in rollout.findings[:MOST_FINDINGS]:
        y += 26
        yield y, svg.circle(MARGIN + 7, y - 5, 5, fill=SEVERITY[finding.severity])
        yield y, svg.text(MARGIN + 22, y, finding.severity, size=12, fill=SEVERITY[finding.severity], font_weight="600")
        lines = textwrap.wrap(words.short(finding.message), 140, max_lines=2, placeholder=" …")
        for index, text in enumerate(lines):
            y += 18 * (index > 0)
            yield y, svg.text(MARGIN + 86, y, text, size=13, fill=INK)
    more = len(rollout.findings) - MOST_FINDINGS
    if more > 0:
        y += 24
        yield y, svg.text(MARGIN + 86, y, f"+{more} more", size=12, fill=MUTED)


def _proof(rollout: Rollout, top: float) -> Iterator[str]:
    """Every required evidence item as a chip: filled where it is proven."""
    evidence = rollout.evidence
    held = {item.name: "present" for item in evidence.present}
    held |= {item.name: "n/a" for item in evidence.not_applicable} | {item.name: "pending" for item in evidence.pending}
    label = f"Evidence: {len(evidence.present)} of {len(evidence.required)} proven"
    yield svg.text(MARGIN, top, label, size=15, fill=INK, font_weight="700")
    x, y = MARGIN, top + 16
    for name in evidence.required:
        standing = held.get(name, "missing")
        width = 34 + 7.4 * len(name)
        if x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + 32
        colour = {"present": COLOURS["succeeded"], "missing": RED}.get(standing, FAINT)
        mark = {"present": MARKS["succeeded"], "missing": MARKS["failed"]}.get(standing, MARKS["pending"])
        yield svg.box(x, y, width, 24, fill=PAPER, stroke=colour, rx=12)
        yield svg.path(x + 14, y + 12, mark, stroke=colour)
        yield svg.text(x + 26, y + 16, name, size=12, fill=INK if standing == "present" else colour)
        x += width + 8


def _footer(rollout: Rollout, head: str, height: float) -> Iterator[str]:
    left = f"as seen {_day(rollout.now.wall)}   ·   times in UTC   ·   bars on lanewatch's clock"
    yield svg.text(MARGIN, height - 20, left, size=12, fill=FAINT)
    traced = f"lanewatch evidence, journal {head[:8]}"
    yield svg.text(WIDTH - MARGIN, height - 20, traced, size=12, fill=FAINT, text_anchor="end")


def _day(time: datetime | None) -> str:
    return "–" if time is None else time.strftime("%Y-%m-%d %H:%M:%SZ")
