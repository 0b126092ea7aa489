"""What the API server holds: every change so far, numbered, and the objects that they add up to.

The store is a log. A list is the log folded up to one resourceVersion; a watch is the log from one on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lanewatch.simulator.world import Beat, ObjectChange, World

FIRST_VERSION = 100_000
Key = tuple[str, str, str, str]  # apiVersion, kind, namespace, name
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """One change as a watch tells it: `version` is its resourceVersion, which `object` carries too."""

    version: int
    at: float
    type: str
    object: Object


class Store:
    """The log of one world up to the latest second that was asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._log: list[Stored] = []
        self._live: dict[Key, Object] = {}
        self._changes = _changes(world)
        self._next: tuple[float, ObjectChange | Beat] | None = next(self._changes, None)

    def advance(self, at: float) -> None:
        """Take every change up to second `at` into the log."""
        while self._next is not None and self._next[0] <= at:
            second, change = self._next
            self._append(change if isinstance(change, ObjectChange) else self._beat(second, change))
            self._next = next(self._changes, None)

    @property
    def version(self) -> int:
        """The newest resourceVersion."""
        return FIRST_VERSION + len(self._log)

    @property
    def next_at(self) -> float:
        """The second of the first change that is not in the log yet; infinite when there is none."""
        return math.inf if self._next is None else self._next[0]

    def expired(self, version: int, horizon: float) -> bool:
        """Whether the change after `version` lies before second `horizon`, so that no watch can begin there."""
        missed = self.since(version)
        return bool(missed) and missed[0].at < horizon

    def since(self, version: int) -> list[Stored]:
        """The changes after `version`, oldest first."""
        return self._log[max(0, version - FIRST_VERSION) :]

    def live(self, version: int | None = None) -> Mapping[Key, Object]:
        """The objects as of `version`; the newest without one."""
        if version is None or version >= self.version:
            return self._live
        found: dict[Key, Object] = {}
        for stored in self._log[: max(0, version - FIRST_VERSION)]:
            _apply(found, stored)
        return found

    def _append(self, change: ObjectChange) -> None:
        version = self.version + 1
        meta = {**change.object["metadata"], "resourceVersion": str(version)}
        stored = Stored(version, change.at, change.type, {**change.object, "metadata": meta})
        self._log.append(stored)
        _apply(self._live, stored)

    def _beat(self, at: float, beat: Beat) -> ObjectChange:
        whole = self._live[beat.object]
        stamp = (self._world.start + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return ObjectChange(at, "MODIFIED", _with(whole, beat.field, stamp))


def key_of(whole: Object) -> Key:
    """Where the store keeps this object."""
    meta = whole["metadata"]
    return whole["apiVersion"], whole["kind"], meta.get("namespace", ""), meta["name"]


def _apply(live: dict[Key, Object], stored: Stored) -> None:
    if stored.type == "DELETED":
        live.pop(key_of(stored.object), None)
    else:
        live[key_of(stored.object)] = stored.object


def _changes(world: World) -> Iterator[tuple[float, ObjectChange | Beat]]:
    """The world's changes in order, then its beats for ever."""
    for change in world.objects:
        yield change.at, change
    due = sorted((beat.first, number) for number, beat in enumerate(world.beats))
    while due:
        at, number = due.pop(0)
        yield at, world.beats[number]
        due = sorted([*due, (at + world.beats[number].every, number)])


def _with(whole: Object, field: tuple[str, ...], value: str) -> Object:
    first, *rest = field
    return {**whole, first: _with(whole[first], tuple(rest), value) if rest else value}
