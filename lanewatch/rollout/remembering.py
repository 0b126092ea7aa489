"""From a judged lane that has ended to the small Record that is kept of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import RUNTIME
from lanewatch.rollout.gate.env_unchanged import env_digest
from lanewatch.rollout.gate.verdict import Verdict
from lanewatch.rollout.record import CheckState, Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.rollout.start import attempt_started, started
from lanewatch.rollout.waits import waits_of
from lanewatch.spec.lane import Lane


def record_of(
    case: Case, lane: Lane, rollout: Rollout, verdicts: Iterable[Verdict], seen: Literal["live", "history"] = "live"
) -> Record | None:
    """None for a lane without a commit. What is kept has passed redaction already: it comes from facts and reports."""
    if rollout.commit is None:
        return None
    begun = attempt_started(case, started(case))
    plan, found = case.plan, case.provenance
    return Record(
        target=lane.target,
        commit=rollout.commit,
        attempt=f"{case.run.id}/{case.correlation.run_attempt or ''}" if case.run else "",
        state=rollout.state,
        ended_at=_ended(rollout),
        decision=case.correlation.reuse_decision or "",
        env_identity=(plan.env_identity if plan else "") or (found.env_identity if found else ""),
        env_digest=env_digest(plan) if plan else "",
        image_digest=found.image_digest if found else "",
        template_hash=_template(case),
        gitops_revision=rollout.correlation.gitops_revision or "",
        elapsed_seconds=_total(rollout),
        started=_offsets(case, lane, begun, "started"),
        finished=_offsets(case, lane, begun, "finished"),
        waits=waits_of(case),
        checks={verdict.check: _kept(verdict.state, seen) for verdict in verdicts},
        seen=seen,
    )


def _kept(state: CheckState, seen: str) -> CheckState:
    """What of a past rollout is gone was not seen: not exercised, which is no pass. What was watched stays unknown."""
    return "not-exercised" if state == "unknown" and seen == "history" else state


def _template(case: Case) -> str:
    """Of the ReplicaSet that this rollout ended in: what runs later is no word about it."""
    replica_set = case.workload.replica_set if case.workload else None
    return replica_set.template_hash if replica_set is not None and case.signal(RUNTIME).is_done else ""


def _ended(rollout: Rollout) -> datetime:
    return max((stage.finished_at for stage in rollout.stages if stage.finished_at), default=rollout.now.wall)


def _total(rollout: Rollout) -> float | None:
    """End to end, of the latest attempt, where it is known and not merely bounded."""
    used = rollout.budget.used_seconds
    return round(used, 1) if used is not None and rollout.state == "succeeded" else None


def _offsets(case: Case, lane: Lane, begun: Stamp | None, end: Literal["started", "finished"]) -> dict[str, float]:
    """Seconds from the attempt's start to this end of every stage that has a time."""
    found: dict[str, float] = {}
    for stage in lane.stages:
        signal = case.signal(stage.authority)
        span = case.clocks.between(begun, signal.started if end == "started" else signal.finished)
        whole = case.clocks.between(signal.started, signal.finished)
        if span is None or whole is None or math.isinf(whole.high):
            continue  # a start that is only known to be earlier gives no duration
        if signal.state in ("succeeded", "reused", "failed", "cancelled"):
            found[stage.id] = round(span.seconds, 1)
    return found
