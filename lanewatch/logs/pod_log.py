"""A container's log, followed through lost connections, rotation, restarts and the end of its Pod."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.backoff import Backoff, dice
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PODS, read_object
from lanewatch.clients.pod_logs import log_stream
from lanewatch.logs.instances import Instance, Life, instance_in
from lanewatch.logs.resuming import Position, stamp_of
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting
from lanewatch.rollout.facts import Outcome

IDLE_SECONDS = 90.0  # a silent stream of a running container may be a dead one: it is opened anew, at no loss
READ_SECONDS = 10.0
LOOK_SECONDS = 2.0  # between looks at a container that waits
_HOPELESS = frozenset({Outcome.DENIED, Outcome.UNCONFIGURED, Outcome.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class PodLog:
    """The log of one container. `previous`: of the instance before the present one, which only ever ends."""

    cluster: Cluster
    namespace: str
    pod: str
    container: str
    previous: bool = False

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source. Raises ReadFailure where following is hopeless: refused, or never configured."""
        reading = _Reading(self, asked)
        pieces = reading.once() if self.previous or not asked.follow else reading.follow()
        try:
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()


@dataclass(slots=True)
class _Reading:
    """One reader's way through a log."""

    log: PodLog
    asked: Asked
    position: Position = field(default_factory=Position)
    instance: Instance = field(default_factory=lambda: Instance(Life.UNTOLD))
    backoff: Backoff = field(default_factory=lambda: Backoff(dice()))

    async def once(self) -> AsyncGenerator[Piece, None]:
        """What there is now."""
        async for piece in self._stream(follow=False, previous=self.log.previous):
            yield piece
        for piece in self.position.rest():
            yield piece

    async def follow(self) -> AsyncGenerator[Piece, None]:
        """Everything, until the container or its Pod has ended."""
        broken = ""
        while True:
            now = await self._look()
            async for piece in self._restarted(now):
                yield piece
            if now.life is Life.ENDED or (now.life is Life.GONE and self.instance.uid):
                async for piece in self._ended(now, broken):
                    yield piece
                return
            if now.life is Life.RUNNING or not self.instance.uid:
                self.instance = now
            broken = ""
            try:
                async for piece in self._stream(follow=True):
                    yield piece
            except ReadFailure as failure:
                broken = self._excused(failure, now)
            if broken or now.life is not Life.RUNNING:
                yield Waiting("the container has not started" if now.life is Life.WAITING else broken)
                await asyncio.sleep(self.backoff.next() if broken else LOOK_SECONDS)

    def _excused(self, failure: ReadFailure, now: Instance) -> str:
        """The reason of a failure that a later try may not meet. Raises the others."""
        if failure.outcome in _HOPELESS or (now.life is Life.GONE and failure.status == 404):
            raise failure
        return failure.reason

    async def _stream(self, *, follow: bool, previous: bool = False) -> AsyncGenerator[Piece, None]:
        """One connection's worth of what is new."""
        log, asked, position = self.log, self.asked, self.position
        begun = position.since
        since = begun or (None if asked.since is None else stamp_of(asked.since))
        tail = None if begun else asked.tail
        for piece in position.reconnected():
            yield piece
        async with log_stream(
            log.cluster,
            log.namespace,
            log.pod,
            log.container,
            follow=follow,
            idle=IDLE_SECONDS if follow else READ_SECONDS,
            since=since,
            tail=tail,
            previous=previous,
        ) as stream:
            yield Waiting("")
            async for chunk in stream.chunks:
                for piece in position.take(chunk):
                    self.backoff.reset()
                    yield piece
            if not follow and not stream.proven_whole:
                yield Mark("the server told no length: this log may not be whole", loses=True)

    async def _remaining(self, *, previous: bool) -> AsyncGenerator[Piece, None]:
        """What an ended instance printed after the last line that was read; a mark where that cannot be told."""
        try:
            async for piece in self._stream(follow=False, previous=previous):
                yield piece
            if not self.position.has_met:
                yield Mark("lines may be missing here: the log was rotated before its end was read", loses=True)
        except ReadFailure as failure:
            if self.position.since is None or failure.status != 400:
                yield Mark(f"the end of this log could not be read: {failure.reason}", loses=True)
        for piece in self.position.rest():
            yield piece

    async def _restarted(self, now: Instance) -> AsyncGenerator[Piece, None]:
        """After a restart the rest of the instance that has ended, then a mark; the position is that of a new log."""
        if now.life is Life.UNTOLD:
            yield Waiting(now.why)
        if now.life is Life.WAITING or not now.follows(self.instance):
            return
        if now.uid == self.instance.uid:
            async for piece in self._remaining(previous=True):
                yield piece
            missed = now.restarts - self.instance.restarts - 1
            lost = f"; the logs of {missed} instances in between are gone" if missed > 0 else ""
            yield Mark(f"the container was restarted (restart {now.restarts}){lost}", loses=missed > 0)
        else:
            for piece in self.position.rest():
                yield piece
            yield Mark("a new Pod of the same name begins; the end of the old one's log may be missing", loses=True)
            self.position = Position()
        self.position.begins_anew()
        self.instance = now

    async def _ended(self, now: Instance, broken: str) -> AsyncGenerator[Piece, None]:
        if now.life is Life.ENDED:
            async for piece in self._remaining(previous=False):
                yield piece
            return
        for piece in self.position.rest():
            yield piece
        lost = bool(broken) and self.instance.life is Life.RUNNING
        end = "; what it printed last may be missing" if lost else ""
        yield Mark(f"the Pod was deleted{end}", loses=lost)

    async def _look(self) -> Instance:
        """The instance now; a Pod that cannot be read tells nothing, except that it is gone."""
        try:
            pod = await read_object(self.log.cluster, PODS, self.log.namespace, self.log.pod)
        except ReadFailure as failure:
            life = Life.GONE if failure.outcome is Outcome.ABSENT else Life.UNTOLD
            return Instance(life, why=failure.reason)
        return instance_in(pod, self.log.container)
