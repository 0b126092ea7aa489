"""What an earlier failure leaves of a stage: where nothing of its own exists, it can no longer proceed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.correlation import outstanding
from lanewatch.rollout.facts import ACTIONS, ARGO, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.signal import Signal

CAUSES: Mapping[str, tuple[str, ...]] = {  # what a stage directly waits for
    MIRROR: (),
    ACTIONS: (MIRROR,),
    PLAN: (ACTIONS,),
    PROVENANCE: (PLAN,),
    TEKTON: (PLAN,),
    GITOPS: (PROVENANCE, TEKTON),
    ARGO: (GITOPS,),
    RUNTIME: (ARGO,),
}


def skipped_after_failure(case: Case, authority: str, signal: Signal) -> Signal:
    """`signal`, or skipped because what it waits for failed, was cancelled, was superseded or was skipped so itself.

    Not before its own authority has answered what can be asked: it may have something after all.
    """
    if not signal.waiting or (case.answer(authority) is None and outstanding(case.known, authority, case.correlation)):
        return signal
    for cause in CAUSES[authority]:
        ended = case.signal(cause)
        if ended_for_good(ended):
            return replace(
                signal,
                state="skipped",
                says=signal.says if signal.state == "pending" else "",
                reason=ended.reason,
                started=None,
                superseded_by=ended.superseded_by,
                consequence_of=ended.consequence_of or cause,
            )
    return signal


def ended_for_good(signal: Signal) -> bool:
    """Whether nothing more can come of a stage: failed, cancelled, superseded, or never to be run."""
    if signal.state in ("failed", "cancelled") or signal.superseded_by:
        return True
    return signal.state == "skipped" and not signal.is_done


def blocked(case: Case, authority: str) -> bool:
    """Whether a stage waits, perhaps over others, for one of which nothing can be said: it is not seen to proceed."""
    return any(case.signal(cause).state == "unknown" or blocked(case, cause) for cause in CAUSES[authority])
