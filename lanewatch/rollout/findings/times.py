"""What took too long, or is about to."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lanewatch.rollout.budgets import stage_span
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Burn, Finding
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
        yield _worded(view, name, burn, lower, running, stage.authority)
    if view.budget.state in ("over", "at-risk"):
        lower = view.elapsed is not None and math.isinf(view.elapsed.high)
        yield _worded(view, "the whole rollout", view.budget, lower, view.state in ("running", "pending"), "")


def _runs(view: View, stage_id: str) -> bool:
    return any(stage.id == stage_id and stage.state == "running" for stage in view.stages)


def _worded(view: View, name: str, burn: Burn, lower: bool, running: bool, authority: str) -> Finding:
    used, several = burn.used_seconds or 0.0, bool(burn.shared_with and authority)
    amount = f"{'at least ' if lower else ''}{seconds(used)}"
    verb = ("have taken" if several else "has taken") if running else "took"
    budget = f"{'their' if several else 'its'} budget of {burn.seconds or 0.0:g} s ({burn.id})"
    if burn.state == "over":
        return view.finding("over-budget", "warning", f"{name} {verb} {amount}, over {budget}.", authority)
    return view.finding("at-risk", "warning", f"{name} {verb} {amount}, above 80 % of {budget}.", authority)


def slow_reads(view: View) -> Iterator[Finding]:
    """Authorities that take longer to answer than a whole sweep may: what is shown of them is that much older."""
    limit = view.lane.status_seconds
    for stage in view.stages:
        seen = view.case.seen(stage.authority)
        if seen is not None and seen.last.seconds > limit:
            message = (
                f"{stage.id}: {stage.authority} took {seconds(seen.last.seconds)} to answer, over the {limit:g} s "
                f"that a sweep may take ({STATUS})."
            )
            yield view.finding("slow-sweep", "warning", message, stage.authority)
