"""What a read took from the network: every exchange that ran under it, counted without passing a counter around.

    with metering() as meter:
        await gitea.repository("o/r")
    meter.cost()

Tasks inherit the meter of the code that made them. Meters nest: an outer one (a bench that prints a sweep request by
request) sees what the inner ones see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime

from lanewatch.rollout.facts import Cost, Skew


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that left; times are the clock's `steady` seconds."""

    method: str
    host: str
    path: str  # without query
    started: float
    finished: float
    status: int | None  # None when no status line came
    bytes: int  # decoded body bytes read
    skew: Skew | None
    stream: bool = False  # a log or watch that stays open
    certificate_ends: datetime | None = None  # of the server's; None without TLS
    shared: bool = False  # made and charged elsewhere; here only whose answer it was


@dataclass(slots=True)
class Meter:
    """The exchanges of one read, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)
    outer: Meter | None = None

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if self.outer is not None:
            self.outer.record(exchange)

    def cost(self) -> Cost:
        """Streams are counted apart from requests; what is shared is charged to the reader that asked first."""
        own = [exchange for exchange in self.exchanges if not exchange.shared]
        streams = sum(1 for exchange in own if exchange.stream)
        return Cost(requests=len(own) - streams, streams=streams, bytes=sum(exchange.bytes for exchange in own))

    def host(self) -> str:
        """The host that answered last, or "" when none did."""
        return next((e.host for e in reversed(self.exchanges) if e.status is not None), "")

    def certificates(self) -> dict[str, datetime]:
        """When the certificate ends of every host that answered over TLS."""
        return {e.host: e.certificate_ends for e in self.exchanges if e.certificate_ends is not None}

    def skew(self, host: str) -> Skew | None:
        """The intersection of the bounds that `host` gave; the last one where they exclude each other."""
        found: Skew | None = None
        for sample in (e.skew for e in self.exchanges if e.host == host and e.skew is not None):
            found = sample if found is None else _narrowed(found, sample)
        return found


def _narrowed(known: Skew, sample: Skew) -> Skew:
    low, high = max(known.low, sample.low), min(known.high, sample.high)
    return Skew(low, high) if low <= high else sample


_current: ContextVar[Meter | None] = ContextVar("lanewatch_meter", default=None)


@contextmanager
def metering() -> Iterator[Meter]:
    """Count every exchange made inside, in this task and in those started from it."""
    meter = Meter(outer=_current.get())
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)


def record(exchange: Exchange) -> None:
    """Charge one exchange to the meter in force; without one it is not counted."""
    meter = _current.get()
    if meter is not None:
        meter.record(exchange)


def echo(exchanges: Iterable[Exchange]) -> None:
    """Tell the meter in force whose answers it is given, when another reader asked: the host and its clock, no cost."""
    for exchange in exchanges:
        record(replace(exchange, shared=True))
