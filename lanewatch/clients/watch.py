"""One list that a stream keeps current: LIST, then WATCH with bookmarks, for as long as somebody asks for it.

Recipe: python-libraries reference 3.2, server rules: Argo reference 3.1. The stream only saves requests and time. What
vouches for the objects is the LIST that the readers go on asking for; a stream that stays behind it, or that says
nothing for 75 s without a list to vouch for it, is replaced.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from lanewatch.clients.answers import RETRY_AFTER_LIMIT, ReadFailure
from lanewatch.clients.backoff import Backoff
from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import Exchange, record
from lanewatch.clients.native import Listing, Resource
from lanewatch.clients.skew import retry_after_seconds
from lanewatch.clients.stream import Stream
from lanewatch.clients.watched_list import StreamBroken, WatchedList, parse_event

STREAM_SECONDS = 1200.0  # how long one stream is asked for, ± 20 %: not all of them end together; servers allow 1800
SILENT_SECONDS = 75.0  # bookmarks come about once a minute: a stream that says less vouches for nothing
HEALTHY_SECONDS = 10.0  # a server that ends every stream at once is not asked ten times a second
REFUSED_SECONDS = 300.0  # a Role without `watch` is no passing trouble, and its lists are polled meanwhile
UNREAD_SECONDS = 900.0  # above every poll period: nobody asks for this list any more


@dataclass(frozen=True, slots=True)
class Question:
    """One list. `labels` and `fields` are selectors as the API server takes them."""

    cluster: Cluster  # by identity
    resource: Resource
    namespace: str
    labels: str
    fields: str

    @property
    def path(self) -> str:
        return self.resource.path(self.namespace)

    @property
    def selectors(self) -> list[tuple[str, str]]:
        given = [("labelSelector", self.labels), ("fieldSelector", self.fields)]
        return [(key, value) for key, value in given if value]


class Life(Enum):
    OPENING = "opening"
    LIVE = "live"  # the server has said 200 and the stream has not ended
    REFUSED = "refused"  # it may not be watched: polled
    PAUSING = "pausing"  # between two streams
    ENDED = "ended"


class Watch:
    """The stream behind one list. `relist` asks for the list anew and hands it to `confirmed`; `news` tells readers."""

    def __init__(
        self,
        question: Question,
        clock: Clock,
        randomness: random.Random,
        relist: Callable[[], Awaitable[object]],
        news: Callable[[], None],
    ) -> None:
        self.known = WatchedList(question.resource)
        self.life = Life.OPENING
        self.reason = ""  # why the last stream ended, or was refused
        self.listed_at = clock.now().steady
        self._heard_at = self.listed_at  # when the stream last said anything, a bookmark included
        self._question = question
        self._clock = clock
        self._random = randomness
        self._relist = relist
        self._news = news
        self._backoff = Backoff(randomness)
        self._unpaid: list[Exchange] = []
        self._asked_at = clock.now().steady
        self._deadline: asyncio.Timeout | None = None
        self._live_since: float | None = None  # on the loop's clock: when the last stream was opened; None: it was not
        self._vain = 0  # streams in a row that failed or whose version was too old
        self._listed = asyncio.Event()  # since the last of them

    def asked(self) -> None:
        """Somebody reads: charge them what streams were opened meanwhile."""
        self._asked_at = self._clock.now().steady
        unpaid, self._unpaid = self._unpaid, []
        for exchange in unpaid:
            record(exchange)

    def vouches(self, seconds: float) -> bool:
        """Whether a list is no older than `seconds`, and either it or the stream was heard lately."""
        now = self._clock.now().steady
        return now - self.listed_at <= seconds and now - max(self.listed_at, self._heard_at) <= SILENT_SECONDS

    def owe(self, exchanges: Iterable[Exchange]) -> None:
        """Requests that the stream itself made: the next reader is charged."""
        self._unpaid.extend(exchanges)

    def confirmed(self, listing: Listing, asked_from: str) -> bool:
        """A list was read. Whether it differs from what was known. A stream that owed since the last list is ended."""
        live, owed = self.life is Life.LIVE, self.known.owes
        changed = self.known.listed(listing, asked_from, streaming=live)
        self.listed_at = listing.read_at.steady
        self._listed.set()
        if live and owed:
            self._end_in(0.0)
        elif live and not self.known.owes:
            self._end_in(SILENT_SECONDS)
        return changed

    async def run(self) -> None:
        """Watch until nobody has asked for a quarter of an hour."""
        while self._clock.now().steady - self._asked_at < UNREAD_SECONDS:
            await self._turn()
        self.life = Life.ENDED

    async def _turn(self) -> None:
        """One stream from its opening to its end, and the pause before the next."""
        self._live_since, wait = None, 0.0
        try:
            wait = await self._follow()
        except StreamBroken as broken:
            self.reason = str(broken)
            if broken.expired:
                self.known.expire()
                self._was_vain()
        except ReadFailure as failure:
            self.reason, wait = failure.reason, failure.retry_after or 0.0
            self._was_vain()
        except TimeoutError:
            self.reason = f"watch silent for {SILENT_SECONDS:.0f} s"
        if self.life is not Life.REFUSED:
            self.life = Life.PAUSING
        if self._was_healthy():
            self._backoff.reset()
            self._vain = 0
        await asyncio.sleep(max(wait, self._backoff.next()))

    def _was_healthy(self) -> bool:
        """Whether the last stream lasted; what it waited for before it was opened is no part of that."""
        now = asyncio.get_running_loop().time()
        return self._live_since is not None and now - self._live_since >= HEALTHY_SECONDS

    async def _follow(self) -> float:
        """One stream to its end. Gives the seconds to wait that the server asked for, 0 without."""
        if self._vain > 1:
            await self._listed_by_another()
        if not self.known.version:
            await self._relist()
        seconds = STREAM_SECONDS * self._random.uniform(0.8, 1.2)
        query = [
            *self._question.selectors,
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self.known.version),
            ("timeoutSeconds", f"{seconds:.0f}"),
        ]
        async with self._question.cluster.stream(self._question.path, query, idle=seconds + 15) as stream:
            self._charge(stream.status)
            if stream.status != 200:
                return self._refused(stream)
            await self._read(stream)
        return 0.0

    def _was_vain(self) -> None:
        self._vain += 1
        self._listed.clear()

    async def _listed_by_another(self) -> None:
        """Who reads this list goes on asking for it: as long as that is in vain a stream would be too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_SECONDS):
                await self._listed.wait()

    def _refused(self, stream: Stream) -> float:
        """What a status other than 200 means. Raises StreamBroken where the version has expired."""
        resource, namespace = self._question.resource.name, self._question.namespace
        if stream.status == 410:
            raise StreamBroken("watch: 410", expired=True)
        self.reason = f"{stream.status}: may not watch {resource} in namespace {namespace}"
        if stream.status in (401, 403, 404, 405):
            self.life = Life.REFUSED
            return REFUSED_SECONDS
        self.reason = f"{stream.status} to a watch of {resource}"
        told = retry_after_seconds(stream.headers.get("retry-after"), self._clock.now())
        return min(told or 0.0, RETRY_AFTER_LIMIT)

    async def _read(self, stream: Stream) -> None:
        """Fold what the stream tells, until it ends. Raises TimeoutError when it is silent for too long."""
        self.known.begin_stream()
        self.life, self._live_since = Life.LIVE, asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(SILENT_SECONDS) as self._deadline:
                async for line in stream.lines:
                    self._end_in(SILENT_SECONDS)
                    self._heard_at = self._clock.now().steady
                    if self.known.heard(parse_event(line)):
                        self._news()
        finally:
            self._deadline = None

    def _end_in(self, seconds: float) -> None:
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    def _charge(self, status: int) -> None:
        now, question = self._clock.now().steady, self._question
        host = question.cluster.host
        self.owe([Exchange("GET", host, question.path, now, now, status, 0, None, stream=True)])
