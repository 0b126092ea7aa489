"""A report without the secrets that this process has loaded: the last door before an observation is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from lanewatch.text import Redactor

T = TypeVar("T")


def redacted(value: T, redactor: Redactor) -> T:
    """`value` with every text in it, at any depth, passed through the redactor. Takes frozen dataclasses, tuples,
    mappings and plain values."""
    return _redacted(value, redactor)  # type: ignore[no-any-return]


def _redacted(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, Enum):
        return value  # a word of ours; as a StrEnum it would come back as a plain text that equals but is not it
    if type(value) is str:  # an enum member is a str too, and must stay one
        return redactor.redact(value)
    if isinstance(value, tuple):
        return tuple(_redacted(item, redactor) for item in value)
    if isinstance(value, Mapping):
        return {_redacted(key, redactor): _redacted(item, redactor) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _redacted(getattr(value, part.name), redactor) for part in fields(value)})
    return value
