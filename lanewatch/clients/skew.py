"""How far a server's clock is from ours, bounded by one Date header (reliability reference 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lanewatch.rollout.facts import Moment, Skew

DATE_RESOLUTION = 1.0  # seconds: Date has no fractions


def skew_of(headers: Mapping[str, str], asked: Moment, answered: Moment) -> Skew | None:
    """Bounds in [date - answered, date + 1 - asked]; None without a readable Date, or when a cache may have answered.

    `headers` have lower-case names.
    """
    if "age" in headers or "via" in headers:
        return None
    date = http_date(headers.get("date", ""))
    if date is None:
        return None
    low = (date - answered.wall).total_seconds()
    high = (date - asked.wall).total_seconds() + DATE_RESOLUTION
    return Skew(low=low, high=max(low, high))


def http_date(text: str) -> datetime | None:
    """An HTTP date as UTC; None where the text is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def retry_after_seconds(text: str | None, now: Moment) -> float | None:
    """Retry-After as seconds from `now`; it is a number of seconds or an HTTP date, anything else says nothing."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    date = http_date(text)
    return None if date is None else max(0.0, (date - now.wall).total_seconds())
