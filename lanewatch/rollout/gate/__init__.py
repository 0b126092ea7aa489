"""The no-regression checks of the spec and the decision gate over the last rollouts (spec.reuse, spec.scope).

`gate_of` is the one function that commands and screens call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lanewatch.rollout.case import Case
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.gate import env_unchanged, plan_consumed, provenance_linked, reuse_skips_rollout
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.gate.decision import WANTED as WANTED
from lanewatch.rollout.gate.decision import Gate, decide
from lanewatch.rollout.gate.verdict import Exam, Verdict
from lanewatch.rollout.record import Record
from lanewatch.spec.lane import Lane

CHECKS: Mapping[str, Callable[[Exam], Verdict]] = {
    reuse_skips_rollout.CHECK: reuse_skips_rollout.judge,
    env_unchanged.CHECK: env_unchanged.judge,
    plan_consumed.CHECK: plan_consumed.judge,
    provenance_linked.CHECK: provenance_linked.judge,
}
NOT_READ = BuildLog()


def gate_of(
    case: Case, lane: Lane, records: Sequence[Record] = (), built: BuildLog = NOT_READ, wanted: int = WANTED
) -> Gate:
    """Every check of the spec for the watched rollout, and the decision over it and the rollouts before.

    case: the judged lane (lanewatch.rollout.stages.judged). records: of this lane, in any order. built: what the
    builder's log says; without it a check that needs it is unknown. wanted: rollouts that must exercise each check.
    """
    verdicts = examine(case, lane, records, built)
    return decide(lane, case, verdicts, records, wanted)


def examine(case: Case, lane: Lane, records: Sequence[Record] = (), built: BuildLog = NOT_READ) -> tuple[Verdict, ...]:
    """The checks that the spec names, in its order; one that the program does not know is unknown."""
    exam = Exam(Scene(case, lane), built, previous(case, records))
    return tuple(CHECKS[name](exam) if name in CHECKS else _unheard(name) for name in lane.no_regression_checks)


def previous(case: Case, records: Sequence[Record]) -> Record | None:
    """The record of the nearest ancestor of the watched commit that came to a plan."""
    history = [commit.sha for commit in case.mirror.history] if case.mirror else []
    if case.commit not in history:
        return None
    known = {record.commit: record for record in records if record.env_identity}
    older = history[history.index(case.commit) + 1 :]
    return next((known[sha] for sha in older if sha in known), None)


def _unheard(name: str) -> Verdict:
    return Verdict(name, "unknown", "lanewatch knows no check of this name.", f"one of: {', '.join(CHECKS)}")
