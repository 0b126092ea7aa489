"""The simulator's clock: the world's wall time, anchored in real time, at a chosen rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class WorldClock:
    """World second `at_anchor` happened when `steady()` read `anchor`; from there it runs at `rate`."""

    start: datetime  # the world's start, UTC
    at_anchor: float
    anchor: float
    rate: float
    steady: Callable[[], float]

    def at(self) -> float:
        """Seconds since the lane's start, now."""
        return self.at_anchor + (self.steady() - self.anchor) * self.rate

    def wall(self) -> datetime:
        """World time, as the Date header says it."""
        return self.start + timedelta(seconds=self.at())
