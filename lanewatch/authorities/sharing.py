"""One request for one question, however many authorities ask it in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from lanewatch.clients.clock import Clock

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

FRESH_SECONDS = 1.0  # under every poll period: only readers of the same moment share
KEPT_ANSWERS = 32


class Shared(Generic[K, T]):
    """Answers of `ask` by question; one that is under way or younger than a second is given to the next who asks."""

    def __init__(self, clock: Clock, ask: Callable[[K], Awaitable[T]]) -> None:
        self._clock = clock
        self._ask = ask
        self._under_way: dict[K, asyncio.Task[T]] = {}
        self._kept: dict[K, tuple[float, T]] = {}

    async def read(self, question: K) -> T:
        """The answer. Raises what `ask` raises, to everyone who shares it; a failure is not kept."""
        kept = self._kept.get(question)
        if kept is not None and self._clock.now().steady - kept[0] <= FRESH_SECONDS:
            return kept[1]
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._asked(question))
            self._under_way[question] = task
            task.add_done_callback(_heard)
        return await asyncio.shield(task)  # one reader that gives up does not take the answer from the others

    async def _asked(self, question: K) -> T:
        try:
            answer = await self._ask(question)
        finally:
            del self._under_way[question]
        self._kept.pop(question, None)
        self._kept[question] = (self._clock.now().steady, answer)
        while len(self._kept) > KEPT_ANSWERS:
            del self._kept[next(iter(self._kept))]
        return answer


def _heard(task: asyncio.Task[T]) -> None:
    """Whoever still waits gets the failure; when all gave up it is no unhandled error."""
    if not task.cancelled():
        task.exception()
