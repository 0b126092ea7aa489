"""Logs that are looked for again and again: what a failure in between means for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, TypeVar

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.backoff import Backoff, dice
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting
from lanewatch.rollout.facts import Outcome

POLL_SECONDS: Final = 5.0
_PASSING: Final = frozenset({Outcome.ERROR, Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.THROTTLED})

Value = TypeVar("Value")
Look = Callable[[], AsyncGenerator[Piece, None]]


def _backoff() -> Backoff:
    return Backoff(dice())


@dataclass(slots=True)
class Outage:
    """Failures of one source, one after another. `keeps`: seconds that the system keeps what nobody has read."""

    keeps: float
    reason: str = ""
    _since: float = 0.0
    _backoff: Backoff = field(default_factory=_backoff)

    async def sit_out(self, failure: ReadFailure) -> None:
        """Wait before the next try. Raises the failure where no try will help; a log that is not there yet may come."""
        if failure.outcome not in _PASSING | {Outcome.ABSENT}:
            raise failure
        self._since = self._since or asyncio.get_running_loop().time()
        self.reason = "" if failure.outcome is Outcome.ABSENT else failure.reason
        await asyncio.sleep(self._backoff.next())

    def over(self) -> Iterator[Mark]:
        """It works again: what a reader must know of the time in between."""
        if self.reason:
            seconds = asyncio.get_running_loop().time() - self._since
            lost = "; what was written meanwhile may be missing" if seconds > self.keeps else ""
            yield Mark(f"not read for {seconds:.0f} s: {self.reason}{lost}", loses=bool(lost))
        self.reason, self._since = "", 0.0
        self._backoff.reset()


async def looked_at(look: Look, asked: Asked, *, keeps: float) -> AsyncGenerator[Piece, None]:
    """What one look after another finds: one without `follow`, else for ever, through failures that pass."""
    outage = Outage(keeps)
    while True:
        try:
            async with aclosing(look()) as pieces:
                async for piece in pieces:
                    for mark in outage.over():
                        yield mark
                    if piece:
                        yield piece
            for mark in outage.over():
                yield mark
        except ReadFailure as failure:
            if not asked.follow:
                raise
            yield Waiting(failure.reason)
            await outage.sit_out(failure)
            continue
        if not asked.follow:
            return
        await asyncio.sleep(POLL_SECONDS)


async def read_through(read: Callable[[], Awaitable[Value]], asked: Asked) -> AsyncGenerator[Waiting | Value, None]:
    """One answer, the last that is given; followed, through failures that pass. Raises ReadFailure."""
    outage = Outage(0.0)
    while True:
        try:
            yield await read()
            return
        except ReadFailure as failure:
            if not asked.follow or failure.outcome is Outcome.ABSENT:
                raise
            yield Waiting(failure.reason)
            await outage.sit_out(failure)
