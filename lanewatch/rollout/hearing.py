"""What silence does to a stage: an authority not heard for too long, or never, cannot vouch for its stage."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import ACTIONS, ARGO, MIRROR, NEEDS, RUNTIME
from lanewatch.rollout.freshness import age_of, thresholds_of
from lanewatch.rollout.rollout import ENDED
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.wording import cut

SUPPLIERS = {"commit": MIRROR, "run_id": ACTIONS}  # who tells what an authority cannot ask without


def heard_in_time(case: Case, authority: str, signal: Signal) -> Signal:
    """`signal`, or unknown where its authority cannot be read, or running where it may not newly succeed."""
    if signal.state in ("failed", "cancelled") and signal.final:
        return signal
    age = age_of(case.seen(authority), case.now)
    if age is None or case.answer(authority) is None:
        return _never_heard(case, authority, signal)
    absent = case.absent(authority)
    if absent and authority != RUNTIME and signal.state in ("pending", "running"):
        return _unknown(signal, absent)  # a Deployment alone may legitimately not exist yet
    limits = thresholds_of(authority, signal.state not in ENDED)
    if signal.final or signal.state in ("pending", "skipped"):
        return signal
    if age > limits.unknown:
        reason = case.unreadable(authority)
        return _unknown(signal, f"not heard for {age:.0f} s{f': {reason}' if reason else ''}")
    if signal.is_done and _learned_too_late(case, authority):
        return replace(signal, state="running", says=f"not heard for {age:.0f} s", finished=None)
    return signal


def _never_heard(case: Case, authority: str, signal: Signal) -> Signal:
    """No answer to the current question: unknown where the authority, or whoever it depends on, cannot be read."""
    if signal.state not in ("pending", "running"):
        return signal
    reason = case.unreadable(authority) or _cannot_be_asked(case, authority)
    told = case.told_aside(authority)
    if told:
        return replace(_unknown(signal, f"{told}; {reason}"), says=cut(told))
    return _unknown(signal, reason) if reason else signal


def _cannot_be_asked(case: Case, authority: str) -> str:
    for need in sorted(NEEDS.get(authority, frozenset())):
        supplier = SUPPLIERS.get(need)
        if supplier and getattr(case.correlation, need) is None and case.answer(supplier) is None:
            reason = case.unreadable(supplier)
            if reason:
                return f"needs the {need.replace('_', ' ')}: {reason}"
    return ""


def _unknown(signal: Signal, reason: str) -> Signal:
    return replace(signal, state="unknown", says=cut(reason), reason=reason, finished=None, waiting=False)


def _learned_too_late(case: Case, authority: str) -> bool:
    """Whether what its success rests on came when its own authority's last answer had already aged."""
    seen = case.seen(authority)
    if seen is None or seen.last_ok_at is None:
        return True
    aged_at = seen.last_ok_at.steady + thresholds_of(authority, True).ageing
    sights = [sight for sight in map(case.sight, _rests_on(case, authority)) if sight is not None]
    return any(sight.at.steady > aged_at for sight in sights)


def _rests_on(case: Case, authority: str) -> tuple[str, ...]:
    """The sights of others that a success of this authority's stage needs."""
    published = f"published:{case.correlation.gitops_revision}"
    if authority == ARGO:
        return (published,)
    if authority == RUNTIME:
        found = case.provenance
        built = f"provenance:{found.source_commit}:{found.image_digest}:{found.reuse_decision}" if found else ""
        return (published, built)
    return ()
