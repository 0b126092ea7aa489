"""One request for one question, however many ask it in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from lanewatch.clients.clock import Clock
from lanewatch.clients.meter import Exchange, echo, metering

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

FRESH_SECONDS = 1.0  # well under every poll period: only readers of the same moment share
KEPT_ANSWERS = 64  # a lane asks some ten questions of a kind; those of retired objects are forgotten first


class _Heard(NamedTuple, Generic[T]):
    at: float  # steady seconds
    answer: T
    exchanges: tuple[Exchange, ...]


class Shared(Generic[K, T]):
    """Answers of `ask` by question; one that is under way or fresh is given to the next who asks.

    Whoever asks first is charged; the others hear of the exchanges, at no cost.
    """

    def __init__(self, clock: Clock, ask: Callable[[K], Awaitable[T]], fresh_seconds: float = FRESH_SECONDS) -> None:
        self._clock = clock
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._under_way: dict[K, asyncio.Task[_Heard[T]]] = {}
        self._kept: dict[K, _Heard[T]] = {}

    async def read(self, question: K) -> T:
        """The answer. Raises what `ask` raises, to everyone who shares it; a failure is not kept."""
        kept = self._kept.get(question)
        if kept is not None and self._clock.now().steady - kept.at <= self._fresh_seconds:
            return self._told(kept)
        return await self.read_anew(question)

    async def read_anew(self, question: K) -> T:
        """The answer of a request that is under way, or of one made now."""
        task = self._under_way.get(question)
        if task is not None:  # one reader that gives up does not take the answer from the others
            return self._told(await asyncio.shield(task))
        task = asyncio.create_task(self._asked(question))
        self._under_way[question] = task
        task.add_done_callback(lambda done: self._ended(question, done))
        return (await asyncio.shield(task)).answer

    def last(self, question: K) -> T | None:
        """The last answer, of whatever age."""
        kept = self._kept.get(question)
        return None if kept is None else self._told(kept)

    def __contains__(self, question: K) -> bool:
        """Whether it was ever answered, and not forgotten since."""
        return question in self._kept

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _asked(self, question: K) -> _Heard[T]:
        with metering() as meter:
            answer = await self._ask(question)
        heard = _Heard(self._clock.now().steady, answer, tuple(meter.exchanges))
        self._kept.pop(question, None)
        self._kept[question] = heard
        while len(self._kept) > KEPT_ANSWERS:
            del self._kept[next(iter(self._kept))]
        return heard

    def _told(self, heard: _Heard[T]) -> T:
        echo(heard.exchanges)
        return heard.answer

    def _ended(self, question: K, task: asyncio.Task[_Heard[T]]) -> None:
        """Whoever still waits gets the failure; when all gave up it is no unhandled error."""
        del self._under_way[question]
        if not task.cancelled():
            task.exception()
