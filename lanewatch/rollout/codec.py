"""Frozen values as plain JSON values and back, driven by their type hints: one strict form for every dataclass here.

A field that holds its default is left out, so that a later version may add a field with a default and still read what
an older one wrote. Anything else that does not fit is refused: unknown keys, missing keys, wrong types, naive times.
Belongs here: the mapping of types. What the values mean, and how lines of them are chained, is told elsewhere.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, cached_property, partial
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lanewatch.rollout.reports import Report

T = TypeVar("T")
Plain = Any  # None, bool, int, float, str, list or dict of these: what a JSON parser gives
Encoder = Callable[[Any], Plain]
Decoder = Callable[[Plain, str], Any]

LARGEST_INTEGER = 2**63  # what every other reader of JSON can still hold somewhere
_TYPE = "type"  # the key that tells which of several dataclasses an object is


class CodecError(ValueError):
    """A plain value that is not the wanted type; the message names the place and quotes no value."""


def encode(value: object) -> Plain:
    """A dataclass of this room as plain values, keys in the order of its fields."""
    return _forms(cast(Hashable, type(value)))[0](value)


def decode(wanted: type[T], plain: Plain) -> T:
    """The value that `encode` was given. Raises CodecError."""
    return cast(T, _forms(cast(Hashable, wanted))[1](plain, wanted.__name__))


@cache
def _forms(hint: Any) -> tuple[Encoder, Decoder]:
    """How values of one type are written and read."""
    if dataclasses.is_dataclass(hint):
        record = _Record(cast(type, hint))
        return record.encode, record.decode
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, partial(_word, hint, frozenset(hint))
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _as_it_is, partial(_word, str, frozenset(parts))
    if origin is tuple:
        return _tuple(parts)
    if origin is Mapping:
        return _mapping(parts[1])
    if origin in (Union, types.UnionType):
        return _union(parts)
    raise TypeError(f"no plain form for {hint!r}")


class _Record:
    """The form of one dataclass; made late inside, because types may hold themselves."""

    def __init__(self, wanted: type) -> None:
        self._wanted = wanted

    @cached_property
    def _fields(self) -> tuple[tuple[str, Encoder, Decoder, Any], ...]:
        hints = get_type_hints(self._wanted, localns={"Report": Report})
        return tuple(
            (field.name, *_forms(hints[field.name]), _default(field)) for field in dataclasses.fields(self._wanted)
        )

    def encode(self, value: Any) -> Plain:
        plain = {}
        for name, encoder, _, default in self._fields:
            held = getattr(value, name)
            if default is dataclasses.MISSING or held != default:
                plain[name] = encoder(held)
        return plain

    def decode(self, plain: Plain, where: str) -> Any:
        given = _object(plain, where)
        values = {name: read(given[name], f"{where}.{name}") for name, _, read, _ in self._fields if name in given}
        if len(values) != len(given):
            unknown = next(key for key in given if key not in values)
            raise CodecError(f"{where}: unknown key {ascii(unknown)[:60]}")
        for name, _, _, default in self._fields:
            if default is dataclasses.MISSING and name not in values:
                raise CodecError(f"{where}: no {name}")
        return self._wanted(**values)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _tuple(parts: tuple[Any, ...]) -> tuple[Encoder, Decoder]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        encoder, decoder = _forms(parts[0])

        def decode_items(plain: Plain, where: str) -> Any:
            return tuple(decoder(item, f"{where}[{index}]") for index, item in enumerate(_list(plain, where)))

        return lambda items: [encoder(item) for item in items], decode_items

    pairs = [_forms(part) for part in parts]

    def decode_row(plain: Plain, where: str) -> Any:
        if len(_list(plain, where)) != len(pairs):
            raise CodecError(f"{where}: {len(pairs)} items are wanted")
        return tuple(form[1](item, where) for form, item in zip(pairs, plain, strict=True))

    return lambda items: [form[0](item) for form, item in zip(pairs, items, strict=True)], decode_row


def _mapping(of: Any) -> tuple[Encoder, Decoder]:
    encoder, decoder = _forms(of)

    def decode_mapping(plain: Plain, where: str) -> Any:
        return {key: decoder(item, f"{where}.{key!a}") for key, item in _object(plain, where).items()}

    return lambda items: {key: encoder(item) for key, item in items.items()}, decode_mapping


def _union(parts: tuple[Any, ...]) -> tuple[Encoder, Decoder]:
    """One of several types: told by its JSON kind, or among several dataclasses by the key `type`."""
    classes = {part.__name__: part for part in parts if dataclasses.is_dataclass(part) and isinstance(part, type)}
    tagged = len(classes) > 1
    others = [part for part in parts if part not in classes.values()]

    def encode_one(value: Any) -> Plain:
        if type(value).__name__ in classes:
            plain = encode(value)
            return {_TYPE: type(value).__name__, **plain} if tagged else plain
        return _forms(next(part for part in others if _fits(value, part)))[0](value)

    def decode_one(plain: Plain, where: str) -> Any:
        if isinstance(plain, dict) and classes:
            if not tagged:
                return _forms(next(iter(classes.values())))[1](plain, where)
            name = plain.get(_TYPE)
            if not isinstance(name, str) or name not in classes:
                raise CodecError(f"{where}: no type, or an unknown one")
            return _forms(classes[name])[1]({key: item for key, item in plain.items() if key != _TYPE}, where)
        for part in others:
            if _fits_plain(plain, part):
                return _forms(part)[1](plain, where)
        raise CodecError(f"{where}: not one of the wanted types")

    return encode_one, decode_one


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of that type; a whole number may stand for a float, an enum's word for a text."""
    origin = get_origin(hint) or hint
    if hint is type(None) or value is None:
        return hint is type(None) and value is None
    if origin in (Mapping, Literal):
        return isinstance(value, dict if origin is Mapping else str)
    return (
        type(value) is origin or (origin is float and type(value) is int) or (origin is str and isinstance(value, str))
    )


