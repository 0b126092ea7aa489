"""One request for one question, however many ask it in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.meter import Exchange, echo, metering

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

FAILED_SECONDS = 2.0  # in an outage the readers of one list come one after the other: one of them meets it
FRESH_SECONDS = 1.0  # well under every poll period: only readers of the same moment share
MOMENT_SECONDS = 3.0  # a first sweep learns all that there is in this time; it is less than any poll period
KEPT_ANSWERS = 64  # a lane asks some ten questions of a kind; those of retired objects are forgotten first


class _Heard(NamedTuple, Generic[T]):
    at: float  # steady seconds
    answer: T
    exchanges: tuple[Exchange, ...]


class Recent(Generic[K, T]):
    """What one reader was just told. When it asks again because it has learned another part of its subject, that part
    alone is asked anew; any other reason to ask again is a reason to ask for all of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subject: object = None
        self._kept: dict[K, _Heard[T]] = {}

    def begin(self, subject: object) -> None:
        """A read begins."""
        if subject == self._subject:
            self._kept.clear()
        self._subject = subject

    async def read(self, question: K, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, or that of less than MOMENT_SECONDS ago. Raises what `ask` raises."""
        now = self._clock.now().steady
        kept = self._kept.get(question)
        if kept is not None and now - kept.at < MOMENT_SECONDS:
            echo(kept.exchanges)
            return kept.answer
        with metering() as meter:
            answer = await ask()
        self._kept[question] = _Heard(now, answer, tuple(meter.exchanges))
        return answer


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
        self._failed: dict[K, tuple[float, ReadFailure]] = {}

    async def read(self, question: K) -> T:
        """The answer. Raises what `ask` raises, to everyone who shares it, and who asks again at once."""
        now = self._clock.now().steady
        kept = self._kept.get(question)
        if kept is not None and now - kept.at <= self._fresh_seconds:
            return self._told(kept)
        failed_at, failure = self._failed.get(question, (0.0, None))
        if failure is not None and now - failed_at < FAILED_SECONDS:
            raise failure.with_traceback(None)
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
        self._failed.pop(question, None)
        with metering() as meter:
            try:
                answer = await self._ask(question)
            except ReadFailure as failure:
                self._failed[question] = (self._clock.now().steady, failure)
                while len(self._failed) > KEPT_ANSWERS:
                    del self._failed[next(iter(self._failed))]
                raise
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
