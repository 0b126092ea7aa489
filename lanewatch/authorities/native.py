"""Readers of native Kubernetes objects: one leaf at a time, never raising on an object that drifted.

Raw objects stay as the server sent them. `text` gives an identifier for comparing, `said` a text fit to be stored.
A leaf that is missing or of another type is empty; where that would sound like a statement (a condition), the reader
says that it was not understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lanewatch.rollout.reports import Condition
from lanewatch.text import safe

Native = Mapping[str, Any]

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)  # sorts what has no time before everything else
SAID_LIMIT: Final = 2000  # characters: condition messages quote whole kubelet errors; more is a log
NOT_UNDERSTOOD: Final = "NotUnderstood"
CONDITION_WORDS: Final = ("True", "False", "Unknown")


def leaf(source: object, *path: str) -> Any:
    """Whatever stands at `path`, None where it or a parent is missing."""
    for key in path:
        if not isinstance(source, Mapping):
            return None
        source = source.get(key)
    return source


def text(source: object, *path: str) -> str:
    """The raw text at `path` for comparing and for requests, "" where there is none."""
    value = leaf(source, *path)
    return value if isinstance(value, str) else ""


def said(source: object, *path: str, limit: int = SAID_LIMIT) -> str:
    """The text at `path` as one clean, redacted line."""
    return one_line(text(source, *path), limit=limit)


def one_line(raw: str, *, limit: int = SAID_LIMIT) -> str:
    """Outside text as one clean, redacted line; line ends become spaces."""
    return safe(" ".join(raw.splitlines()) if "\n" in raw else raw, limit=limit)


def number(source: object, *path: str) -> int | None:
    """The whole number at `path`; missing is not zero (Argo/Kubernetes reference 6, rule 10)."""
    value = leaf(source, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def rows(source: object, *path: str) -> list[Native]:
    """The objects in the list at `path`."""
    value = leaf(source, *path)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def words(source: object, *path: str) -> tuple[str, ...]:
    """The texts in the list at `path`, raw."""
    value = leaf(source, *path)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def moment(source: object, *path: str) -> datetime | None:
    """The RFC 3339 time at `path` as UTC; None where there is none, or Go's zero time."""
    raw = text(source, *path)
    try:
        time = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if time.tzinfo is None or time.year <= 1:
        return None
    return time.astimezone(UTC)


def uid(source: object) -> str:
    return text(source, "metadata", "uid")


def name(source: object) -> str:
    return text(source, "metadata", "name")


def label(source: object, key: str) -> str:
    return text(source, "metadata", "labels", key)


def annotation(source: object, key: str) -> str:
    return text(source, "metadata", "annotations", key)


def created(source: object) -> datetime | None:
    return moment(source, "metadata", "creationTimestamp")


def deleting(source: object) -> bool:
    """The object is on its way out: finalizers or a grace period still hold it."""
    return text(source, "metadata", "deletionTimestamp") != ""


def owner_uids(source: object, kind: str = "") -> Iterator[str]:
    """Uids of the owners, of one kind where it is given."""
    for owner in rows(source, "metadata", "ownerReferences"):
        if not kind or text(owner, "kind") == kind:
            yield text(owner, "uid")


def named_values(source: object, *path: str) -> dict[str, str]:
    """A list of `{name, value}` as a mapping, cleaned; a value that is no text stays compact JSON."""
    return {said(row, "name"): _value(row.get("value")) for row in rows(source, *path) if text(row, "name")}


def _value(value: object) -> str:
    raw = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return one_line(raw, limit=1 << 14)  # results are limited to 4 KiB, parameters hardly pass it


def condition(source: object, kind: str) -> Condition | None:
    """`status.conditions[type=kind]`; None only where it is truly absent."""
    conditions = leaf(source, "status", "conditions")
    if conditions is None:
        return None
    if not isinstance(conditions, list):
        return _not_understood("status.conditions is no list")
    found = next((row for row in rows(source, "status", "conditions") if text(row, "type") == kind), None)
    if found is None:
        return None
    if text(found, "status") not in CONDITION_WORDS:
        return _not_understood(f"status of condition {kind} is not True, False or Unknown")
    return Condition(
        status=text(found, "status"),
        reason=said(found, "reason"),
        message=said(found, "message"),
        changed_at=moment(found, "lastTransitionTime"),
    )


def _not_understood(message: str) -> Condition:
    return Condition(status="Unknown", reason=NOT_UNDERSTOOD, message=message, changed_at=None)


def resource_version(source: object) -> int | None:
    """The version as a number where it is one; objects of one kind are ordered by it."""
    raw = text(source, "metadata", "resourceVersion")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 20 else None
