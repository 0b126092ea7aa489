"""Times as the systems of the lane write them, turned into aware UTC datetimes.

Gitea writes "not set" as 1970 in any zone, or as year 1 (Gitea reference 3.3); Kubernetes leaves the key out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_UNSET_YEAR = 1970


def instant(text: object) -> datetime | None:
    """An RFC 3339 time as UTC; None for anything else and for every spelling of "not set"."""
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")  # nanoseconds are cut, never rounded into the future
    offset = "+00:00" if zone in "Zz" else zone
    try:
        told = datetime.fromisoformat(f"{day}T{time}.{micros}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return told if told.year > _UNSET_YEAR else None
