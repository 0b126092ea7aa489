"""What a person has done in the logs of a lane, kept while they go from one to another: marks, folds, and the moment
that they look at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lanewatch.rollout.facts import Handle

BEFORE = "'"  # the mark that a jump leaves where one was


@dataclass(slots=True)
class Place:
    """In one log: lines by the letter of their mark, and the first lines of the sections that are folded."""

    marks: dict[str, int] = field(default_factory=dict)
    folded: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Reading:
    """In all logs of a lane. `moment`: the time of the line that was looked at last; None at the end of a log."""

    moment: datetime | None = None
    _places: dict[Handle, Place] = field(default_factory=dict)

    def place(self, handle: Handle) -> Place:
        return self._places.setdefault(handle, Place())


def moment_of(text: str, near: datetime | None, zero: datetime | None) -> datetime | None:
    """A time as a person types it: 14:02, 14:02:31.5 (UTC, on the day that is looked at), +42.5 or -3 (seconds from the
    push), or RFC 3339. None for anything else.
    """
    text = text.strip().removesuffix("s").rstrip()
    try:
        if text[:1] in ("+", "-"):
            return None if zero is None else zero + timedelta(seconds=float(text))
        if "T" in text:
            told = datetime.fromisoformat(text)
            return told if told.tzinfo is not None else told.replace(tzinfo=(near or told.astimezone()).tzinfo)
        day = near or zero
        if day is None:
            return None
        hours, minutes, *seconds = text.split(":")
        clock = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds[0]) if seconds else 0.0)
        return day.replace(hour=0, minute=0, second=0, microsecond=0) + clock if len(seconds) < 2 else None
    except (ValueError, OverflowError):
        return None
