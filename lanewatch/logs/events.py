"""Logs made of what a cluster says about one thing: an object's events, an EventListener's lines about one event."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import EVENTS, PODS, read_list
from lanewatch.clients.pod_logs import log_stream
from lanewatch.clients.shape import JsonObject, field, objects, optional
from lanewatch.logs.polling import looked_at
from lanewatch.logs.resuming import Position
from lanewatch.logs.sources import Asked, Mark, Piece
from lanewatch.rollout.facts import Outcome

EVENTS_KEPT_SECONDS: Final = 3600.0  # Kubernetes forgets events then
LISTENER_LABEL: Final = "eventlistener"  # Tekton Triggers puts it on the EventListener's Pods
_LISTENER_CAP: Final = 64 << 20  # bytes of one EventListener Pod's log that one look goes through
_READ_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class ObjectEvents:
    """The events about one object by name."""

    cluster: Cluster
    namespace: str
    name: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source. An event that happened again is told again, with its count."""
        told: set[tuple[str, int]] = set()
        async for piece in looked_at(lambda: self._new(told), asked, keeps=EVENTS_KEPT_SECONDS):
            yield piece

    async def _new(self, told: set[tuple[str, int]]) -> AsyncGenerator[Piece, None]:
        listing = await read_list(self.cluster, EVENTS, self.namespace, fields=f"involvedObject.name={self.name}")
        for event in sorted(listing.items, key=_event_time):
            key = (field(event, "metadata.name", str), optional(event, "count", int) or 1)
            if key not in told:
                told.add(key)
                yield _event_line(event)


@dataclass(frozen=True, slots=True)
class ListenerLines:
    """What the EventListener's Pods logged about one event: the only place that explains a 202 without a run."""

    cluster: Cluster
    namespace: str
    listener: str
    event_id: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source. Each look goes on by time stamp where the one before stopped, so a rotation is seen as a gap."""
        positions: dict[str, Position] = {}
        async for piece in looked_at(lambda: self._new(positions, asked), asked, keeps=float("inf")):
            yield piece

    async def _new(self, positions: dict[str, Position], asked: Asked) -> AsyncGenerator[Piece, None]:
        pods = await read_list(self.cluster, PODS, self.namespace, labels=f"{LISTENER_LABEL}={self.listener}")
        if not pods.items:
            raise ReadFailure(Outcome.ABSENT, f"no Pod of EventListener {self.namespace}/{self.listener}")
        for pod in pods.items:
            name = field(pod, "metadata.name", str)
            position = positions.setdefault(name, Position())
            async for piece in self._lines(name, _first_container(pod), position):
                yield piece
            for piece in position.rest() if not asked.follow else ():  # followed, the next look has the whole line
                yield self._wanted(piece)

    async def _lines(self, pod: str, container: str, position: Position) -> AsyncGenerator[Piece, None]:
        seen, since = 0, position.since
        for piece in position.reconnected():
            yield piece
        async with log_stream(
            self.cluster, self.namespace, pod, container, follow=False, idle=_READ_SECONDS, since=since
        ) as stream:
            async for chunk in stream.chunks:
                seen += len(chunk)
                for piece in position.take(chunk):
                    yield self._wanted(piece)
                if seen > _LISTENER_CAP:
                    yield Mark(f"{pod}: only {_LISTENER_CAP >> 20} MiB of its log were looked through", loses=True)
                    return
            if not stream.proven_whole:
                yield Mark(f"{pod}: the server told no length: this log may not be whole", loses=True)

    def _wanted(self, piece: Piece) -> Piece:
        """Of some whole lines those about the event; b"" for none."""
        if not isinstance(piece, bytes):
            return piece
        event = self.event_id.encode()
        return b"".join(line for line in piece.splitlines(keepends=True) if event in line)


def _first_container(pod: JsonObject) -> str:
    return field(objects(pod, "spec.containers")[0], "name", str)


def _event_time(event: JsonObject) -> str:
    names = ("eventTime", "lastTimestamp", "firstTimestamp", "metadata.creationTimestamp")
    return next((time for name in names if (time := optional(event, name, str))), "")


def _event_line(event: JsonObject) -> bytes:
    parts = [optional(event, name, str) or "" for name in ("type", "involvedObject.kind", "reason", "message")]
    count = optional(event, "count", int) or 1
    told = " ".join(" ".join(part.split("\n")) for part in parts if part)
    return f"{_event_time(event)} {told}{f' (x{count})' if count > 1 else ''}\n".encode()
