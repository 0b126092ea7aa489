"""One request for one list, however many authorities ask: per (cluster, kind, namespace, selectors).

A list under way is shared; one that is younger than the freshness window is given again, with the moment it was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.meter import Exchange, echo, metering
from lanewatch.clients.native import Listing, Resource, read_list

FRESH_SECONDS = 1.0  # well under every poll period: only readers of the same moment share
KEPT_LISTS = 64  # a lane asks for about ten; pods of a retired selector are forgotten first


@dataclass(frozen=True, slots=True)
class _Question:
    cluster: Cluster  # by identity
    resource: Resource
    namespace: str
    labels: str
    fields: str


class _Heard(NamedTuple):
    listing: Listing
    exchanges: tuple[Exchange, ...]


class SharedLists:
    """The lists of every cluster in use."""

    def __init__(self, clock: Clock, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._clock = clock
        self._fresh_seconds = fresh_seconds
        self._under_way: dict[_Question, asyncio.Task[_Heard]] = {}
        self._kept: dict[_Question, _Heard] = {}

    async def read(
        self, cluster: Cluster, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> Listing:
        """The list, read within the last second or now. Raises as `native.read_list`, to everyone who shares it."""
        question = _Question(cluster, resource, namespace, labels, fields)
        kept = self._kept.get(question)
        if kept is None or self._clock.now().steady - kept.listing.read_at.steady > self._fresh_seconds:
            task = self._under_way.get(question)
            if task is None:
                return (await asyncio.shield(self._begin(question))).listing
            kept = await asyncio.shield(task)  # one reader that gives up does not take the list from the others
        echo(kept.exchanges)
        return kept.listing

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, question: _Question) -> asyncio.Task[_Heard]:
        task = asyncio.create_task(self._ask(question))
        self._under_way[question] = task
        task.add_done_callback(self._forgetter(question))
        return task

    async def _ask(self, question: _Question) -> _Heard:
        with metering() as meter:
            listing = await read_list(
                question.cluster, question.resource, question.namespace, labels=question.labels, fields=question.fields
            )
        heard = _Heard(listing, tuple(meter.exchanges))
        self._kept.pop(question, None)
        self._kept[question] = heard
        while len(self._kept) > KEPT_LISTS:
            del self._kept[next(iter(self._kept))]
        return heard

    def _forgetter(self, question: _Question) -> Callable[[asyncio.Task[_Heard]], None]:
        def forget(task: asyncio.Task[_Heard]) -> None:
            del self._under_way[question]
            if not task.cancelled():
                task.exception()  # whoever still waits gets it; when all gave up it is no unhandled error

        return forget
