"""How much of its budget a stage has used, said only as far as the clocks allow (CONTRACTS 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Span
from lanewatch.rollout.correlation import is_joining
from lanewatch.rollout.facts import ARGO, GITOPS, PROVENANCE
from lanewatch.rollout.rollout import ENDED, Burn, BurnState
from lanewatch.rollout.signal import Signal
from lanewatch.spec.lane import Lane, LaneStage

AT_RISK = 0.8  # of the budget, while there are too few rollouts to forecast from
ONE_CLOCK: Mapping[str, str] = {GITOPS: ARGO, ARGO: GITOPS}  # from build done to argo-closeout done


def stage_span(case: Case, authority: str) -> Span | None:
    """How long the stage took, or has taken so far."""
    signal = case.signal(authority)
    if signal.state in ENDED:
        return case.clocks.between(signal.started, signal.finished)
    return case.clocks.until_now(signal.started) if signal.state == "running" else None


def stage_burn(case: Case, lane: Lane, stage: LaneStage) -> Burn:
    """The budget of a stage. gitops-publish and argo-closeout share one, from build done to argo-closeout done."""
    if stage.budget_id is None or stage.budget_seconds is None:
        return Burn(None, None, None, "none")
    signal, span = case.signal(stage.authority), stage_span(case, stage.authority)
    shared = ""
    if stage.authority in ONE_CLOCK and lane.stage_of(ONE_CLOCK[stage.authority]):
        other = lane.stage_of(ONE_CLOCK[stage.authority])
        shared = other.id if other else ""
        signal, span = _closeout(case)
    burn = _burn(stage.budget_id, stage.budget_seconds, signal, span, shared)
    asked = [stage.authority, *([ONE_CLOCK[stage.authority]] if shared else [])]
    joins = signal.state == "running" and is_joining(case.known, asked, case.correlation, case.now)
    return replace(burn, state="unknown") if joins else burn


def end_to_end(budget_id: str, budget: float, span: Span | None, is_running: bool) -> Burn:
    """The budget of the whole lane, from the latest attempt's start."""
    if span is None:
        return Burn(budget_id, budget, None, "unknown")
    return Burn(budget_id, budget, span.seconds, judge(span, budget, is_running))


def judge(span: Span, budget: float, is_running: bool) -> BurnState:
    """`over` needs the lower bound above the budget; `within` an upper bound, below it where no lower is known."""
    if span.low > budget:
        return "over"
    if is_running and span.low > 0 and span.seconds > AT_RISK * budget:
        return "at-risk"
    if math.isinf(span.high) and not is_running:
        return "unknown"
    if span.low == 0 and span.high > budget and span.seconds > 0:
        return "unknown"
    return "within"


def _closeout(case: Case) -> tuple[Signal, Span | None]:
    """The shared clock: the signal that says whether it still runs, and what it shows."""
    start, argo = case.signal(PROVENANCE).finished, case.signal(ARGO)
    publish = case.signal(GITOPS)
    if argo.state in ENDED or argo.state == "unknown":
        return argo, case.clocks.between(start, argo.finished)
    if publish.state == "running" or argo.state == "running":
        return (argo if argo.state == "running" else publish), case.clocks.until_now(start)
    return argo, None


def _burn(budget_id: str, budget: float, signal: Signal, span: Span | None, shared: str) -> Burn:
    if signal.state == "pending":
        return Burn(budget_id, budget, None, "within", shared)
    if span is None:
        return Burn(budget_id, budget, None, "unknown", shared)
    return Burn(budget_id, budget, span.seconds, judge(span, budget, signal.state == "running"), shared)
