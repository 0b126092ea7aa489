"""Past rollouts as text and JSON: durations as sparklines, p50 and p95 against budgets, and what would save most."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from lanewatch.output.glyphs import UNICODE
from lanewatch.output.page import COLUMNS
from lanewatch.output.words import cut, seconds, stamp
from lanewatch.rollout.baseline import Baseline, Series, Share
from lanewatch.rollout.record import Record
from lanewatch.rollout.wording import counted

SCHEMA = "lanewatch.history/v1"
BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "12345678"  # where the output takes no Unicode
LISTED = 10  # rollouts shown one by one
NAME = 30
BESIDE = 67  # columns that the name and the numbers take from the bars
LEAST_BARS = 8


def history_text(
    target: str,
    told: Baseline,
    gone: Sequence[str] = (),
    signs: Mapping[str, str] = UNICODE,
    columns: int = COLUMNS,
) -> str:
    """The page, ending in a newline."""
    listed = ["", *_rollouts(told, signs)] if told.records else []
    table = _table(told, signs, max(columns - BESIDE, LEAST_BARS))
    lines = [*_head(target, told), *table, *_shares(told), *listed, *_gone(gone)]
    return "".join(f"{cut(line.rstrip(), columns)}\n" for line in lines)


def _head(target: str, told: Baseline) -> Iterator[str]:
    if not told.records:
        yield f"{target}: no rollout was seen to end yet. A record is kept of each that is;"
        yield "lanewatch history --read 10 reads those that the systems still hold."
        return
    timed = len(told.total.known)
    yield f"{target}   {counted(len(told.records), 'rollout')}, {timed} timed from push to healthy"
    if timed:
        both = f"p50 {seconds(told.total.median)} s, p95 {seconds(told.total.high)} s"
        yield f"  {both}; the branch follower takes {told.follower_seconds:g} s: {told.faster} of {timed} were faster"
    yield ""


def _table(told: Baseline, signs: Mapping[str, str], bars: int) -> Iterator[str]:
    """`bars`: how many rollouts there is room for."""
    if not told.records:
        return
    drawn = "oldest to newest" if len(told.records) <= bars else f"the newest {bars}"
    yield f"  {'':<{NAME}} {'p50':>7} {'p95':>7}  {'budget':>6} {'over':>5}  {drawn}"
    for series in (told.total, *told.stages):
        limit = "–" if series.budget is None else f"{series.budget:g}"
        over = str(series.over) if series.budget is not None and series.known else "–"
        line = f"  {cut(series.name, NAME):<{NAME}} {_against(series.median, series)}{_against(series.high, series)}"
        yield f"{line} {limit:>6} {over:>5}  {sparkline(series, signs, bars)}"


def _against(value: float | None, series: Series) -> str:
    """A duration, marked where it breaks the budget."""
    is_over = value is not None and series.budget is not None and value > series.budget
    return f"{seconds(value):>7}{'!' if is_over else ' '}"


def sparkline(series: Series, signs: Mapping[str, str] = UNICODE, most: int = COLUMNS - BESIDE) -> str:
    """One sign for each of the newest `most`, the tallest for the budget or the longest beyond it, no time a blank."""
    bars = BARS if signs is UNICODE else PLAIN_BARS
    top = max([*series.known, series.budget or 0.0], default=0.0)
    if top <= 0:
        return ""
    shown = series.values[-most:]
    return "".join(" " if value is None else bars[min(7, int(value / top * 8))] for value in shown)


def _shares(told: Baseline) -> Iterator[str]:
    if not told.shares:
        return
    yield ""
    parts = [_share_text(share) for share in told.shares]
    yield "  where the time goes, on average: " + ", ".join(parts[:2])
    if parts[2:]:
        yield "    " + ", ".join(parts[2:])
    best = told.best_change
    if best is not None:
        yield f"  saves most: {best.wait.saving}, up to {best.saved:.0f} s a rollout"


def _share_text(share: Share) -> str:
    part = "" if share.part is None else f" ({share.part:.0%})"
    return f"{share.wait.name} {share.seconds:.0f} s{part}"


def _rollouts(told: Baseline, signs: Mapping[str, str]) -> Iterator[str]:
    for record in reversed(told.records[-LISTED:]):
        mark = signs.get(record.state, "?")
        taken = f"{seconds(record.elapsed_seconds):>6} s" if record.elapsed_seconds is not None else "       –"
        passed = sum(state == "pass" for state in record.checks.values())
        how = "" if record.seen == "live" else "  (as kept)"
        yield (
            f"{mark} {record.commit[:12]}  {_when(record)}  {record.state:<10} {taken}  "
            f"{record.decision or '–':<12} {passed}/{len(record.checks)} checks{how}"
        )
    if len(told.records) > LISTED:
        yield f"  +{len(told.records) - LISTED} more (lanewatch history -o json)"


def _when(record: Record) -> str:
    return record.ended_at.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")


def _gone(gone: Sequence[str]) -> Iterator[str]:
    if gone:
        yield ""
        yield "  gone, or never there:"
        yield from (f"    {line}" for line in gone)


def history_json(target: str, told: Baseline, gone: Sequence[str] = ()) -> str:
    """One object, schema lanewatch.history/v1, ending in a newline."""
    best = told.best_change
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "target": target,
        "followerSeconds": told.follower_seconds,
        "fasterThanFollower": told.faster,
        "endToEnd": _series(told.total),
        "stages": [_series(series) for series in told.stages],
        "waits": [_share(share) for share in told.shares],
        "savesMost": None if best is None else {"change": best.wait.saving, "seconds": round(best.saved, 1)},
        "rollouts": [
            {"commit": one.commit, "state": one.state, "endedAt": stamp(one.ended_at), "decision": one.decision or None,
             "elapsedSeconds": one.elapsed_seconds, "checks": dict(one.checks), "seen": one.seen}
            for one in reversed(told.records)
        ],
        "gone": list(gone),
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _series(series: Series) -> dict[str, Any]:
    return {
        "name": series.name, "p50": series.median, "p95": series.high, "budget": series.budget,
        "over": series.over, "values": list(series.values),
    }  # fmt: skip


def _share(share: Share) -> dict[str, Any]:
    part = None if share.part is None else round(share.part, 3)
    return {"name": share.wait.name, "seconds": round(share.seconds, 1), "part": part}
