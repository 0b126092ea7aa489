"""What every screen is given to draw: a picture, and how the person wants to see it. Plain frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lanewatch.rollout.facts import Entry
from lanewatch.rollout.rollout import Rollout


@dataclass(frozen=True, slots=True)
class PastMark:
    """Where in the past the picture stands: the `change`th of `changes`, so many seconds before what is known now."""

    change: int
    changes: int
    seconds_ago: float
    news: int  # entries recorded since the person went back


WELL = "✔ "


@dataclass(frozen=True, slots=True)
class Ended:
    """An error that was found and is no longer: it stays listed until the person has seen it."""

    message: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Showing:
    """`banner`: what must be read before all else, "" if nothing; good news begin with WELL.

    `entries`: the journal as far as it is shown.
    """

    rollout: Rollout
    entries: Sequence[Entry] = ()
    local_time: bool = False
    problems_only: bool = False
    costs: bool = False
    past: PastMark | None = None
    ended: tuple[Ended, ...] = ()
    banner: str = ""
    moment: datetime | None = None  # of the line of a log that was looked at last
    follows: bool = False  # whether the newest commit is watched as it comes, else the chosen one stays
