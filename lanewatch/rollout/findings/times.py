"""What took too long, or is about to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lanewatch.rollout.budgets import stage_span
from lanewatch.rollout.elapsed import is_open
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Burn, Finding, Stage
from lanewatch.rollout.wording import seconds
from lanewatch.spec.tables import STATUS


def budgets(view: View) -> Iterator[Finding]:
    """Every budget that is broken or at risk, each once: a shared one under the stage where its clock stands."""
    told: set[str | None] = set()
    for stage in view.stages:
        burn = stage.budget
        if burn.id in told or burn.state not in ("over", "at-risk"):
            continue
        told.add(burn.id)
        name = f"{stage.id} and {burn.shared_with}" if burn.shared_with else stage.id
        span = stage_span(view.case, stage.authority)
        lower = span is not None and math.isinf(span.high)
        running = stage.state == "running" or bool(burn.shared_with and _runs(view, burn.shared_with))
        since = _certain_since(view, burn, None if running else _ended(view, stage), stage.uncertainty_seconds)
        yield _worded(view, name, burn, lower, running, stage.authority, since)
    if view.budget.state in ("over", "at-risk"):
        lower = view.elapsed is not None and math.isinf(view.elapsed.high)
        running = is_open(view.case, [stage.authority for stage in view.stages], view.state)
        ended = None if running else max((one.finished_at for one in view.stages if one.finished_at), default=None)
        since = _certain_since(view, view.budget, ended, view.elapsed.uncertainty if view.elapsed else None)
        yield _worded(view, "the whole rollout", view.budget, lower, running, "", since)


def _ended(view: View, stage: Stage) -> datetime | None:
    """When its clock stopped; a shared one stops with the later of the two."""
    both = (one for one in view.stages if one.id in (stage.id, stage.budget.shared_with))
    return max((one.finished_at for one in both if one.finished_at), default=None)


def _runs(view: View, stage_id: str) -> bool:
    return any(stage.id == stage_id and stage.state == "running" for stage in view.stages)


def _certain_since(view: View, burn: Burn, ended: datetime | None, uncertainty: float | None) -> str:
    """The moment at which nothing could save the budget any more, by our clock: even the lower bound was above it."""
    if burn.state != "over" or burn.used_seconds is None or burn.seconds is None:
        return ""
    late = max(0.0, burn.used_seconds - burn.seconds - (uncertainty or 0.0))
    at = (ended or view.case.now.wall) - timedelta(seconds=late)
    return f", over since {at.astimezone(UTC):%H:%M:%SZ}"


def _worded(view: View, name: str, burn: Burn, lower: bool, running: bool, authority: str, since: str = "") -> Finding:
    several = bool(burn.shared_with and authority)
    amount = f"{'at least ' if lower else ''}{seconds(burn.used_seconds or 0.0)}"
    verb = ("have taken" if several else "has taken") if running else "took"
    said = f"{name} {verb} {amount}, budget {burn.seconds or 0.0:g} s ({burn.id})"
    if burn.state == "over":
        return view.finding("over-budget", "warning", f"{said}{since}.", authority)
    return view.finding("at-risk", "warning", f"{said}: above 80 % of it.", authority)


def slow_reads(view: View) -> Iterator[Finding]:
    """Authorities that take longer to answer than a whole sweep may: what is shown of them is that much older."""
    limit = view.lane.status_seconds
    for stage in view.stages:
        seen = view.case.seen(stage.authority)
        if seen is not None and seen.last.seconds > limit:
            took = seconds(seen.last.seconds)
            message = f"{stage.id}: {stage.authority} took {took} to answer; a sweep may take {limit:g} s ({STATUS})."
            yield view.finding("slow-sweep", "warning", message, stage.authority)
