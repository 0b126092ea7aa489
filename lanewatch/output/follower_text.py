"""The branch follower beside the new lane, as text and JSON: what it says, what it may, what replaces it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lanewatch.output.glyphs import UNICODE
from lanewatch.output.page import COLUMNS
from lanewatch.output.words import age, cut, end_to_end, seconds, short, stamp
from lanewatch.rollout.contradictions.comparing import Comparison
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.rollout import Rollout
from lanewatch.rollout.survey import Glance
from lanewatch.spec.follower import Follower
from lanewatch.spec.models import SurveyedComponent

SCHEMA = "lanewatch.follower/v1"
MARKS: Mapping[str, str] = {"ok": "succeeded", "risk": "warning", "unknown": "unknown"}
WORDS: Mapping[str, str] = {"contradicts": "they differ", "settling": "settling", "unknown": "not comparable"}
ROW = 16


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything that the page shows. `status` None: `reason` says why the object was not read."""

    follower: Follower
    status: FollowerStatus | None
    reason: str
    rollout: Rollout
    compared: Comparison
    glances: Sequence[tuple[SurveyedComponent, Glance]]


def follower_text(told: Beside, signs: Mapping[str, str] = UNICODE, columns: int = COLUMNS) -> str:
    """The page, ending in a newline."""
    parts = (
        _head(told, columns),
        _sides(told, columns),
        _limits(told.follower, columns),
        _survey(told, signs, columns),
    )
    lines = [line for part in parts for line in ("", *part)][1:]
    return "".join(f"{cut(line.rstrip(), columns)}\n" for line in lines)


def _head(told: Beside, columns: int) -> Iterator[str]:
    follower = told.follower
    yield f"branch follower of {told.rollout.target}: {follower.status}, {follower.mode} (read-only)"
    yield from _wrapped(columns, follower.reason_deprecated)
    if told.status is None:
        word = "unconfigured" if follower.object is None else "not readable"
        yield from _wrapped(columns, f"{word}: {told.reason}")


def _sides(told: Beside, columns: int) -> Iterator[str]:
    """Row by row: the follower left, the new lane right."""
    status, rollout = told.status, told.rollout
    yield f"  {'':<{ROW}} {'follower':<30} new lane"
    rows = (
        ("commit", _or_none(status.observed_commit[:12] if status else ""), (rollout.commit or "none")[:12]),
        ("phase", _or_none(status.phase if status else ""), rollout.state),
        ("took", _took(status), end_to_end(rollout)),
        ("as of", _as_of(told), stamp(rollout.now.wall) or "–"),
    )
    for name, left, right in rows:
        yield f"  {name:<{ROW}} {cut(left, 30):<30} {right}"
    if told.compared.standing != "agrees" and told.status is not None:
        yield from _wrapped(columns, f"{WORDS[told.compared.standing]}: {told.compared.sentence}")
    if status is not None:
        yield from _wrapped(columns, f"source: {status.source}")


def _or_none(value: str) -> str:
    return value or "–"


def _took(status: FollowerStatus | None) -> str:
    return "–" if status is None or status.last_run_seconds is None else f"{seconds(status.last_run_seconds)} s"


def _as_of(told: Beside) -> str:
    at = told.status.updated_at if told.status else None
    return "–" if at is None else f"{stamp(at)}, {age((told.rollout.now.wall - at).total_seconds())} ago"


def _limits(follower: Follower, columns: int) -> Iterator[str]:
    yield from _wrapped(columns, f"still allowed: {', '.join(follower.allowed)}")
    yield from _wrapped(columns, f"frozen: {', '.join(follower.frozen)}")
    yield from _wrapped(columns, f"in the end: {follower.final_disposition} ({follower.issue})")


def _survey(told: Beside, signs: Mapping[str, str], columns: int) -> Iterator[str]:
    yield "  what replaces it, its risk, and what is seen of it now"
    for component, seen in told.glances:
        yield f"{signs[MARKS[seen.state]]} {component.component}: {component.maturity}, {component.direct_reuse}"
        yield from _wrapped(columns, f"risk {component.risk}: {seen.says}", "    ")


def _wrapped(columns: int, text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        short(text), columns, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


def follower_json(told: Beside) -> str:
    """One object, schema lanewatch.follower/v1, ending in a newline."""
    follower, status = told.follower, told.status
    native: dict[str, Any] | None = None
    if status is not None:
        native = {
            "observedCommit": status.observed_commit, "phase": status.phase,
            "lastRunSeconds": status.last_run_seconds, "updatedAt": stamp(status.updated_at), "source": status.source,
        }  # fmt: skip
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "target": told.rollout.target,
        "status": follower.status,
        "mode": follower.mode,
        "configured": follower.object is not None,
        "native": native,
        "reason": told.reason or None,
        "lane": {"commit": told.rollout.commit, "state": told.rollout.state,
                 "elapsedSeconds": told.rollout.elapsed_seconds},
        "comparison": {"state": told.compared.standing, "message": told.compared.sentence},
        "allowed": list(follower.allowed),
        "frozen": list(follower.frozen),
        "finalDisposition": follower.final_disposition,
        "components": [
            {"component": one.component, "maturity": one.maturity, "directReuse": one.direct_reuse, "risk": one.risk,
             "state": seen.state, "says": seen.says}
            for one, seen in told.glances
        ],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
