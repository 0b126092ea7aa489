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
from typing import Any, Literal, NamedTuple, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lanewatch.rollout.reports import Report

T = TypeVar("T")
Plain = Any  # None, bool, int, float, str, list or dict of these: what a JSON parser gives

LARGEST_INTEGER = 2**63  # what every other reader of JSON can still hold somewhere
_TYPE = "type"  # the key that tells which of several dataclasses an object is


class CodecError(ValueError):
    """A plain value that is not the wanted type; the message names the place and quotes no value."""


def encode(value: object) -> Plain:
    """A dataclass of this room as plain values, keys in the order of its fields."""
    return _form(cast(Hashable, type(value))).write(value)


def decode(wanted: type[T], plain: Plain) -> T:
    """The value that `encode` was given. Raises CodecError."""
    return cast(T, _form(cast(Hashable, wanted)).read(plain))


class _Form(NamedTuple):
    """How values of one type are written, how they are read, and as what JSON kinds they are written."""

    write: Callable[[Any], Plain]
    read: Callable[[Plain], Any]
    kinds: tuple[type, ...]


@cache
def _form(hint: Any) -> _Form:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if dataclasses.is_dataclass(hint):
        record = _Record(cast(type, hint))
        return _Form(record.write, record.read, (dict,))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Form(str, partial(_word, hint, frozenset(hint)), (str,))
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _Form(_as_it_is, partial(_word, str, frozenset(parts)), (str,))
    if origin is tuple:
        return _items(_form(parts[0])) if parts[1:] == (Ellipsis,) else _row(tuple(map(_form, parts)))
    if origin is Mapping:
        return _mapping(_form(parts[1]))
    if origin in (Union, types.UnionType):
        either = _Either(parts)
        return _Form(either.write, either.read, either.kinds)
    raise TypeError(f"no plain form for {hint!r}")


class _Field(NamedTuple):
    name: str
    write: Callable[[Any], Plain]
    read: Callable[[Plain], Any]
    default: Any  # MISSING: it must be there


class _Record:
    """The form of one dataclass; made late inside, because types may hold themselves."""

    def __init__(self, wanted: type) -> None:
        self._wanted = wanted

    @cached_property
    def _fields(self) -> tuple[_Field, ...]:
        hints = get_type_hints(self._wanted, localns={"Report": Report})
        forms = ((field, _form(hints[field.name])) for field in dataclasses.fields(self._wanted))
        return tuple(_Field(field.name, form.write, form.read, _default(field)) for field, form in forms)

    def write(self, value: Any) -> Plain:
        plain = {}
        for name, write, _, default in self._fields:
            held = getattr(value, name)
            if default is dataclasses.MISSING or held != default:
                plain[name] = write(held)
        return plain

    def read(self, plain: Plain) -> Any:
        if not isinstance(plain, dict):
            raise CodecError("an object is wanted")
        values = {}
        for name, _, read, default in self._fields:
            if name in plain:
                try:
                    values[name] = read(plain[name])
                except CodecError as error:
                    _refuse_at(name, error)
            elif default is dataclasses.MISSING:
                raise CodecError(f"no {name}")
        if len(values) != len(plain):
            unknown = next(key for key in plain if key not in values)
            raise CodecError(f"unknown key {ascii(unknown)[:60]}")
        return self._wanted(**values)


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


