"""The engine's search in a followed log, beside the screen: it goes on as the log grows, one search at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanewatch.logs.log import Log
    from lanewatch.logs.search import Search

TOLD_SECONDS = 0.1  # what is found so far is told so often
PATTERN = "~"  # what begins so is a regular expression


class LogSearching:
    """`told` is called when more has been found, unless another search has begun meanwhile."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._search: Search | None = None
        self._work: asyncio.Task[None] | None = None

    @property
    def search(self) -> Search | None:
        """The one that is on."""
        return self._search

    def start(self, log: Log, query: str) -> Search | None:
        """Begin to search; what is found so far. None: the log is closed. Raises QueryError for a bad pattern."""
        from lanewatch.logs.query import Query

        self._search = log.search(Query(query.removeprefix(PATTERN), regular=query.startswith(PATTERN)))
        self.go_on()
        return self._search

    def go_on(self) -> None:
        """Search what has come since."""
        if self._search is not None and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._catch_up(self._search))

    def stop(self) -> None:
        self._search = None
        if self._work is not None:
            self._work.cancel()

    async def _catch_up(self, search: Search) -> None:
        told_at = 0.0
        while not search.is_current:
            await search.step()
            now = asyncio.get_running_loop().time()
            if search is self._search and (search.is_current or now - told_at >= TOLD_SECONDS):
                told_at = now
                self._told()
