"""Turns a document into a model, and pydantic's errors into problems with a line, a column and the nearest key."""

from __future__ import annotations

import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lanewatch.spec.document import Document
from lanewatch.spec.errors import MOST_LINES, KeyPath, Problem, nearest

Model = TypeVar("Model", bound=BaseModel)


def validated(
    model: type[Model], document: Document, *, context: dict[str, Any] | None = None
) -> tuple[Model | None, tuple[Problem, ...]]:
    """The document as `model`, or None with everything that is wrong with it. `context` is for the validators."""
    try:
        return model.model_validate(document.data, context=context), ()
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        for detail in details:  # pydantic marks a mapping's wrong key by a step that is in no file
            detail["loc"] = tuple(step for step in detail["loc"] if step != "[key]")
        values = [_value_at(document.data, detail["loc"]) for detail in details]
        pairs = enumerate(zip(details, values, strict=True))
        return None, tuple(
            document.problem(detail["loc"], _message(model, detail, value, hint=index < MOST_LINES))
            for index, (detail, value) in pairs
        )


def _message(model: type[BaseModel], detail: ErrorDetails, value: Any, *, hint: bool) -> str:
    """`hint`: whether to look for the nearest known key, which costs time."""
    kind, message, path = detail["type"], detail["msg"], detail["loc"]
    if kind == "extra_forbidden":
        return f"is an unknown key{nearest(str(path[-1]), known_keys(model, path[:-1])) if hint else ''}"
    if kind == "missing":
        return "is missing"
    if kind == "model_type":
        return f"must be a mapping with {', '.join(known_keys(model, path)) or 'keys'}"
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f"must be text; write it in quotes ({type(value).__name__} read)"
    if kind == "tuple_type":
        return "must be a list"
    return message.replace("Input should be", "must be").replace("valid ", "")


def known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys that the model allows at `path`; empty where there is no mapping of known keys."""
    current: Any = model
    for step in path:
        current = _below(current, step)
    found = _model_in(current)
    return tuple(field.alias or name for name, field in found.model_fields.items()) if found else ()


def _below(annotation: Any, step: str | int) -> Any:
    model = _model_in(annotation)
    if model is None or isinstance(step, int):
        return annotation
    return next((f.annotation for name, f in model.model_fields.items() if step in (f.alias, name)), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `Model`, `Model | None`, `tuple[Model, ...]` or `dict[str, Model]`."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)


def _value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