class _Either:
    """One of several types, told by the kind of the value; among several dataclasses by the key `type`."""

    def __init__(self, parts: tuple[Any, ...]) -> None:
        classes = [part for part in parts if dataclasses.is_dataclass(part) and isinstance(part, type)]
        self._classes: Mapping[str, type] = {one.__name__: one for one in classes} if len(classes) > 1 else {}
        others = [part for part in parts if part not in self._classes.values()]
        self._by_value: dict[type, _Form] = {}
        self._by_kind: dict[type, _Form] = {}
        for part in others:
            form = _form(part)
            self._by_value.setdefault(_python_type(part), form)
            for kind in form.kinds:
                self._by_kind.setdefault(kind, form)
        self.kinds = (*self._by_kind, *((dict,) if self._classes else ()))

    def write(self, value: Any) -> Plain:
        kind = type(value)
        if kind.__name__ in self._classes:
            return {_TYPE: kind.__name__, **encode(value)}
        form = self._by_value.get(kind) or self._by_value[_wider(kind)]
        return form.write(value)

    def read(self, plain: Plain) -> Any:
        if self._classes and isinstance(plain, dict):
            name = plain.get(_TYPE)
            if not isinstance(name, str) or name not in self._classes:
                raise CodecError("no type, or an unknown one")
            return _form(self._classes[name]).read({key: item for key, item in plain.items() if key != _TYPE})
        form = self._by_kind.get(type(plain))
        if form is None:
            raise CodecError("not one of the wanted types")
        return form.read(plain)


def _python_type(hint: Any) -> type:
    origin = get_origin(hint) or hint
    return {Mapping: dict, Literal: str}.get(origin, cast(type, origin))


def _wider(kind: type) -> type:
    """A whole number may stand for a float, an enum's word for a text."""
    return float if kind is int else str


def _items(form: _Form) -> _Form:
    def read(plain: Plain) -> tuple[Any, ...]:
        if not isinstance(plain, list):
            raise CodecError("a list is wanted")
        return tuple(map(form.read, plain))

    return _Form(lambda items: list(map(form.write, items)), read, (list,))


def _row(forms: tuple[_Form, ...]) -> _Form:
    def write(items: tuple[Any, ...]) -> Plain:
        return [form.write(item) for form, item in zip(forms, items, strict=True)]

    def read(plain: Plain) -> tuple[Any, ...]:
        if not isinstance(plain, list) or len(plain) != len(forms):
            raise CodecError(f"a list of {len(forms)} is wanted")
        return tuple(form.read(item) for form, item in zip(forms, plain, strict=True))

    return _Form(write, read, (list,))


def _mapping(form: _Form) -> _Form:
    def read(plain: Plain) -> dict[str, Any]:
        if not isinstance(plain, dict):
            raise CodecError("an object is wanted")
        return {key: form.read(item) for key, item in plain.items()}

    return _Form(lambda items: {key: form.write(item) for key, item in items.items()}, read, (dict,))


def _refuse_at(name: str, error: CodecError) -> NoReturn:
    raise CodecError(f"{name}{'.' if ': ' in str(error) else ': '}{error}") from None


def _as_it_is(value: Any) -> Plain:
    return value


def _word(kind: type, words: frozenset[str], plain: Plain) -> Any:
    if not isinstance(plain, str) or plain not in words:
        raise CodecError("none of the known words")
    return kind(plain)


def _exactly(kind: type, name: str, plain: Plain) -> Any:
    if type(plain) is not kind:
        raise CodecError(f"{name} is wanted")
    return plain


def _integer(plain: Plain) -> int:
    if type(plain) is not int or abs(plain) > LARGEST_INTEGER:
        raise CodecError("a whole number is wanted")
    return plain


def _number(plain: Plain) -> float:
    if type(plain) is float and math.isfinite(plain):
        return plain
    return _integer(plain)


def _finite(value: float) -> Plain:
    if not math.isfinite(value):
        raise CodecError("an infinite number has no plain form")
    return value


def _stamp(value: datetime) -> Plain:
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _time(plain: Plain) -> datetime:
    try:
        if type(plain) is str and plain.endswith("Z"):
            return datetime.fromisoformat(plain[:-1]).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise CodecError("a time in UTC is wanted")


_SIMPLE: Mapping[Any, _Form] = {
    str: _Form(_as_it_is, partial(_exactly, str, "a text"), (str,)),
    bool: _Form(_as_it_is, partial(_exactly, bool, "true or false"), (bool,)),
    int: _Form(_as_it_is, _integer, (int,)),
    float: _Form(_finite, _number, (float, int)),
    datetime: _Form(_stamp, _time, (str,)),
    type(None): _Form(_as_it_is, partial(_exactly, type(None), "null"), (type(None),)),
}
