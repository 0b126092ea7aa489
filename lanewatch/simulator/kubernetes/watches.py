"""Watches: the store's log from one resourceVersion on, as lines of events, with bookmarks and an end.

Argo reference 3.1: resumption, 410 as an event in a 200, bookmarks about once a minute, a clean end without an event.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Request, Response
from lanewatch.simulator.kubernetes.answers import refusal, status
from lanewatch.simulator.kubernetes.resources import Resource
from lanewatch.simulator.kubernetes.selectors import BadSelector, Matches, fields_match, labels_match
from lanewatch.simulator.kubernetes.store import Key, Object, Store, Stored, key_of

BOOKMARK_SECONDS = 60.0
LONGEST_SECONDS = 2400.0  # without timeoutSeconds the server ends a watch after 30 to 60 minutes
HISTORY_SECONDS = 300.0  # etcd compacts every five minutes: older resourceVersions are gone
LOOK_SECONDS = 1.0  # how soon a stream notices that somebody moved the world's clock by hand
JSON_LINES = (("Content-Type", "application/json"),)


def watched(request: Request, store: Store, clock: WorldClock, resource: Resource, namespace: str) -> Response:
    """The stream that a watch=true request gets."""
    try:
        selected = _Selected(
            resource,
            namespace,
            fields_match(request.first("fieldSelector"), resource.kind),
            labels_match(request.first("labelSelector")),
        )
        version = int(request.first("resourceVersion") or 0)
        seconds = float(request.first("timeoutSeconds") or LONGEST_SECONDS)
    except BadSelector as problem:
        return refusal(400, f'Unable to find "{resource.called}" that match: {problem}')
    except ValueError:
        return refusal(400, "resourceVersion or timeoutSeconds is not a number")
    if version and store.expired(version, clock.at() - HISTORY_SECONDS):
        gone = status(410, f"too old resource version: {version} ({store.version})")
        return Response(200, _once(_line("ERROR", gone)), JSON_LINES)
    bookmarks = request.first("allowWatchBookmarks") in ("true", "1")
    return Response(200, _stream(store, clock, selected, version, seconds, bookmarks), JSON_LINES)


@dataclass(slots=True)
class _Selected:
    """What one watch sees. `shown` are the keys that its client knows: leaving the selection is a deletion."""

    resource: Resource
    namespace: str
    fields: Matches
    labels: Matches
    shown: set[Key] = field(default_factory=set)

    def matches(self, whole: Object) -> bool:
        api_version, kind, namespace, _ = key_of(whole)
        if (api_version, kind) != (self.resource.api_version, self.resource.kind):
            return False
        mine = not self.namespace or namespace == self.namespace
        return mine and self.fields(whole) and self.labels(whole)

    def begin(self, live: Iterable[Object]) -> list[Object]:
        """The objects that the client knows, or is about to be told, by key."""
        found = sorted((whole for whole in live if self.matches(whole)), key=key_of)
        self.shown = {key_of(whole) for whole in found}
        return found

    def told(self, change: Stored) -> str:
        """The type of the event that this client gets for a change; "" for none."""
        key, now = key_of(change.object), change.type != "DELETED" and self.matches(change.object)
        before = key in self.shown
        if now:
            self.shown.add(key)
            return "MODIFIED" if before else "ADDED"
        self.shown.discard(key)
        return "DELETED" if before else ""


async def _stream(
    store: Store, clock: WorldClock, selected: _Selected, version: int, seconds: float, bookmarks: bool
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends, bookmark = loop.time() + seconds, loop.time() + BOOKMARK_SECONDS
    for whole in selected.begin(store.live(version or None).values()):
        if not version:
            yield _line("ADDED", whole)
    version = version or store.version
    while loop.time() < ends:
        store.advance(clock.at())
        for line in _lines(store.since(version), selected):
            yield line
        version = store.version
        if bookmarks and loop.time() >= bookmark:
            bookmark += BOOKMARK_SECONDS
            yield _bookmark(selected.resource, version)
        due = (store.next_at - clock.at()) / clock.rate
        await asyncio.sleep(max(0.001, min(due, LOOK_SECONDS, ends - loop.time())))
    if bookmarks:
        yield _bookmark(selected.resource, version)


def _lines(changes: Iterable[Stored], selected: _Selected) -> Iterator[bytes]:
    for change in changes:
        if told := selected.told(change):
            yield _line(told, change.object)


def _bookmark(resource: Resource, version: int) -> bytes:
    meta = {"resourceVersion": str(version), "creationTimestamp": None}
    return _line("BOOKMARK", {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta})


def _line(told: str, whole: Any) -> bytes:
    return json.dumps({"type": told, "object": whole}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def _once(line: bytes) -> AsyncIterator[bytes]:
    yield line
