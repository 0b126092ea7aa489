"""One read of one authority, from its first request to its Observation.

What belongs here: what all authorities do alike. Counting the cost, hearing the clock, wording facts, and keeping a
part that could not be read from taking the rest with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.certificate import SOON
from lanewatch.clients.clock import Clock
from lanewatch.clients.meter import Meter, metering
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import (
    CERTIFICATE_ENDS,
    QUALITY_OF_OUTCOME,
    Correlation,
    Fact,
    Handle,
    Observation,
    Outcome,
    Quality,
    Scalar,
)
from lanewatch.rollout.reports import Report
from lanewatch.text import PATTERNS_ONLY, Redactor, safe

K = TypeVar("K")
P = ParamSpec("P")
T = TypeVar("T")

VALUE_LIMIT = 500  # characters of one outside text: a long commit subject fits, a pasted log does not


@dataclass(frozen=True, slots=True)
class Told:
    """What one read gave. `native` is JSON-like and only digested: the objects that the answer rests on."""

    facts: tuple[Fact, ...] = ()
    report: Report | None = None
    handles: tuple[Handle, ...] = ()
    native: object = None
    failure: ReadFailure | None = None  # the first failure of what the authority is for
    host: str = ""  # whose clock the stamps are; "" = the host that answered last


async def observed(
    authority: str,
    subject: Correlation,
    clock: Clock,
    ask: Callable[[], Awaitable[Told]],
    lists: SharedLists | None = None,
) -> Observation:
    """Run one read and say how it went; a ReadFailure that `ask` raises is the outcome, with no facts.

    `lists` are the reader's: what of them may not be watched is said in a fact.
    """
    started = clock.now()
    with metering() as meter:
        try:
            told = await ask()
        except ReadFailure as failure:
            told = Told(failure=failure)
    now = clock.now()
    host = told.host or meter.host()
    return Observation(
        authority=authority,
        subject=subject,
        outcome=Outcome.OK if told.failure is None else told.failure.outcome,
        reason="" if told.failure is None else told.failure.reason,
        read_at=now,
        seconds=now.steady - started.steady,
        facts=(
            *told.facts,
            *_polled(authority, () if lists is None else lists.refusals()),
            *_ending(authority, meter, now.wall),
        ),
        report=told.report,
        handles=told.handles,
        raw_digest=digest_of(told.native),
        host=host,
        skew=meter.skew(host),
        cost=meter.cost(),
    )


def _polled(authority: str, refusals: tuple[str, ...]) -> tuple[Fact, ...]:
    """Polling tells the same, only later: no failure, but who grants rights should know."""
    if not refusals:
        return ()
    return (Fact("polled", refusals, Quality.GOOD, authority, "watch", reason="polled every 2 s, not watched"),)


def _ending(authority: str, meter: Meter, now: datetime) -> tuple[Fact, ...]:
    """Servers that this read asked, whose certificate ends within a week."""
    ending = {host: ends for host, ends in meter.certificates().items() if ends - now < SOON}
    told = tuple(f"{host} on {ends:%Y-%m-%d %H:%MZ}" for host, ends in sorted(ending.items()))
    return (Fact(CERTIFICATE_ENDS, told, Quality.GOOD, authority, "TLS notAfter"),) if told else ()


async def attempt(ask: Callable[P, Awaitable[T]], *args: P.args, **named: P.kwargs) -> T | ReadFailure:
    """The answer, or the failure as a value: one part of a read may fail alone.

    Takes the function, not its coroutine: a read that is cancelled before its part began leaves nothing unawaited.
    """
    try:
        return await ask(*args, **named)
    except ReadFailure as failure:
        return failure


async def together(ask: Callable[[K], Awaitable[T]], about: Iterable[K]) -> list[T]:
    """All answers, asked at once. Raises the first failure, but only after the last one has ended."""
    answers = await asyncio.gather(*(attempt(ask, one) for one in about))
    for answer in answers:
        if isinstance(answer, ReadFailure):
            raise answer
    return [answer for answer in answers if not isinstance(answer, ReadFailure)]


def digest_of(native: object) -> str:
    """sha256 over the canonical JSON of `native`; "" for None."""
    if native is None:
        return ""
    text = json.dumps(native, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Witness:
    """Words what one authority said: every text passes the redactor and the cleaner before it is stored."""

    authority: str
    redactor: Redactor = PATTERNS_ONLY

    def text(self, value: str, limit: int = VALUE_LIMIT) -> str:
        """One line, redacted and cleaned."""
        return safe(value, self.redactor, limit=limit)

    def says(
        self,
        name: str,
        value: Scalar | tuple[str, ...],
        source: str,
        *,
        at: datetime | None = None,
        final: bool = False,
        quality: Quality = Quality.GOOD,
        reason: str = "",
    ) -> Fact:
        """A fact with a value; `at` is the authority's own time of it."""
        told = self._safe(value)
        return Fact(name, told, quality, self.authority, self.text(source), at, self.text(reason), final)

    def lacks(self, name: str, source: str, reason: str) -> Fact:
        """It was asked for and does not exist (yet)."""
        return self.says(name, None, source, quality=Quality.ABSENT, reason=reason)

    def could_not(self, name: str, source: str, failure: ReadFailure) -> Fact:
        """It could not be read, and why."""
        return self.says(name, None, source, quality=QUALITY_OF_OUTCOME[failure.outcome], reason=failure.reason)

    def _safe(self, value: Scalar | tuple[str, ...]) -> Scalar | tuple[str, ...]:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(self.text(item) for item in value)
        return value
