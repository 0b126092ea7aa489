"""The 18 fields of the status projection (CONTRACTS 3, "Fields")."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from lanewatch.rollout.case import Case
from lanewatch.rollout.cells import field, limits_of
from lanewatch.rollout.clocks import OUR_CLOCK, Span, Stamp
from lanewatch.rollout.facts import ACTIONS, GITOPS, MIRROR, OPERATOR, PROVENANCE, RUNTIME, Fact, Quality
from lanewatch.rollout.freshness import age_of, quality_at
from lanewatch.rollout.reports import MirroredRepository
from lanewatch.rollout.rollout import Cell
from lanewatch.rollout.stages.gitops import revision
from lanewatch.spec.lane import Lane
from lanewatch.spec.tables import FIELD_AUTHORITY, LANEWATCH


def fields(case: Case, lane: Lane, t0: Stamp | None) -> Mapping[str, Cell]:
    """Every required field of the spec, in its order; a field that nobody produces is unconfigured.

    No time has elapsed yet: see `with_elapsed`.
    """
    own = {
        "target": lambda: _final("target", lane.target, LANEWATCH, "spec.targets[].id"),
        "sourceCommit": lambda: _source_commit(case),
        "giteaMirrorLag": lambda: mirror_lag(case, t0),
        "actionsRunId": lambda: _run_id(case),
        "gitopsRevision": lambda: _gitops_revision(case),
        "imageDigest": lambda: _contradicted(case, "imageDigest"),
        "runtimeTargetSha": lambda: _contradicted(case, "runtimeTargetSha"),
        "health": lambda: _contradicted(case, "health"),
        "elapsedSeconds": lambda: _elapsed(t0, None),
    }
    return {name: own[name]() if name in own else _told(case, name) for name in lane.required_fields}


def with_elapsed(cells: Mapping[str, Cell], t0: Stamp | None, elapsed: Span | None) -> Mapping[str, Cell]:
    """The fields once the lane's state, and so its end, is judged by them."""
    return {name: _elapsed(t0, elapsed) if name == "elapsedSeconds" else cell for name, cell in cells.items()}


def _told(case: Case, name: str) -> Cell:
    authority = FIELD_AUTHORITY.get(name)
    if authority is None:
        fact = Fact(name, None, Quality.UNCONFIGURED, LANEWATCH, "", reason="no authority produces this field")
        return Cell(fact, Quality.UNCONFIGURED, None)
    return field(case, authority, name)


def _final(name: str, value: str, authority: str, source: str) -> Cell:
    return Cell(Fact(name, value, Quality.GOOD, authority, source, final=True), Quality.GOOD, 0.0)


def _source_commit(case: Case) -> Cell:
    """The pinned commit: it stands whether or not the mirror can be read."""
    told = field(case, MIRROR, "sourceCommit")
    pin = case.known.pin
    if pin is None or told.fact.value == pin.commit:
        return told
    authority = OPERATOR if pin.by in ("operator", "connections") else MIRROR
    return _final("sourceCommit", pin.commit, authority, f"pinned by {pin.by}")


def _run_id(case: Case) -> Cell:
    """The run's id; where the runs cannot be asked, the one that the accepted provenance names."""
    told = field(case, ACTIONS, "actionsRunId")
    named = case.provenance.actions_run_id if case.provenance else ""
    if told.fact.value is not None or case.actions is not None or not named:
        return told
    reason = f"named by the provenance; {told.fact.reason}" if told.fact.reason else "named by the provenance"
    fact = Fact("actionsRunId", named, Quality.ESTIMATED, PROVENANCE, "provenance", reason=reason)
    age = age_of(case.seen(PROVENANCE), case.now)
    return Cell(fact, quality_at(fact, age, limits_of(case, PROVENANCE)), age)


def _gitops_revision(case: Case) -> Cell:
    """R; where nothing changed, the commit that stands."""
    told = field(case, GITOPS, "gitopsRevision")
    standing = revision(case)
    if standing is None or told.fact.value == standing.sha:
        return told
    fact = Fact(
        "gitopsRevision", standing.sha, Quality.GOOD, GITOPS, "gitops history", standing.committed_at, final=True
    )
    return Cell(fact, Quality.GOOD, told.age_seconds)


