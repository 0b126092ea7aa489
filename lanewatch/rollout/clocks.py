"""Times of several clocks: stamps, how far each host's clock is from ours, and durations with honest bounds.

Reliability reference 2.4. A duration between two stamps of one host is raw. Between hosts both are moved to our wall
clock and the result is ± the combined width of what is known of their clocks, at least one second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lanewatch.rollout.facts import Fact, HostClock, Knowledge, Moment, Skew

OUR_CLOCK = ""  # the host name of stamps read from our own wall clock
LEAST_UNCERTAINTY = 1.0  # seconds: stamps and Date headers are whole seconds
DRIFT = 50e-6  # seconds a second that two good clocks may drift apart
INCONSISTENT_SECONDS = 60.0  # how long a clock that contradicted itself is not believed
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # zero times are written as 1970 or as year 1
FUTURE_SECONDS = 300.0  # above any skew that a host's Date has not told us of


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something happened: `at` on the clock of `host`. The truth lies in [at - early, at + late] (seconds)."""

    at: datetime
    host: str
    fact: Fact  # who said so; its quality is `estimated` where the time was inferred
    early: float = 0.0
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in seconds: the likely value, what it is at least and at most, and the part that clocks add."""

    seconds: float
    low: float
    high: float
    uncertainty: float


def heard_date(clock: HostClock | None, sample: Skew, at: Moment) -> HostClock:
    """Narrow what is known of a host's clock by one sample; where they contradict, widen and mark it inconsistent.

    Bounds are kept as of steady second 0, so that samples of any age and in any order intersect with their drift.
    """
    low, high = sample.low + DRIFT * at.steady, sample.high - DRIFT * at.steady
    if clock is None:
        return HostClock(low, high)
    narrowed = HostClock(max(low, clock.low), min(high, clock.high), clock.inconsistent_at)
    drift = 2 * DRIFT * at.steady
    if narrowed.low <= narrowed.high + drift:
        return narrowed
    return HostClock(min(low, clock.low), max(high, clock.high), at.steady)


def skew_at(clock: HostClock, now: Moment) -> Skew:
    """Bounds of (host's clock - ours) at `now`."""
    low, high = clock.low - DRIFT * now.steady, clock.high + DRIFT * now.steady
    return Skew(min(low, high), max(low, high))


def is_inconsistent(clock: HostClock, now: Moment) -> bool:
    """Whether the host's Date ran away, or several clocks answer for it, within the last minute."""
    return clock.inconsistent_at is not None and now.steady - clock.inconsistent_at < INCONSISTENT_SECONDS


@dataclass(frozen=True, slots=True)
class Clocks:
    """All hosts' clocks as seen from one instant."""

    hosts: Mapping[str, HostClock]
    now: Moment
    _skews: dict[str, Skew] = field(default_factory=dict, compare=False, repr=False)  # asked for again and again

    def ours(self, stamp: Stamp) -> datetime:
        """The stamp on our wall clock."""
        return self._moved(stamp.at, stamp.host)

    def between(self, start: Stamp | None, end: Stamp | None) -> Span | None:
        """How long from `start` to `end`; None where one is unknown or cannot be, a clock errs, or end comes first."""
        if start is None or end is None or not (self._is_possible(start) and self._is_possible(end)):
            return None
        if start.host == end.host:
            seconds, uncertainty = (end.at - start.at).total_seconds(), 0.0
        elif not self.are_comparable(start, end):
            return None
        else:
            seconds = (self.ours(end) - self.ours(start)).total_seconds()
            uncertainty = max(LEAST_UNCERTAINTY, self._half_width(start.host) + self._half_width(end.host))
        return _span(seconds, start.late + end.early + uncertainty, start.early + end.late + uncertainty, uncertainty)

    def until_now(self, start: Stamp | None) -> Span | None:
        """How long since `start`."""
        if start is None:
            return None
        return self.between(start, Stamp(self.now.wall, OUR_CLOCK, start.fact))

    def is_before(self, first: Stamp, second: Stamp) -> bool:
        """Whether `first` is surely before `second`."""
        span = self.between(first, second)
        return span is not None and span.low > 0

    def are_comparable(self, first: Stamp, second: Stamp) -> bool:
        """Whether the two can be set in one order: they are of one host, or of hosts whose clocks can be believed."""
        believed = not self._inconsistent(first.host) and not self._inconsistent(second.host)
        return first.host == second.host or believed

    def believes(self, stamp: Stamp) -> bool:
        """Whether the clock of this stamp has not contradicted itself lately."""
        return not self._inconsistent(stamp.host)

    def _moved(self, at: datetime, host: str) -> datetime:
        skew = self._skew(host)
        if skew is None:
            return at
        try:
            return at - timedelta(seconds=(skew.low + skew.high) / 2)
        except OverflowError:  # a stamp at the edge of the calendar is no time; it is shown as it was told
            return at

    def _is_possible(self, stamp: Stamp) -> bool:
        """Whether it can have happened: not in a time before such lanes, not to come (fault V01)."""
        return stamp.at >= EARLIEST and (self.ours(stamp) - self.now.wall).total_seconds() <= FUTURE_SECONDS

    def _half_width(self, host: str) -> float:
        skew = self._skew(host)
        if skew is None:
            return 0.0 if host == OUR_CLOCK else LEAST_UNCERTAINTY
        return (skew.high - skew.low) / 2

    def _skew(self, host: str) -> Skew | None:
        if host not in self._skews and host in self.hosts:
            self._skews[host] = skew_at(self.hosts[host], self.now)
        return self._skews.get(host)

    def _inconsistent(self, host: str) -> bool:
        clock = self.hosts.get(host)
        return clock is not None and is_inconsistent(clock, self.now)


def clocks_of(known: Knowledge, now: Moment) -> Clocks:
    return Clocks(known.clocks, now)


def later(clocks: Clocks, first: Stamp | None, second: Stamp | None) -> Stamp | None:
    """The later of two stamps on our clock; the other one where one is None.

    Where they cannot be compared it is the one that is not to be believed, so that no duration is made of it.
    """
    if first is None or second is None:
        return first or second
    if not clocks.are_comparable(first, second):
        return second if clocks.believes(first) else first
    return second if clocks.ours(second) > clocks.ours(first) else first


def not_before(clocks: Clocks, stamp: Stamp | None, start: Stamp | None) -> Stamp | None:
    """`stamp`, or `start` where that is later: what was so when its stage started was done at that start."""
    if stamp is None or start is None or not clocks.are_comparable(stamp, start):
        return stamp
    return later(clocks, stamp, start)


def _span(seconds: float, below: float, above: float, uncertainty: float) -> Span | None:
    if seconds + above < 0:
        return None  # the end precedes the start by more than the clocks can explain
    return Span(max(0.0, seconds), max(0.0, seconds - below), seconds + above, uncertainty)


UNBOUNDED = math.inf
