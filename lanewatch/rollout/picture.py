"""The picture of one commit at one instant: everything that a front end shows or an export holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

from lanewatch.rollout.budgets import end_to_end, stage_burn, stage_span
from lanewatch.rollout.case import Case
from lanewatch.rollout.cells import cells_of, limits_of
from lanewatch.rollout.clocks import Stamp, skew_at
from lanewatch.rollout.correlation import is_joining, outstanding
from lanewatch.rollout.elapsed import elapsed_between, is_open, is_unheard
from lanewatch.rollout.evidence import evidence
from lanewatch.rollout.facts import (
    AUTHORITIES,
    QUALITY_OF_OUTCOME,
    Correlation,
    Cost,
    Entry,
    Knowledge,
    Moment,
    Quality,
)
from lanewatch.rollout.fields import fields, with_elapsed
from lanewatch.rollout.findings import find
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.freshness import age_of
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.lane import lane_state
from lanewatch.rollout.last_good import last_good
from lanewatch.rollout.newer import newer_commit
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Cell, Read, Rollout, Stage
from lanewatch.rollout.stages import judged
from lanewatch.rollout.stages.gitops import revision
from lanewatch.rollout.start import attempt_started, started
from lanewatch.rollout.words_of_stages import reason_of
from lanewatch.spec.lane import Lane, LaneStage
from lanewatch.spec.tables import END_TO_END

NO_FORECAST = "0 of 5 earlier rollouts known"  # without history


def picture(lane: Lane, known: Knowledge, now: Moment, history: Sequence[Record] = ()) -> Rollout:
    """The rollout of the pinned commit as it is known at `now`. Total: any knowledge gives a picture.

    history: own rollouts of the past, which the forecast rests on; without them it is unknown.
    """
    case = judged(known, now)
    t0 = started(case)
    drawn = _drawn(case, lane, t0, tuple(_stage(case, lane, stage) for stage in lane.stages))
    if not history:
        return drawn
    from lanewatch.rollout.foreseeing import foreseen  # statistics, which a first picture has no use for

    return foreseen(drawn, history)


def project(lane: Lane, entries: Iterable[Entry], now: Moment) -> Rollout:
    """The picture that a journal gives."""
    return picture(lane, reduce(learn, entries, Knowledge()), now)


def unsettled(known: Knowledge, now: Moment) -> frozenset[str]:
    """Authorities whose answer needs a second read before it is believed, and that can be read."""
    case = judged(known, now)
    waiting = frozenset[str]().union(*(signal.awaits for signal in case.signals.values()))
    return frozenset(authority for authority in waiting if not case.unreadable(authority))


def _drawn(case: Case, lane: Lane, t0: Stamp | None, stages: tuple[Stage, ...]) -> Rollout:
    authorities = tuple(stage.authority for stage in lane.stages)
    told = fields(case, lane, t0)
    proof = evidence(case, lane, told)
    state = lane_state(case, authorities, proof)
    elapsed = elapsed_between(case, authorities, state, t0)
    cells = with_elapsed(told, t0, elapsed)
    attempt = elapsed_between(case, authorities, state, attempt_started(case, t0))
    goes_on = is_open(case, authorities, state)
    burn = end_to_end(END_TO_END, lane.end_to_end_seconds, attempt, goes_on)
    joins = is_joining(case.known, authorities, case.correlation, case.now)
    if goes_on and (joins or (state == "unknown" and is_unheard(case, authorities))):
        burn = replace(burn, state="unknown")  # it may have ended long ago
    newer = newer_commit(case)
    view = View(case, lane, state, stages, cells, proof, burn, attempt, newer)
    commit = (
        case.mirror.commit if case.mirror and case.mirror.commit and case.mirror.commit.sha == case.commit else None
    )
    return Rollout(
        target=lane.target,
        repository=lane.repository,
        branch=lane.branch,
        node=lane.node,
        mode=lane.mode,
        commit=case.commit,
        commit_subject=commit.subject if commit else "",
        commit_author=commit.author if commit else "",
        commit_time=commit.committed_at if commit else None,
        newer_commit=newer,
        state=state,
        partial=any(_is_open(case, authority) for authority in authorities),
        now=case.now,
        t0=Cell(t0.fact, t0.fact.quality, None) if t0 else None,
        elapsed_seconds=elapsed.seconds if elapsed else None,
        budget=burn,
        baseline_seconds=lane.baseline_seconds,
        forecast_seconds=None,
        forecast_reason=NO_FORECAST,
        stages=stages,
        fields=cells,
        findings=find(view),
        evidence=proof,
        reads=tuple(_read(case, authority) for authority in AUTHORITIES),
        correlation=_correlation(case),
        last_good=last_good(case),
        skews=_skews(case),
    )


def _stage(case: Case, lane: Lane, stage: LaneStage) -> Stage:
    signal, seen = case.signal(stage.authority), case.seen(stage.authority)
    span, observation = stage_span(case, stage.authority), case.answer(stage.authority)
    return Stage(
        id=stage.id,
        authority=stage.authority,
        owner=stage.owner,
        state=signal.state,
        says=signal.says or reason_of(case, lane, signal),
        reason=reason_of(case, lane, signal),
        started_at=case.clocks.ours(signal.started) if signal.started else None,
        finished_at=case.clocks.ours(signal.finished) if signal.finished else None,
        uncertainty_seconds=span.uncertainty if span else None,
        elapsed_seconds=span.seconds if span else None,
        budget=stage_burn(case, lane, stage),
        age_seconds=age_of(seen, case.now),
        quality=_quality(case, stage.authority),
        cells=cells_of(case, stage.authority),
        handles=observation.handles if observation else (),
        last_said=signal.last_said,
    )


def _quality(case: Case, authority: str) -> Quality:
    """How good the authority's last answer is now, or why there is none."""
    seen, age = case.seen(authority), age_of(case.seen(authority), case.now)
    if case.operator and authority in dict(case.operator.unconfigured):
        return Quality.UNCONFIGURED
    if case.signal(authority).conflict:
        return Quality.CONFLICT
    if seen is None or (case.answer(authority) is None and seen.last_ok is not None):
        return Quality.UNKNOWN
    if age is None:
        return QUALITY_OF_OUTCOME[seen.last.outcome]
    limits = limits_of(case, authority)
    if age > limits.stale and not case.signal(authority).final:
        return Quality.STALE
    return Quality.AGEING if age > limits.ageing and not case.signal(authority).final else Quality.GOOD


def _is_open(case: Case, authority: str) -> bool:
    """Whether the authority cannot be read, or has not answered what would be asked now."""
    return bool(case.unreadable(authority)) or outstanding(case.known, authority, case.correlation)


def _read(case: Case, authority: str) -> Read:
    seen = case.seen(authority)
    if seen is None:
        return Read(authority, None, case.unreadable(authority) or "not asked yet", 0.0, None, Cost())
    last = seen.last
    age = max(0.0, case.now.steady - seen.confirmed_at.steady)
    return Read(authority, last.outcome, last.reason, last.seconds, age, seen.cost)


def _correlation(case: Case) -> Correlation:
    """What ties the authorities together, with R where nothing was published because nothing changed."""
    standing = revision(case)
    if standing is None:
        return case.correlation
    return replace(case.correlation, gitops_revision=standing.sha, published_at=standing.committed_at)


def _skews(case: Case) -> dict[str, tuple[float, float]]:
    skews = {host: skew_at(clock, case.now) for host, clock in case.known.clocks.items()}
    return {host: (skew.low, skew.high) for host, skew in skews.items()}
