"""Narrow, strict reading of JSON objects from outside: one leaf at a time, with the path of the one that is wrong.

A leaf that drifted makes that leaf invalid, never the object; nothing is coerced and no default is invented
(reliability reference, faults S01-S03). Paths are dotted key names from the object given.
"""

from __future__ import annotations

from typing import TypeVar

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.strict_json import Json
from lanewatch.rollout.facts import Outcome

T = TypeVar("T", str, int, float, bool)

JsonObject = dict[str, Json]

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class ShapeError(ReadFailure):
    """One leaf is missing or of another type: an `invalid` read, or for who catches it one invalid fact."""

    def __init__(self, path: str, expected: str, got: Json, missing: bool = False) -> None:
        told = "is missing" if missing else f"expected {expected}, got {_name(got)}"
        super().__init__(Outcome.INVALID, f"$.{path}: {told}")


def field(source: JsonObject, path: str, kind: type[T]) -> T:
    """The leaf at `path`, which must be there and of `kind`. Raises ShapeError ("$.status: got null")."""
    found, value = _walk(source, path)
    return _typed(value, path, kind, missing=not found)


def optional(source: JsonObject, path: str, kind: type[T]) -> T | None:
    """The leaf at `path`; None where it, or a parent, is missing or null. Raises ShapeError on another type."""
    _, value = _walk(source, path)
    return None if value is None else _typed(value, path, kind, missing=False)


def child(source: JsonObject, path: str) -> JsonObject:
    """The object at `path`; an empty one where it is missing or null. Raises ShapeError on another type."""
    _, value = _walk(source, path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ShapeError(path, "an object", value)
    return value


def objects(source: JsonObject, path: str) -> list[JsonObject]:
    """The list of objects at `path`; empty where it is missing or null. Raises ShapeError on another type."""
    _, value = _walk(source, path)
    return [] if value is None else object_list(value, path)


def object_list(value: Json, path: str) -> list[JsonObject]:
    """`value` as a list of objects; `path` names it in the error. Raises ShapeError."""
    if not isinstance(value, list):
        raise ShapeError(path, "a list", value)
    found: list[JsonObject] = []
    for position, item in enumerate(value):
        if not isinstance(item, dict):
            raise ShapeError(f"{path}[{position}]", "an object", item)
        found.append(item)
    return found


def texts(source: JsonObject, path: str) -> list[str]:
    """The list of texts at `path`; empty where it is missing or null. Raises ShapeError on another type."""
    _, value = _walk(source, path)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ShapeError(path, "a list", value)
    return [_typed(item, f"{path}[{position}]", str, missing=False) for position, item in enumerate(value)]


def mapping(source: JsonObject, path: str) -> dict[str, str]:
    """The text-to-text mapping at `path` (labels, annotations); empty where it is missing or null."""
    return {key: _typed(value, f"{path}.{key}", str, missing=False) for key, value in child(source, path).items()}


def _walk(source: JsonObject, path: str) -> tuple[bool, Json]:
    value: Json = source
    walked: list[str] = []
    for key in path.split("."):
        if value is None:
            return False, None
        if not isinstance(value, dict):
            raise ShapeError(".".join(walked), "an object", value)
        walked.append(key)
        if key not in value:
            return False, None
        value = value[key]
    return True, value


def _typed(value: Json, path: str, kind: type[T], *, missing: bool) -> T:
    if kind is float and type(value) is int:
        return kind(value)
    if type(value) is not kind:  # bool is an int to isinstance, and "17" is no number
        raise ShapeError(path, _NAMES[kind], value, missing)
    return value


def _name(value: Json) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "a list", **_NAMES}
    return names[type(value)]