def _contradicted(case: Case, name: str) -> Cell:
    """A field of the workload, marked where what runs contradicts what was built."""
    told, signal = field(case, RUNTIME, name), case.signal(RUNTIME)
    if signal.conflict != name or told.quality not in (Quality.GOOD, Quality.ESTIMATED):
        return told
    return Cell(replace(told.fact, reason=signal.reason), Quality.CONFLICT, told.age_seconds)


def _elapsed(t0: Stamp | None, elapsed: Span | None) -> Cell:
    if t0 is None or elapsed is None:
        reason = "nobody told when it started" if t0 is None else "the end has no time"
        fact = Fact("elapsedSeconds", None, Quality.UNKNOWN, LANEWATCH, "", reason=reason)
        return Cell(fact, Quality.UNKNOWN, None)
    reason = t0.fact.reason if t0.fact.quality is Quality.ESTIMATED else ""
    source = f"since {t0.fact.source}"
    fact = Fact(
        "elapsedSeconds", round(elapsed.seconds, 1), t0.fact.quality, LANEWATCH, source, t0.at, reason, final=True
    )
    return Cell(fact, fact.quality, 0.0)


def mirror_lag(case: Case, t0: Stamp | None) -> Cell:
    """Seconds that the mirror is behind its upstream: 0 only when both heads are equal, never while they differ."""
    name, target = "giteaMirrorLag", case.mirror.target if case.mirror else None
    if target is None or target.mirror_head is None:
        return replace_value(field(case, MIRROR, name), None)
    age = age_of(case.seen(MIRROR), case.now)  # of the heads: a read that failed may still tell the commit
    if target.upstream_head is None:
        since, why = _stamp_of(case, target.mirror_updated), "upstream not readable: since the mirror last tried"
        return _lag(case, since, Quality.ESTIMATED, f"mirror_updated of {target.repository}", why, age)
    if target.upstream_head == target.mirror_head:
        fact = Fact(name, 0.0, Quality.GOOD, MIRROR, f"heads of {target.repository}")
        return Cell(fact, _aged(case, fact, age), age)
    start = t0 if target.upstream_head == case.commit else head_pushed(case, target)
    quality = start.fact.quality if start else Quality.UNKNOWN
    return _lag(case, start, quality, f"upstream head {target.upstream_head}", "the mirror is behind", age)


def replace_value(told: Cell, value: None) -> Cell:
    """The cell without a value: what is not known is not shown."""
    fact = replace(told.fact, value=value)
    return Cell(fact, told.quality if told.quality not in (Quality.GOOD, Quality.ESTIMATED) else Quality.UNKNOWN, None)


def _aged(case: Case, fact: Fact, age: float | None) -> Quality:
    return quality_at(fact, age, limits_of(case, MIRROR))


def _lag(case: Case, since: Stamp | None, quality: Quality, source: str, reason: str, age: float | None) -> Cell:
    span = case.clocks.until_now(since)
    if span is None:
        fact = Fact(
            "giteaMirrorLag", None, Quality.UNKNOWN, MIRROR, source, reason=f"{reason}, since when is not known"
        )
        return Cell(fact, Quality.UNKNOWN, age)
    value = float(max(1, math.ceil(span.seconds)))
    fact = Fact("giteaMirrorLag", value, quality, MIRROR, source, reason=reason)
    return Cell(fact, _aged(case, fact, age), age)


def _stamp_of(case: Case, at: datetime | None) -> Stamp | None:
    return case.stamp(MIRROR, at, "mirror_updated", Quality.ESTIMATED)


def head_pushed(case: Case, target: MirroredRepository) -> Stamp | None:
    """When the upstream head was pushed: seen live, else its committer date (estimated)."""
    seen = case.live(MIRROR, f"upstream:{target.upstream_head}")
    head = case.mirror.head_commit if case.mirror else None
    if seen is not None or head is None or head.sha != target.upstream_head or head.committed_at is None:
        return seen
    at = head.committed_at
    fact = Fact("t0", at.isoformat(), Quality.ESTIMATED, MIRROR, "committer date", at, "may be earlier than the push")
    return Stamp(at, OUR_CLOCK, fact)
