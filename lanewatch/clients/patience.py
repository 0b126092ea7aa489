"""What one host may be asked, and when: it is left alone while it asks for that, and asked twice only on a budget.

What asks to be left alone is a flow: of a Gitea or a registry all of it, of an API server one resource. Its priority
and fairness sorts requests by user, resource and namespace, and while a cache is filled it refuses that one resource
alone: Pods go on being read while Applications wait. Where two flows of one host are refused at once, all of it waits.

Reliability reference 4.2. Only reads are repeated, only after failures that a second try may not meet, and never more
often than one in ten: during an outage the load grows by a tenth and not by the number of layers.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
MOST_SECONDS = 20.0  # that is waited where nobody says for how long: who comes back is seen again within a sweep
_RESOURCE = re.compile(r"/(?:api|apis/([^/]+))/[^/]+(?:/namespaces/[^/]+(?=/))?/([^/]+)")


def resource_of(path: str) -> str:
    """The flow of an API server's path: "pods", "argoproj.io/applications"; "" for what is no resource."""
    found = _RESOURCE.match(path)
    return "" if found is None else "/".join(part for part in found.groups() if part)


@dataclass(slots=True)
class _Rest:
    """How long one flow is left alone."""

    backoff: Backoff
    until: float = 0.0  # steady seconds
    reason: str = ""


class Patience:
    """Of one host. `clock` tells when it may be asked again."""

    def __init__(self, clock: Clock, randomness: random.Random | None = None) -> None:
        self._clock = clock
        self._random = randomness or dice()
        self._rests: dict[str, _Rest] = {}  # by flow, from its first refusal to its next answer
        self._saved = FIRST_SAVED

    async def ask(self, once: Callable[[], Awaitable[Answer]], host: str, deadline: float, flow: str = "") -> Answer:
        """The answer of `once`, tried a second time where that may help before `deadline` (of the loop's clock).

        Raises ReadFailure `throttled` without asking where the flow wants to be left alone beyond the deadline, else
        what `once` raises.
        """
        await self._wait(host, deadline, flow)
        try:
            answer = await once()
        except ReadFailure as failure:
            if not (failure.again and self._may_repeat(deadline)):
                raise
        else:
            if answer.status not in AGAIN or "retry-after" in answer.headers or not self._may_repeat(deadline):
                return self._heard(answer, flow)
        await asyncio.sleep(self._random.uniform(0.02, 0.2))
        return self._heard(await once(), flow)

    async def _wait(self, host: str, deadline: float, flow: str) -> None:
        """Sit a short wait out: other rows ask the same, and one read later is better than none."""
        now = self._clock.now().steady
        rest = self._rest(flow, now)
        if rest is None:
            return
        left = rest.until - now
        if left > deadline - asyncio.get_running_loop().time() - ROOM_SECONDS:
            raise ReadFailure(Outcome.THROTTLED, f"{rest.reason}: {host}")
        await asyncio.sleep(left)

    def _rest(self, flow: str, now: float) -> _Rest | None:
        """The wait that holds for this flow: its own, or the longest where it is not the only one that waits."""
        waiting = {name: rest for name, rest in self._rests.items() if rest.until > now}
        return max(waiting.values(), key=lambda rest: rest.until) if len(waiting) > 1 else waiting.get(flow)

    def _may_repeat(self, deadline: float) -> bool:
        if self._saved < 1.0 or deadline - asyncio.get_running_loop().time() < ROOM_SECONDS:
            return False
        self._saved -= 1.0
        return True

    def _heard(self, answer: Answer, flow: str) -> Answer:
        told = retry_after_seconds(answer.headers.get("retry-after"), answer.read_at)
        if answer.status == 429 or (answer.status == 503 and told is not None):
            self._leave_alone(answer, told, flow)
        elif answer.status < 500:
            self._rests.pop(flow, None)
            self._saved = min(MOST_SAVED, self._saved + EARNED)
        return answer

    def _leave_alone(self, answer: Answer, told: float | None, flow: str) -> None:
        """For as long as it asks, at most two minutes, and up to a fifth longer: all viewers were told the same."""
        rest = self._rests.setdefault(flow, _Rest(Backoff(self._random, 2.0, MOST_SECONDS)))
        seconds = rest.backoff.next() if told is None else min(told, RETRY_AFTER_LIMIT)
        seconds *= self._random.uniform(1.0, 1.2)
        rest.until = answer.read_at.steady + seconds
        again = answer.read_at.wall + timedelta(seconds=seconds)
        rest.reason = f"{answer.status}: throttled, next try at {again:%H:%M:%S}Z"
