"""How durations, ages, times and values are written, alike in every plain output."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lanewatch.rollout.facts import Quality, Scalar
from lanewatch.rollout.rollout import Cell, Rollout

if TYPE_CHECKING:
    from lanewatch.rollout.forecast import Interval

_HEX = re.compile(r"(?<!--commit )\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")
# Qualities whose cell shows no value: the word says why there is none.
_VALUELESS = {Quality.UNKNOWN: "?", Quality.ABSENT: "none", Quality.UNCONFIGURED: "n/a"}


def seconds(value: float | None) -> str:
    """A duration in seconds, one decimal below 1,000 s; "–" when unknown."""
    if value is None:
        return "–"
    return f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def expected(found: Interval) -> str:
    """A forecast with where it should lie: 40 s (38 to 44)."""
    return f"{found.likely:.0f} s ({found.low:.0f} to {found.high:.0f})"


def budget(value: float | None) -> str:
    """A budget in whole seconds; "–" when there is none."""
    return "–" if value is None else f"{value:g}"


def of_budget(rollout: Rollout) -> str:
    """78.8 s of 120 s: what counts against the end-to-end budget, which runs from the latest attempt's start."""
    used = rollout.budget.used_seconds
    return f"{seconds(rollout.elapsed_seconds if used is None else used)} s of {budget(rollout.budget.seconds)} s"


def since_push(rollout: Rollout) -> str:
    """133.8 s since the push: beside `of_budget` where an earlier attempt had begun; else ""."""
    used, elapsed = rollout.budget.used_seconds, rollout.elapsed_seconds
    if used is None or elapsed is None or elapsed - used < 1:
        return ""
    return f"{seconds(elapsed)} s since the push"


def end_to_end(rollout: Rollout) -> str:
    """Both in one line."""
    return ", ".join(part for part in (of_budget(rollout), since_push(rollout)) if part)


def age(value: float | None) -> str:
    """How old a reading is, in the largest fitting unit: 2s, 3m, 5h, 4d."""
    if value is None:
        return "–"
    for size, unit in ((86400, "d"), (3600, "h"), (120, "m")):
        if value >= size:
            return f"{value / (60 if unit == 'm' else size):.0f}{unit}"
    return f"{value:.0f}s"


def clock(value: datetime | None) -> str:
    """Time of day in UTC."""
    return "–" if value is None else value.astimezone(UTC).strftime("%H:%M:%SZ")


def stamp(value: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds only where there are any."""
    if value is None:
        return None
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def value(raw: Scalar | tuple[str, ...]) -> str:
    """A fact's value as one line."""
    if isinstance(raw, tuple):
        return ", ".join(raw) if raw else "none"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        return seconds(raw) + " s"
    return "" if raw is None else str(raw)


def short(text: str) -> str:
    """Full hashes cut to the 12 characters by which people name them; one to be pasted stays whole."""
    return _HEX.sub(lambda match: match.group()[:12], text)


def cell(one: Cell) -> str:
    """A field's value, or the word that says why there is none."""
    if one.fact.value is None or one.quality in (Quality.UNKNOWN, Quality.UNCONFIGURED):
        return _VALUELESS.get(one.quality, "–")
    return value(one.fact.value)


def cut(text: str, width: int) -> str:
    """At most `width` characters, the cut marked."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
