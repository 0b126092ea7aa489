"""Lenient reading of leaves that only describe: one that is missing or drifted is empty, never the end of a read.

What decides a verdict (ids, shas, states) is read with lanewatch.clients.shape instead, which refuses.
"""

from __future__ import annotations

from datetime import datetime

from lanewatch.authorities.instants import instant
from lanewatch.clients.shape import JsonObject, ShapeError, objects, optional, texts


def text_at(source: JsonObject, path: str) -> str:
    """The text at `path`, or ""."""
    try:
        return optional(source, path, str) or ""
    except ShapeError:
        return ""


def number_at(source: JsonObject, path: str, default: int = 0) -> int:
    """The whole number at `path`, or `default`."""
    try:
        found = optional(source, path, int)
    except ShapeError:
        return default
    return default if found is None else found


def truth_at(source: JsonObject, path: str) -> bool | None:
    """The truth value at `path`, or None."""
    try:
        return optional(source, path, bool)
    except ShapeError:
        return None


def instant_at(source: JsonObject, path: str) -> datetime | None:
    """The RFC 3339 time at `path` as UTC, or None."""
    return instant(text_at(source, path))


def texts_at(source: JsonObject, path: str) -> list[str]:
    """The texts at `path`, or none."""
    try:
        return texts(source, path)
    except ShapeError:
        return []


def objects_at(source: JsonObject, path: str) -> list[JsonObject]:
    """The objects at `path`, or none."""
    try:
        return objects(source, path)
    except ShapeError:
        return []
