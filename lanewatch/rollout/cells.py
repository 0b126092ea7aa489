"""Facts judged at now: each with its age, none old without saying so."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import QUALITY_OF_OUTCOME, Fact, Observation, Outcome, Quality
from lanewatch.rollout.freshness import Rest, Thresholds, age_of, quality_at, thresholds_of
from lanewatch.rollout.rollout import ENDED, Cell

TOLD = frozenset({Quality.GOOD, Quality.ESTIMATED, Quality.ABSENT})


def limits_of(case: Case, authority: str) -> Thresholds:
    """Once every stage is judged."""
    if case.signal(authority).state not in ENDED:
        return thresholds_of(authority, Rest.NONE)
    return thresholds_of(authority, Rest.STAGE if case.goes_on else Rest.LANE)


def cell(case: Case, authority: str, fact: Fact) -> Cell:
    """A fact of an authority's answer, as old as that answer."""
    seen = case.seen(authority)
    age = age_of(seen, case.now)
    if seen is not None and seen.last is not seen.last_ok and fact in seen.last.facts:  # a failed read told it
        age = max(0.0, case.now.steady - seen.confirmed_at.steady)
    quality = quality_at(fact, age, limits_of(case, authority))
    if quality is fact.quality:
        return Cell(fact, quality, age)
    trouble = case.unreadable(authority)
    return Cell(replace(fact, reason=f"{age or 0.0:.0f} s old{f': {trouble}' if trouble else ''}"), quality, age)


def cells_of(case: Case, authority: str) -> tuple[Cell, ...]:
    """Every fact that the authority told, judged; without an answer, what a failed read told all the same."""
    observation = case.answer(authority)
    if observation is not None:
        return tuple(cell(case, authority, fact) for fact in observation.facts)
    seen = case.seen(authority)
    if seen is None or seen.last.subject.contradicts(case.correlation):
        return ()
    return tuple(cell(case, authority, fact) for fact in seen.last.facts if fact.quality in TOLD)


def field(case: Case, authority: str, name: str) -> Cell:
    """The fact of that name: what a failed read still told, else the last answer's, else why there is none."""
    seen = case.seen(authority)
    last = seen.last if seen else None
    if last is not None and last.outcome is not Outcome.OK and not last.subject.contradicts(case.correlation):
        told = last.fact(name)
        if told is not None and told.quality in TOLD:
            return cell(case, authority, told)
    observation = case.answer(authority)
    fact = observation.fact(name) if observation else None
    return (
        cell(case, authority, fact)
        if fact
        else Cell(_nothing(case, authority, name, last, observation), _why(case, authority, last, observation), None)
    )


def _why(case: Case, authority: str, last: Observation | None, answer: Observation | None) -> Quality:
    if case.operator and authority in dict(case.operator.unconfigured):
        return Quality.UNCONFIGURED
    if last is None:
        return Quality.UNKNOWN
    if last.outcome is not Outcome.OK:
        return QUALITY_OF_OUTCOME[last.outcome]
    return Quality.ABSENT if answer else Quality.UNKNOWN


def _nothing(case: Case, authority: str, name: str, last: Observation | None, answer: Observation | None) -> Fact:
    quality = _why(case, authority, last, answer)
    reason = case.unreadable(authority) or ("not told" if answer else "not asked yet")
    return Fact(name, None, quality, authority, "", reason=reason)
