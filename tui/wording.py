"""Numbers, times and identifiers as a person reads them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from lanewatch.rollout.facts import Cost, Fact, Quality

SHORT_ID = 7
NO_VALUE: dict[Quality, str] = {Quality.ABSENT: "–", Quality.UNCONFIGURED: "–"}


def seconds(value: float | None) -> str:
    """8.2, 120, "?" for what is not known."""
    if value is None:
        return "?"
    return f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def whole(value: float) -> str:
    """A budget: 120, and 105.7 where there is something behind the point."""
    return f"{value:g}"


def age(value: float | None) -> str:
    """2s, 3m, 5h, 12d; "" where nothing was read."""
    if value is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if value >= (size if unit != "m" else 100):
            return f"{int(value // size)}{unit}"
    return f"{int(max(value, 0))}s"


def span(value: float) -> str:
    """A length of time in words: 8 s, 3 min 20 s, 2 h 5 min."""
    total = int(max(value, 0))
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60} s"
    return f"{total // 3600} h {total % 3600 // 60} min"


def size(value: int) -> str:
    """Bytes as a person reads them: 812 B, 34 kB, 1.2 MB."""
    if value < 1000:
        return f"{value} B"
    return f"{value / 1000:.0f} kB" if value < 1_000_000 else f"{value / 1_000_000:.1f} MB"


def cost(value: Cost) -> str:
    """214 requests, 3 streams, 1.2 MB."""
    streams = [counted(value.streams, "stream")] if value.streams else []
    return ", ".join([counted(value.requests, "request"), *streams, size(value.bytes)])


def counted(number: int, what: str) -> str:
    """1 stream, 3 streams."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def clock(moment: datetime, *, local: bool) -> str:
    """14:02:31Z, or the local time with its offset."""
    if not local:
        return moment.astimezone(UTC).strftime("%H:%M:%SZ")
    return moment.astimezone().strftime("%H:%M:%S%z")


def day_and_clock(moment: datetime | None, *, local: bool) -> str:
    if moment is None:
        return "?"
    day = (moment.astimezone() if local else moment.astimezone(UTC)).strftime("%Y-%m-%d")
    return f"{day} {clock(moment, local=local)}"


def short(commit: str | None) -> str:
    return commit[:SHORT_ID] if commit else "?"


def value(fact: Fact, quality: Quality) -> str:
    """The value in one line; "?" for unknown, "–" for what its authority says does not exist."""
    if fact.value is None:
        return NO_VALUE.get(quality, "?")
    if isinstance(fact.value, bool):
        return "true" if fact.value else "false"
    if isinstance(fact.value, tuple):
        return ", ".join(fact.value) if fact.value else "none"
    if isinstance(fact.value, float):
        return f"{fact.value:g} s"  # every fact with a point in it is a length of time
    return str(fact.value)


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
