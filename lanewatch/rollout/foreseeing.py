"""Puts the forecast into the picture: when it will be done, which budgets it will break, and that in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from lanewatch.rollout.forecast import Forecast, Interval, Progress, forecast
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Burn, Finding, Rollout, Stage
from lanewatch.rollout.wording import seconds

AT_RISK: Final = "at-risk"


def foreseen(rollout: Rollout, records: Sequence[Record]) -> Rollout:
    """The picture with its forecast. A lane that has ended, or of which too little is known, has none."""
    if rollout.state not in ("running", "pending") or rollout.budget.used_seconds is None:
        return rollout
    others = [record for record in records if record.commit != rollout.commit]
    found = forecast(others, _progress(rollout, rollout.budget.used_seconds))
    if found.reason and found.total is None and not found.stages:
        return replace(rollout, forecast_reason=found.reason)
    stages = tuple(
        replace(stage, budget=_at_risk(stage.budget, found.stages.get(stage.id))) for stage in rollout.stages
    )
    changed = replace(
        rollout,
        forecast_seconds=found.total.likely if found.total else None,
        forecast_reason=found.reason,
        forecast=found,
        budget=_at_risk(rollout.budget, found.total),
        stages=stages,
    )
    return replace(changed, findings=_told(changed, found, stages))


def _progress(rollout: Rollout, elapsed: float) -> Progress:
    running = {
        stage.id: max(0.0, elapsed - stage.elapsed_seconds)
        for stage in rollout.stages
        if stage.state == "running" and stage.elapsed_seconds is not None
    }
    pending = frozenset(stage.id for stage in rollout.stages if stage.state == "pending")
    return Progress(rollout.correlation.reuse_decision or "", elapsed, running, pending)


def _at_risk(burn: Burn, expected: Interval | None) -> Burn:
    """With a forecast it alone says what is at risk; what is over stays over. A shared clock keeps its own word."""
    if expected is None or burn.seconds is None or burn.shared_with or burn.state not in ("within", AT_RISK):
        return burn
    return replace(burn, state=AT_RISK if expected.likely > burn.seconds else "within")


def _told(rollout: Rollout, found: Forecast, stages: Iterable[Stage]) -> tuple[Finding, ...]:
    """The findings, those of the 80 % rule replaced by the forecast's where there is one."""
    foretold = {stage.id for stage in stages if stage.id in found.stages and not stage.budget.shared_with}
    foretold |= {""} if found.total else set()
    kept = [one for one in rollout.findings if one.id != AT_RISK or one.stage not in foretold]
    new = list(_risks(rollout, found))
    after = next((n for n, one in enumerate(kept) if one.severity == "info"), len(kept))
    return (*kept[:after], *new, *kept[after:])


def _risks(rollout: Rollout, found: Forecast) -> Iterator[Finding]:
    for stage in rollout.stages:
        if stage.budget.state == AT_RISK and stage.id in found.stages and not stage.budget.shared_with:
            yield Finding(AT_RISK, "warning", _sentence(stage.id, found.stages[stage.id], stage.budget), (), stage.id)
    if found.total and rollout.budget.state == AT_RISK:
        yield Finding(AT_RISK, "warning", _sentence("the whole rollout", found.total, rollout.budget))


def _sentence(what: str, expected: Interval, burn: Burn) -> str:
    spread = f"{seconds(expected.low)} to {seconds(expected.high)}, by {expected.samples} rollouts"
    return f"{what} will take {seconds(expected.likely)} ({spread}), budget {burn.seconds:g} s ({burn.id})."
