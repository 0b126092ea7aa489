"""Label and field selectors, parsed as the API server parses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Object = Mapping[str, Any]
Matches = Callable[[Object], bool]

_SET = re.compile(r"(?P<name>[\w./-]+)\s+(?P<not>not)?in\s*\((?P<values>[^)]*)\)")
_EQUAL = re.compile(r"(?P<name>[\w./-]+)\s*(?P<sign>==|=|!=)\s*(?P<value>[\w.-]*)")
_EXISTS = re.compile(r"(?P<absent>!?)\s*(?P<name>[\w./-]+)")
_REQUIREMENTS = re.compile(r"(?:[^,(]|\([^)]*\))+")

EVERYWHERE = ("metadata.name", "metadata.namespace")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"),
    "Job": ("status.successful",),
    "Namespace": ("status.phase",),
    "ReplicaSet": ("status.replicas",),
    "Event": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.fieldPath",
        "reason",
        "type",
        "source",
    ),
}


class BadSelector(ValueError):
    """A selector that the API server answers with 400."""


def labels_match(selector: str) -> Matches:
    """Equality, in, notin, exists and absent, joined by commas. Raises BadSelector."""
    wanted = [_requirement(part.strip()) for part in _REQUIREMENTS.findall(selector) if part.strip()]
    return lambda whole: all(holds(whole["metadata"].get("labels") or {}) for holds in wanted)


def fields_match(selector: str, kind: str) -> Matches:
    """Equality on the fields that this kind can be selected by. Raises BadSelector."""
    wanted: list[tuple[str, bool, str]] = []
    for part in filter(None, selector.split(",")):
        name, sign, value = re.match(r"([^=!]*)(==|=|!=|)(.*)", part).groups()  # type: ignore[union-attr]
        if not sign:
            raise BadSelector(f"invalid selector: {part!r}; can't understand {part!r}")
        if name not in (*EVERYWHERE, *FIELDS.get(kind, ())):
            raise BadSelector(f'field label not supported: "{name}"')
        wanted.append((name, sign != "!=", value))
    return lambda whole: all((_field(whole, name) == value) is equal for name, equal, value in wanted)


def named(selector: str) -> str | None:
    """The name that a field selector pins, which makes the request one for that object."""
    found = re.search(r"(?:^|,)metadata\.name==?([^,]+)", selector)
    return found[1] if found else None


def _requirement(text: str) -> Callable[[Mapping[str, str]], bool]:
    if found := _SET.fullmatch(text):
        name, values = found["name"], {value.strip() for value in found["values"].split(",")}
        if found["not"]:
            return lambda labels: labels.get(name) not in values
        return lambda labels: labels.get(name) in values
    if found := _EQUAL.fullmatch(text):
        name, value = found["name"], found["value"]
        if found["sign"] == "!=":
            return lambda labels: labels.get(name) != value
        return lambda labels: labels.get(name) == value
    if found := _EXISTS.fullmatch(text):
        name, there = found["name"], not found["absent"]
        return lambda labels: (name in labels) is there
    raise BadSelector(f"unable to parse requirement: {text!r}")


def _field(whole: Any, path: str) -> str:
    for step in path.split("."):
        whole = whole.get(step) if isinstance(whole, Mapping) else None
    return "" if whole is None else str(whole)