def _fits_plain(plain: Plain, hint: Any) -> bool:
    kind = {datetime: str, tuple: list, Mapping: dict, Literal: str}.get(get_origin(hint) or hint, hint)
    return type(plain) is kind or (kind is float and type(plain) is int)


def _as_it_is(value: Any) -> Plain:
    return value


def _object(plain: Plain, where: str) -> dict[str, Plain]:
    if not isinstance(plain, dict):
        raise CodecError(f"{where}: an object is wanted")
    return plain


def _list(plain: Plain, where: str) -> list[Plain]:
    if not isinstance(plain, list):
        raise CodecError(f"{where}: a list is wanted")
    return plain


def _word(kind: type, words: frozenset[str], plain: Plain, where: str) -> Any:
    if not isinstance(plain, str) or plain not in words:
        raise CodecError(f"{where}: none of the known words")
    return kind(plain)


def _text(plain: Plain, where: str) -> str:
    if not isinstance(plain, str):
        raise CodecError(f"{where}: a text is wanted")
    return plain


def _flag(plain: Plain, where: str) -> bool:
    if not isinstance(plain, bool):
        raise CodecError(f"{where}: true or false is wanted")
    return plain


def _integer(plain: Plain, where: str) -> int:
    if isinstance(plain, bool) or not isinstance(plain, int) or abs(plain) > LARGEST_INTEGER:
        raise CodecError(f"{where}: a whole number is wanted")
    return plain


def _number(plain: Plain, where: str) -> float:
    if isinstance(plain, float) and math.isfinite(plain):
        return plain
    return _integer(plain, where)


def _nothing(plain: Plain, where: str) -> None:
    if plain is not None:
        raise CodecError(f"{where}: null is wanted")


def _finite(value: float) -> Plain:
    if not math.isfinite(value):
        raise CodecError("an infinite number has no plain form")
    return value


def _stamp(value: datetime) -> Plain:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _time(plain: Plain, where: str) -> datetime:
    if not isinstance(plain, str) or not plain.endswith("Z"):
        raise CodecError(f"{where}: a time in UTC is wanted")
    try:
        return datetime.fromisoformat(plain[:-1]).replace(tzinfo=UTC)
    except ValueError:
        raise CodecError(f"{where}: a time in UTC is wanted") from None


_SIMPLE: Mapping[Any, tuple[Encoder, Decoder]] = {
    str: (_as_it_is, _text),
    bool: (_as_it_is, _flag),
    int: (_as_it_is, _integer),
    float: (_finite, _number),
    datetime: (_stamp, _time),
    type(None): (_as_it_is, _nothing),
}
