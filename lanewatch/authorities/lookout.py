"""Has the branch moved? One cheap question now and then, between two whole reads of a mirror that is left to rest."""

from __future__ import annotations

import asyncio

from lanewatch.authorities.reading import attempt
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.meter import Exchange, metering, record
from lanewatch.rollout.reports import MirroredRepository
from lanewatch.spec.lane import LaneRepository

# Between two looks: a finished lane may cost one request in ten seconds.
ONE_REQUEST_SECONDS = 28.0
TWO_REQUESTS_SECONDS = 45.0  # of git, where upstream has too many refs to tell them all


class Lookout:
    """Looks at the head that changes next: upstream's, or the mirror's where that is behind, or all that is known."""

    def __init__(self, gitea: Gitea, upstream: Upstream, repository: LaneRepository | None) -> None:
        self._gitea = gitea
        self._upstream = upstream
        self._repository = repository
        self._seen: MirroredRepository | None = None
        self._unpaid: list[Exchange] = []

    def saw(self, repository: MirroredRepository) -> None:
        """What the whole read found; it is charged for the looks since the one before."""
        self._seen = repository
        unpaid, self._unpaid = self._unpaid, []
        for exchange in unpaid:
            record(exchange)

    async def moved(self) -> None:
        """Return when the head is another one than was read, or cannot be read: both are worth a whole read."""
        while True:
            upstream = self._looks_upstream(self._seen)
            await asyncio.sleep(self._seconds(upstream))
            seen = self._seen
            if self._repository is None or seen is None:
                continue
            with metering() as meter:
                head = await attempt(self._head, self._repository, upstream)
            self._unpaid.extend(meter.exchanges)
            if head != (seen.upstream_head if upstream else seen.mirror_head):
                return

    def _looks_upstream(self, seen: MirroredRepository | None) -> bool:
        return self._upstream.configured and (seen is None or seen.upstream_head == seen.mirror_head)

    def _seconds(self, upstream: bool) -> float:
        known = self._repository
        crowded = upstream and known is not None and self._upstream.is_crowded(known.repository)
        return TWO_REQUESTS_SECONDS if crowded else ONE_REQUEST_SECONDS

    async def _head(self, repository: LaneRepository, upstream: bool) -> str | None:
        name, branch = repository.repository, repository.upstream_branch
        if upstream:
            return await self._upstream.head(name, branch, at_once=True)
        ref = await self._gitea.ref(name, f"refs/heads/{branch}")
        return None if ref is None else ref.sha
