"""Folds the journal into what is known: the latest words of every authority and when each thing was first seen.

`learn` is incremental and total: one entry more gives the next Knowledge, whatever came before. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from lanewatch.rollout.clocks import heard_date
from lanewatch.rollout.facts import (
    ANSWERED,
    OPERATOR,
    Confirmation,
    Cost,
    Entry,
    HostClock,
    Knowledge,
    Moment,
    Observation,
    Pin,
    Seen,
    Sight,
    Skew,
)
from lanewatch.rollout.reports import (
    ActionsReport,
    ApplicationReport,
    MirrorReport,
    OperatorReport,
    Report,
    TektonReport,
    WorkloadReport,
)
from lanewatch.rollout.sights import sights, would_show

MOST_SIGHTS = 2048  # a lane shows some fifty; the cap bounds a window left open over many pushes

V = TypeVar("V")


def learn(known: Knowledge, entry: Entry) -> Knowledge:
    """What is known after one more entry of the journal."""
    if isinstance(entry, Confirmation):
        return _confirmed(known, entry)
    before = known.seen.get(entry.authority)
    if before is not None and same_words(before.last, entry):
        return _confirmed(known, entry)
    first_seen, gone = _sighted(known, before, entry)
    return replace(
        known,
        seen={**known.seen, entry.authority: _seen(before, entry)},
        first_seen=first_seen,
        gone=gone,
        clocks=_clocks(known, entry.host, entry.skew, entry.read_at),
        pin=_pin(known.pin, entry),
        started_at=_earliest(known.started_at, entry.read_at),
    )


def same_words(first: Observation, second: Observation) -> bool:
    """Whether two reads said the same; the server's clock and the cost of asking are not what was said."""
    return (
        (first.subject, first.outcome, first.reason, first.host)
        == (second.subject, second.outcome, second.reason, second.host)
        and first.facts == second.facts
        and first.handles == second.handles
        and _timeless(first) == _timeless(second)
    )


def _timeless(observation: Observation) -> Report | None:
    report = observation.report
    if isinstance(report, ActionsReport | TektonReport | ApplicationReport | WorkloadReport):
        return replace(report, server_time=None)
    return report


def _confirmed(known: Knowledge, entry: Entry) -> Knowledge:
    """The last word of an authority was repeated; a confirmation of nothing says nothing."""
    seen = known.seen.get(entry.authority)
    if seen is None:
        return known
    return replace(
        known,
        seen={**known.seen, entry.authority: _repeated(seen, entry)},
        clocks=_clocks(known, seen.last.host, entry.skew, entry.read_at),
        started_at=_earliest(known.started_at, entry.read_at),
    )


def _repeated(seen: Seen, entry: Entry) -> Seen:
    """A read that is told twice is one read."""
    if seen.confirmed_at == entry.read_at:
        return seen
    confirmed = replace(seen, confirmed_at=entry.read_at, cost=seen.cost + entry.cost)
    if seen.last is not seen.last_ok:
        return confirmed
    return replace(confirmed, last_ok_at=entry.read_at, reads=seen.reads + 1, asked_at=_asked_at(entry))


def _asked_at(entry: Entry) -> float:
    return entry.read_at.steady - entry.seconds


def _seen(before: Seen | None, entry: Observation) -> Seen:
    at, cost = entry.read_at, entry.cost + (before.cost if before else Cost())
    if entry.outcome not in ANSWERED:
        return (
            replace(before, last=entry, confirmed_at=at, cost=cost)
            if before
            else Seen(entry, at, None, None, None, 0, cost)
        )
    earlier = before.last_ok if before else None
    if before and earlier and same_words(earlier, entry):  # an outage lay between two equal answers
        return Seen(entry, at, entry, at, before.previous_ok, before.reads + 1, cost, _asked_at(entry))
    return Seen(entry, at, entry, at, earlier, 1, cost, _asked_at(entry))


def _sighted(
    known: Knowledge, before: Seen | None, entry: Observation
) -> tuple[Mapping[str, Sight], Mapping[str, Moment]]:
    """First sights, and what is gone, after an observation; only answers show that something is not there."""
    if entry.outcome not in ANSWERED:
        return known.first_seen, known.gone
    shown = sights(entry)
    earlier = before.last_ok if before else None
    earlier_at = before.last_ok_at if before else None
    new = {
        key: Sight(earlier_at if earlier and would_show(key, earlier, entry) else None, entry.read_at)
        for key in shown
        if key not in known.first_seen
    }
    vanished = {
        key: entry.read_at
        for key in (sights(earlier) if earlier else frozenset())
        if earlier and key not in shown and would_show(key, entry, earlier)
    }
    gone = {key: at for key, at in known.gone.items() if key not in shown} | vanished
    return _newest({**known.first_seen, **new}) if new else known.first_seen, _newest(gone)


def _newest(kept: dict[str, V]) -> Mapping[str, V]:
    while len(kept) > MOST_SIGHTS:
        del kept[next(iter(kept))]
    return kept


def _clocks(known: Knowledge, host: str, skew: Skew | None, at: Moment) -> Mapping[str, HostClock]:
    if skew is None or not host:
        return known.clocks
    return {**known.clocks, host: heard_date(known.clocks.get(host), skew, at)}


def _pin(pin: Pin | None, entry: Observation) -> Pin | None:
    """Which commit is watched: what a person said, else the upstream head, else the mirror's. Once chosen it stays."""
    report = entry.report
    if entry.authority == OPERATOR and isinstance(report, OperatorReport) and report.commit:
        return Pin(report.commit, report.commit_by)
    if pin is not None or not isinstance(report, MirrorReport) or report.target is None:
        return pin
    if report.target.upstream_head:
        return Pin(report.target.upstream_head, "upstream")
    return Pin(report.target.mirror_head, "mirror") if report.target.mirror_head else None


def _earliest(first: Moment | None, second: Moment) -> Moment:
    return second if first is None or second.steady < first.steady else first
