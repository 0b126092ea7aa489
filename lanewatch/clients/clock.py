"""Both clocks that the program reads: `steady` for ages and periods, `wall` for comparing with the authorities' stamps.

Reliability reference 2.4: asyncio's monotonic clock stops while a laptop sleeps. Deadlines of single requests stay with
the event loop's clock; everything that a person sees as an age comes from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from lanewatch.rollout.facts import Moment

# Clocks that go on while the machine sleeps: of Linux, and of macOS. The second one of Linux stops; it is not reached.
_WITH_SUSPEND = ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW")


class Clock(Protocol):
    """Whatever tells the time: the system, a faster demo lane, or a test."""

    def now(self) -> Moment:
        """One reading of both clocks."""
        ...


def suspend_aware_seconds() -> float:
    """Seconds since about the machine's start, those included that it slept; a platform without loses the latter."""
    for name in _WITH_SUSPEND:
        if (clock := getattr(time, name, None)) is not None:
            return time.clock_gettime(clock)
    return time.monotonic()


def utc_now() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The machine's clocks, both readable from elsewhere for tests."""

    def __init__(
        self,
        steady: Callable[[], float] = suspend_aware_seconds,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        self._steady = steady
        self._wall = wall

    def now(self) -> Moment:
        return Moment(wall=self._wall(), steady=self._steady())


class PacedClock:
    """A wall clock that stood at `epoch` when it was made and runs `rate` times as fast; `steady` stays real.

    A demo lane that runs faster than life stamps its objects so; without the same wall clock every age would be wrong.
    """

    def __init__(self, epoch: datetime, rate: float, steady: Callable[[], float] = suspend_aware_seconds) -> None:
        self._epoch = epoch.astimezone(UTC)
        self._rate = rate
        self._steady = steady
        self._anchor = steady()

    def now(self) -> Moment:
        steady = self._steady()
        passed = timedelta(seconds=(steady - self._anchor) * self._rate)
        return Moment(wall=self._epoch + passed, steady=steady)
