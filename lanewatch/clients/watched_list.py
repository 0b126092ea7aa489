"""The fold of LIST and WATCH into the objects that exist now. No I/O and no clock.

A watch is only eventually consistent (reliability reference 1: etcd lost events, travelled in time), so every LIST is
the truth that a stream is measured against. Objects are told apart by uid; an older version of one never replaces a
newer, wherever it comes from; what a list told and the stream owes is remembered, so that a stream that has stalled
without ending is found out by the next list.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lanewatch.clients.native import Listing, Resource
from lanewatch.clients.shape import JsonObject
from lanewatch.clients.strict_json import JsonError, parse_json

KEPT_DELETIONS = 512  # uids: a late event of an object that is gone does not bring it back


class StreamBroken(Exception):
    """The stream said what no stream says; `expired`: its resourceVersion is too old, a list has to begin anew."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a watch."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: JsonObject


class WatchedList:
    """The objects of one list, by uid, and the version from which a stream may go on ("" = list first)."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._items: dict[str, JsonObject] = {}
        self._deleted: OrderedDict[str, str] = OrderedDict()
        self._owed: set[str] = set()
        self.version = ""

    @property
    def items(self) -> tuple[JsonObject, ...]:
        """In no order that means anything; by name, as a list gives them."""
        return tuple(sorted(self._items.values(), key=_name))

    @property
    def owes(self) -> bool:
        """Whether a list has told something that the stream has not told yet."""
        return bool(self._owed)

    def listed(self, listing: Listing, asked_from: str, *, streaming: bool) -> bool:
        """Take a complete list. Whether anything changed.

        `asked_from` is the `version` when the list was asked for; `streaming`: an open stream has to tell the same.
        """
        if _is_older(listing.resource_version, asked_from):
            self._forget()  # restored from a backup: what was known is of another history (fault V03)
        after = {_uid(item): self._newest(item) for item in listing.items if not self._was_deleted(item, listing)}
        for uid, item in self._items.items():
            if uid not in after and _is_older(listing.resource_version, _version(item)):
                after[uid] = item  # made after the list was
        changed = {uid for uid in after.keys() | self._items.keys() if after.get(uid) != self._items.get(uid)}
        self._owed = changed if streaming else set()
        self._items = after
        if not _is_older(listing.resource_version, self.version):
            self.version = listing.resource_version
        return bool(changed)

    def heard(self, event: Event) -> bool:
        """Take one event. Whether anything changed: a bookmark, a repetition or a late word changes nothing."""
        told = _as_listed(event.object, self._resource)
        uid, version = _uid(told), _version(told)
        if not _is_older(version, self.version):
            self.version = version or self.version
        known = self._items.get(uid)
        if event.type == "BOOKMARK" or _is_older(version, _version(known) if known else ""):
            return False
        if not uid:
            raise StreamBroken("watch: an event of an object without uid")
        self._owed.discard(uid)
        if event.type == "DELETED":
            return self._remove(uid, version)
        if uid in self._deleted:
            return False
        for other in self._namesakes(uid, told):  # made again under its name, and the deletion was lost
            self._remove(other, version)
        self._items[uid] = told
        return told != known

    def expire(self) -> None:
        """The version is too old to go on from: list first. What is known stays until then."""
        self.version = ""
        self._owed = set()

    def begin_stream(self) -> None:
        """A new stream goes on from `version`, which already holds what the old one owed."""
        self._owed = set()

    def _forget(self) -> None:
        self.version = ""
        self._items, self._owed = {}, set()
        self._deleted.clear()

    def _newest(self, item: JsonObject) -> JsonObject:
        known = self._items.get(_uid(item))
        return known if known is not None and _is_older(_version(item), _version(known)) else item

    def _was_deleted(self, item: JsonObject, listing: Listing) -> bool:
        return _is_older(listing.resource_version, self._deleted.get(_uid(item), ""))

    def _remove(self, uid: str, version: str) -> bool:
        self._deleted[uid] = version
        while len(self._deleted) > KEPT_DELETIONS:
            self._deleted.popitem(last=False)
        return self._items.pop(uid, None) is not None

    def _namesakes(self, uid: str, told: JsonObject) -> Iterable[str]:
        return [other for other, item in self._items.items() if other != uid and _name(item) == _name(told)]


def parse_event(line: bytes) -> Event:
    """One line of a watch. Raises StreamBroken for an ERROR event, and for what is no event at all."""
    try:
        value = parse_json(line)
    except JsonError as error:
        raise StreamBroken(f"watch: {error}") from None
    told = value.get("object") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(told, dict):
        raise StreamBroken("watch: a line that is no event")
    match value.get("type"):
        case "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" as kind:
            return Event(kind, told)
        case "ERROR":
            code = told.get("code")
            raise StreamBroken(f"watch ended with {json.dumps(code)[:8]}", expired=code == 410)
    raise StreamBroken("watch: an event of an unknown type")


def _as_listed(told: JsonObject, resource: Resource) -> JsonObject:
    """Lists of built-in kinds leave kind and apiVersion out of their items; an event carries them."""
    if resource.product:
        return told
    return {key: value for key, value in told.items() if key not in ("kind", "apiVersion")}


def _is_older(version: str, than: str) -> bool:
    """Versions are decimal numbers of one sequence (since 1.35 by contract); of others nothing is said."""
    return version.isdecimal() and than.isdecimal() and int(version) < int(than)


def can_be_watched(listing: Listing) -> bool:
    """Whether a stream can be folded onto it: objects without identity or order cannot be told apart."""
    return listing.resource_version.isdecimal() and all(
        _uid(item) and _version(item).isdecimal() for item in listing.items
    )


def _uid(item: JsonObject) -> str:
    return _meta(item, "uid")


def _version(item: JsonObject) -> str:
    return _meta(item, "resourceVersion")


def _name(item: JsonObject) -> tuple[str, str]:
    return _meta(item, "namespace"), _meta(item, "name")


def _meta(item: JsonObject, key: str) -> str:
    """A text of the metadata; "" where it drifted."""
    meta = item.get("metadata")
    value = meta.get(key) if isinstance(meta, dict) else None
    return value if isinstance(value, str) else ""
