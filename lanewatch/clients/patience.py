"""What one host may be asked, and when: it is left alone while it asks for that, and asked twice only on a budget.

Reliability reference 4.2. Only reads are repeated, only after failures that a second try may not meet, and never more
often than one in ten: during an outage the load grows by a tenth and not by the number of layers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from lanewatch.clients.answers import RETRY_AFTER_LIMIT, Answer, ReadFailure
from lanewatch.clients.backoff import Backoff, dice
from lanewatch.clients.clock import Clock
from lanewatch.clients.skew import retry_after_seconds
from lanewatch.rollout.facts import Outcome

EARNED = 0.1  # tries that one good answer earns
MOST_SAVED = 10.0
FIRST_SAVED = 2.0  # a blip in the first sweep is not yet an outage
AGAIN = frozenset({502, 503, 504})  # a gateway's words: the next try may meet a healthy backend
ROOM_SECONDS = 0.5  # what a second try needs of its deadline at least


class Patience:
    """Of one host. `clock` tells when it may be asked again."""

    def __init__(self, clock: Clock, randomness: random.Random | None = None) -> None:
        self._clock = clock
        self._random = randomness or dice()
        self._backoff = Backoff(self._random, first=2.0)
        self._saved = FIRST_SAVED
        self._closed_until = 0.0  # steady seconds
        self._reason = ""

    async def ask(self, once: Callable[[], Awaitable[Answer]], host: str, deadline: float) -> Answer:
        """The answer of `once`, tried a second time where that may help before `deadline` (of the loop's clock).

        Raises ReadFailure `throttled` without asking where the host wants to be left alone beyond the deadline, else
        what `once` raises.
        """
        await self._wait(host, deadline)
        try:
            answer = await once()
        except ReadFailure as failure:
            if not (failure.again and self._may_repeat(deadline)):
                raise
        else:
            if answer.status not in AGAIN or "retry-after" in answer.headers or not self._may_repeat(deadline):
                return self._heard(answer)
        await asyncio.sleep(self._random.uniform(0.02, 0.2))
        return self._heard(await once())

    async def _wait(self, host: str, deadline: float) -> None:
        """Sit a short wait out: other rows ask the same host, and one read later is better than none."""
        left = self._closed_until - self._clock.now().steady
        if left <= 0:
            return
        if left > deadline - asyncio.get_running_loop().time() - ROOM_SECONDS:
            raise ReadFailure(Outcome.THROTTLED, f"{self._reason}: {host}")
        await asyncio.sleep(left)

    def _may_repeat(self, deadline: float) -> bool:
        if self._saved < 1.0 or deadline - asyncio.get_running_loop().time() < ROOM_SECONDS:
            return False
        self._saved -= 1.0
        return True

    def _heard(self, answer: Answer) -> Answer:
        told = retry_after_seconds(answer.headers.get("retry-after"), answer.read_at)
        if answer.status == 429 or (answer.status == 503 and told is not None):
            self._leave_alone(answer, told)
        elif answer.status < 500:
            self._backoff.reset()
            self._saved = min(MOST_SAVED, self._saved + EARNED)
        return answer

    def _leave_alone(self, answer: Answer, told: float | None) -> None:
        """For as long as it asks, at most two minutes, and up to a fifth longer: all viewers were told the same."""
        seconds = self._backoff.next() if told is None else min(told, RETRY_AFTER_LIMIT)
        seconds *= self._random.uniform(1.0, 1.2)
        self._closed_until = answer.read_at.steady + seconds
        again = answer.read_at.wall + timedelta(seconds=seconds)
        self._reason = f"{answer.status}: throttled, next try at {again:%H:%M:%S}Z"
