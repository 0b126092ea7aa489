"""The stage rules: one pure function per statusAuthority, and the order in which causes come before effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    AUTHORITIES,
    GITOPS,
    MIRROR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Knowledge,
    Moment,
)
from lanewatch.rollout.hearing import heard_in_time, heard_while_others_go_on
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.skipping import skipped_after_failure
from lanewatch.rollout.stages import actions, argo, gitops, mirror, plan, provenance, runtime, tekton

StageRule = Callable[[Case], Signal]

RULES: Mapping[str, StageRule] = {
    MIRROR: mirror.judge,
    ACTIONS: actions.judge,
    PLAN: plan.judge,
    PROVENANCE: provenance.judge,
    TEKTON: tekton.judge,
    GITOPS: gitops.judge,
    ARGO: argo.judge,
    RUNTIME: runtime.judge,
}


def judged(known: Knowledge, now: Moment) -> Case:
    """How every stage stands at `now`: its rule, then how fresh that is, then what an earlier failure leaves of it."""
    case = Case(known, now)
    for authority in AUTHORITIES:
        said = heard_in_time(case, authority, RULES[authority](case))
        case.signals[authority] = skipped_after_failure(case, authority, said)
    for authority in AUTHORITIES:
        case.signals[authority] = heard_while_others_go_on(case, authority, case.signals[authority])
    return case
