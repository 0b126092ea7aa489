"""Everything seen of the objects of a Tekton lane, as one pure fold over ObjectEvents.

A watch delivers events; a poll is diffed by uid against what the fold knows; a recording is read back: all three end
in `fold`. Objects are kept by uid, never by name (names are reused, reference tekton.md 13.2), as the server sent
them, and stay after their deletion: the Pods and attempts of a run are remembered although they are gone. What the
objects mean is read out of the history by `tekton_runs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.native import Native, leaf, resource_version, rows, text, uid

RUN_KINDS: Final = ("PipelineRun", "TaskRun", "CustomRun")
KINDS: Final = (*RUN_KINDS, "Pod", "Event", "Job")

DELETED_KEPT: Final = 1024  # objects: a rollout has some 20 Pods and TaskRuns; this holds fifty deleted rollouts
EVENTS_KEPT: Final = 4096  # Events of one rollout are some 200; those of a crash loop repeat in place


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest state of one object."""

    kind: str  # the kind that was listed or watched: items of core lists carry none of their own
    object: Native
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Objects by uid, in the order in which they were first seen."""

    objects: Mapping[str, Kept] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Kept]:
        return [kept for kept in self.objects.values() if kept.kind in kinds]


def fold(history: History, events: Iterable[ObjectEvent]) -> History:
    """The history after these events. Repeating an event, or one that is older than what is known, changes nothing."""
    objects = dict(history.objects)
    for event in events:
        key = uid(event.object)
        if key and event.kind in KINDS:
            objects[key] = _advanced(objects.get(key), event)
    return History(_bounded(objects))


def differences(history: History, kind: str, items: Iterable[Native], at: float) -> list[ObjectEvent]:
    """What a complete list of `kind` says since the history, as events: added, changed, and no longer there."""
    live = {key: kept for key, kept in history.objects.items() if kept.kind == kind and not kept.deleted}
    found: list[ObjectEvent] = []
    for item in items:
        known = live.pop(uid(item), None)
        if known is None:
            found.append(ObjectEvent("ADDED", kind, item, at))
        elif known.object != item:
            found.append(ObjectEvent("MODIFIED", kind, item, at))
    return found + [ObjectEvent("DELETED", kind, kept.object, at) for kept in live.values()]


def is_done(run: object) -> bool:
    """True or False, which alone is an end (reference 2)."""
    conditions = rows(run, "status", "conditions")
    return any(text(row, "type") == "Succeeded" and text(row, "status") in ("True", "False") for row in conditions)


def _advanced(known: Kept | None, event: ObjectEvent) -> Kept:
    if known is None:
        return Kept(event.kind, event.object, deleted=event.type == "DELETED")
    if _is_older(event.object, known.object) or (known.deleted and not _came_back(known, event)):
        return known
    return Kept(event.kind, _settled(known, event.object), deleted=event.type == "DELETED")


def _is_older(new: Native, old: Native) -> bool:
    before, after = resource_version(old), resource_version(new)
    return before is not None and after is not None and after < before


def _came_back(known: Kept, event: ObjectEvent) -> bool:
    """A list that left an object out by mistake is followed by one that has it; a late change is no such proof."""
    return event.type == "ADDED" or (event.type == "MODIFIED" and _is_older(known.object, event.object))


def _settled(known: Kept, new: Native) -> Native:
    """A verdict is not taken back, unless the TaskRun says that this attempt is archived and another one follows."""
    old = known.object
    if known.kind not in RUN_KINDS or not is_done(old) or is_done(new) or _attempts(new) > _attempts(old):
        return new
    return {**new, "status": leaf(old, "status")}


def _attempts(run: Native) -> int:
    return len(rows(run, "status", "retriesStatus"))


def _bounded(objects: dict[str, Kept]) -> dict[str, Kept]:
    deleted = [key for key, kept in objects.items() if kept.deleted]
    events = [key for key, kept in objects.items() if kept.kind == "Event"]
    surplus = deleted[: max(0, len(deleted) - DELETED_KEPT)] + events[: max(0, len(events) - EVENTS_KEPT)]
    for key in surplus:
        objects.pop(key, None)
    return objects
