"""What silence does to a stage: an authority not heard for too long, or never, cannot vouch for its stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.correlation import outstanding
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    MIRROR,
    NEEDS,
    OPERATOR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    SUBJECT_FIELDS,
    TEKTON,
)
from lanewatch.rollout.freshness import Rest, age_of, thresholds_of
from lanewatch.rollout.rollout import ENDED
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.wording import cut

SUPPLIERS: Mapping[str, tuple[str, ...]] = {  # who tells the fields of a question
    "commit": (OPERATOR, MIRROR),
    "snapshot_ref": (PLAN, TEKTON),
    "run_id": (ACTIONS,),
    "run_attempt": (ACTIONS,),
    "event_id": (ACTIONS,),
    "plan_ref": (ACTIONS, TEKTON),
    "pipeline_run_uid": (TEKTON,),
    "image_digest": (PLAN, PROVENANCE),
}


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
    if signal.final or signal.state in ("pending", "skipped"):
        return signal
    if age > thresholds_of(authority, Rest.LANE if signal.state in ENDED else Rest.NONE).unknown:
        return _silent(case, authority, signal, age)
    if signal.is_done and _learned_too_late(case, authority):
        if age > thresholds_of(authority, Rest.NONE).unknown:
            return _silent(case, authority, signal, age)
        return replace(signal, state="running", says=f"not heard for {age:.0f} s", finished=None)
    return signal


def heard_while_others_go_on(case: Case, authority: str, signal: Signal) -> Signal:
    """Once all are judged: until the whole lane has ended an ended stage is asked oftener, and so is sooner unknown."""
    age = age_of(case.seen(authority), case.now)
    if signal.final or signal.state not in ENDED or signal.state == "skipped" or age is None or not case.goes_on:
        return signal
    return _silent(case, authority, signal, age) if age > thresholds_of(authority, Rest.STAGE).unknown else signal


def _silent(case: Case, authority: str, signal: Signal, age: float) -> Signal:
    reason = case.unreadable(authority)
    unknown = _unknown(signal, f"not heard for {age:.0f} s{f': {reason}' if reason else ''}")
    return replace(unknown, last_said=signal.says)


def _never_heard(case: Case, authority: str, signal: Signal) -> Signal:
    """No answer to the current question: unknown where the authority, or whoever it depends on, cannot be read."""
    if signal.state not in ("pending", "running"):
        return signal
    reason = case.unreadable(authority) or _cannot_be_asked(case, authority) or _keeps_silent(case, authority)
    told = case.told_aside(authority)
    if told:
        return replace(_unknown(signal, f"{told}; {reason}"), says=cut(told))
    return _unknown(signal, reason) if reason else signal


def _keeps_silent(case: Case, authority: str) -> str:
    """It can be asked, and has given no word for too long: a question may hang, or the machine have slept."""
    if not outstanding(case.known, authority, case.correlation):
        return ""
    waited = case.now.steady - max(_asked_since(case, authority), default=case.now.steady)
    return f"no answer for {waited:.0f} s" if waited > thresholds_of(authority, Rest.NONE).unknown else ""


def _asked_since(case: Case, authority: str) -> Iterator[float]:
    """Steady seconds, the last of which is no later than the question of now: its last word, and what it rests on."""
    seen, began = case.seen(authority), case.known.started_at
    if seen is not None or began is not None:
        yield seen.confirmed_at.steady if seen else began.steady if began else 0.0
    for name in SUBJECT_FIELDS[authority]:
        for supplier in SUPPLIERS[name]:
            told = case.seen(supplier)
            if told is not None:
                yield told.last.read_at.steady


def _cannot_be_asked(case: Case, authority: str) -> str:
    for need in sorted(NEEDS.get(authority, frozenset())):
        if getattr(case.correlation, need) is not None:
            continue
        for supplier in SUPPLIERS[need]:
            reason = case.unreadable(supplier) if case.answer(supplier) is None else ""
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
    aged_at = seen.last_ok_at.steady + thresholds_of(authority, Rest.NONE).ageing
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
