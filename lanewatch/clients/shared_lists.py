"""One request for one list, however many authorities ask: per (cluster, kind, namespace, selectors).

A list under way is shared; one that is younger than the freshness window is given again, with the moment it was read. A
list that is asked for again is also watched: while its stream is live, readers get what it keeps current, confirmed by
a list as often as they want (see `confirming`), and `changed` tells them when there is news. Where a stream cannot be
had, the list is polled.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from contextlib import suppress
from dataclasses import replace

from lanewatch.clients.backoff import dice
from lanewatch.clients.clock import Clock
from lanewatch.clients.confirming import confirmation_seconds
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import metering
from lanewatch.clients.native import Listing, Resource, read_list
from lanewatch.clients.sharing import FRESH_SECONDS, Shared
from lanewatch.clients.watch import Life, Question, Watch
from lanewatch.clients.watched_list import can_be_watched

WATCHED_PERIOD = 10.0  # seconds between the reads of who is told of news
POLLED_PERIOD = 9.0  # where no stream can be had: what is asked is bounded, and a fact is confirmed in time
OPENING_PERIOD = 2.0  # a list that is asked for again is watched
RECENT_SECONDS = 60.0  # what was not asked for since is no part of a reader's pace

log = logging.getLogger(__name__)


class SharedLists:
    """The lists of every cluster in use, as one reader asks for them; `for_reader` gives another reader's view."""

    def __init__(self, clock: Clock, fresh_seconds: float = FRESH_SECONDS, hub: _Hub | None = None) -> None:
        self._hub = hub or _Hub(clock, fresh_seconds)
        self._hub.readers.append(self)
        self._clock = clock
        self._asked: dict[Question, float] = {}
        self._news: set[Question] = set()
        self._new: set[Question] = set()  # asked for once
        self._woken = asyncio.Event()

    def for_reader(self) -> SharedLists:
        """The same lists for one more reader, who is told of news in what it has asked for."""
        return SharedLists(self._clock, hub=self._hub)

    async def read(
        self, cluster: Cluster, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> Listing:
        """The list: from a live stream, or read within the last second or now. Raises as `native.read_list`."""
        question = Question(cluster, resource, namespace, labels, fields)
        if question in self._asked:
            self._new.discard(question)
        else:
            self._new.add(question)
        self._asked[question] = self._clock.now().steady
        self._news.discard(question)
        if not self._news:
            self._woken.clear()
        return await self._hub.read(question)

    async def changed(self) -> None:
        """Return when a stream has told something new in a list that this reader has asked for.

        And once soon after a list was asked for that nobody watches: a stream begins with the second reading, which a
        lane at rest would have minutes later.
        """
        if self._new <= self._hub.watches.keys():
            await self._woken.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_PERIOD):
                await self._woken.wait()
        self._new.clear()

    def pace(self) -> float:
        """Seconds between reads: few where some list of this reader is not streamed, fewer while a stream opens."""
        lives = {self._hub.life(question) for question in self._recent()}
        if lives == {Life.LIVE}:
            return WATCHED_PERIOD
        return POLLED_PERIOD if lives & {Life.REFUSED, Life.PAUSING} else OPENING_PERIOD

    def refusals(self) -> tuple[str, ...]:
        """Why lists of this reader are polled although they could be watched: rights that lack."""
        watches = [self._hub.watches[question] for question in self._recent() if question in self._hub.watches]
        return tuple(sorted({watch.reason for watch in watches if watch.life is Life.REFUSED}))

    def hear(self, question: Question) -> None:
        """There is news in this list."""
        if question in self._asked:
            self._news.add(question)
            self._woken.set()

    async def close(self) -> None:
        """Stop what is under way, of all readers."""
        await self._hub.close()

    def _recent(self) -> list[Question]:
        since = self._clock.now().steady - RECENT_SECONDS
        return [question for question, at in self._asked.items() if at >= since]


class _Hub:
    """What all readers share."""

    def __init__(self, clock: Clock, fresh_seconds: float) -> None:
        self.readers: list[SharedLists] = []
        self.watches: dict[Question, Watch] = {}
        self._clock = clock
        self._random = dice()
        self._lists: Shared[Question, Listing] = Shared(clock, self._ask, fresh_seconds)
        self._streams: set[asyncio.Task[None]] = set()

    def life(self, question: Question) -> Life:
        watch = self.watches.get(question)
        return Life.ENDED if watch is None else watch.life

    async def read(self, question: Question) -> Listing:
        watch = self.watches.get(question)
        if watch is not None:
            watch.asked()
        if watch is not None and watch.life is Life.LIVE and watch.vouches(confirmation_seconds()):
            kept = self._lists.last(question)
            if kept is not None:
                return replace(kept, items=watch.known.items, read_at=self._clock.now())
        return await self._lists.read(question)

    async def close(self) -> None:
        await self._lists.close()
        for task in self._streams:
            task.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)

    async def _ask(self, question: Question) -> Listing:
        watch = self.watches.get(question)
        asked_from = "" if watch is None else watch.known.version
        listing = await read_list(
            question.cluster, question.resource, question.namespace, labels=question.labels, fields=question.fields
        )
        self._took(question, listing, asked_from, again=question in self._lists)
        return listing

    def _took(self, question: Question, listing: Listing, asked_from: str, again: bool) -> None:
        """Measure the stream against a list; begin one for a list that is asked for `again`: one sweep needs none."""
        watch = self.watches.get(question)
        if watch is not None:
            watch.confirmed(listing, asked_from)
        elif again and can_be_watched(listing):
            self._watch(question).confirmed(listing, "")

    def _watch(self, question: Question) -> Watch:
        async def relist() -> None:
            with metering() as meter:
                await self._lists.read_anew(question)
            watch.owe(meter.exchanges)
            tell()

        def tell() -> None:
            for reader in self.readers:
                reader.hear(question)

        def ended(task: asyncio.Task[None]) -> None:
            self._streams.discard(task)
            if self.watches.get(question) is watch:
                del self.watches[question]  # the next list that is asked for again begins a new one
            if not task.cancelled() and (bug := task.exception()) is not None:
                log.error("watch of %s broke down", question.resource.name, exc_info=bug)

        watch = Watch(question, self._clock, self._random, relist, tell)
        self.watches[question] = watch
        task = asyncio.create_task(watch.run(), context=contextvars.Context())  # charged to no reader's meter
        self._streams.add(task)
        task.add_done_callback(ended)
        return watch
