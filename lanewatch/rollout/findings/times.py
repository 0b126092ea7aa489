"""What took too long, or is about to."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lanewatch.rollout.budgets import stage_span
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Burn, Finding
from lanewatch.rollout.wording import seconds


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
    used, budget = burn.used_seconds or 0.0, burn.seconds or 0.0
    amount = f"{'at least ' if lower else ''}{seconds(used)}"
    verb = ("have taken" if " and " in name else "has taken") if running else "took"
    if burn.state == "over":
        message = f"{name} {verb} {amount}, over its budget of {budget:g} s ({burn.id})."
        return view.finding("over-budget", "warning", message, authority)
    message = f"{name} {verb} {amount}, above 80 % of its budget of {budget:g} s ({burn.id})."
    return view.finding("at-risk", "warning", message, authority)
