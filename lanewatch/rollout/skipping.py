"""What an earlier failure leaves of a stage: where nothing of its own exists, it can no longer proceed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import ACTIONS, ARGO, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.signal import Signal

CAUSES: Mapping[str, tuple[str, ...]] = {  # nearest cause last
    MIRROR: (),
    ACTIONS: (MIRROR,),
    PLAN: (MIRROR, ACTIONS),
    PROVENANCE: (MIRROR, ACTIONS, PLAN),
    TEKTON: (MIRROR, ACTIONS, PLAN),
    GITOPS: (MIRROR, ACTIONS, PLAN, PROVENANCE, TEKTON),
    ARGO: (MIRROR, ACTIONS, PLAN, PROVENANCE, TEKTON, GITOPS),
    RUNTIME: (MIRROR, ACTIONS, PLAN, PROVENANCE, TEKTON, GITOPS, ARGO),
}


def skipped_after_failure(case: Case, authority: str, signal: Signal) -> Signal:
    """`signal`, or skipped because of the first stage before it that failed, was cancelled or was superseded."""
    if not signal.waiting:
        return signal
    for cause in CAUSES[authority]:
        ended = case.signal(cause)
        if ended_for_good(ended):
            root = ended.consequence_of if ended.state == "skipped" and ended.consequence_of else cause
            return replace(
                signal,
                state="skipped",
                reason=ended.reason,
                started=None,
                superseded_by=ended.superseded_by,
                consequence_of=root,
            )
    return signal


def ended_for_good(signal: Signal) -> bool:
    """Whether nothing more can come of a stage: failed, cancelled, superseded, or never to be run."""
    if signal.state in ("failed", "cancelled") or signal.superseded_by:
        return True
    return signal.state == "skipped" and not signal.is_done


def blocked(case: Case, authority: str) -> bool:
    """Whether a stage waits for one before it of which nothing can be said: it is not seen to proceed."""
    return any(case.signal(cause).state == "unknown" for cause in CAUSES[authority])
