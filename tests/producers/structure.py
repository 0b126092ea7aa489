"""Checks a manifest against the structural schema of its kind, as an API server with strict field validation does.

The schemas (schemas/KIND.json, what they share in schemas/shared.json) are written from the references of Kubernetes,
Tekton (v1, Triggers v1beta1) and Argo CD (v1alpha1). They know `type` (one or several), `properties`, `required`,
`additionalProperties`, `items`, `minItems`, `minLength`, `enum`, `pattern` and `$ref` to a name in shared.json; a key
that a kind does not have is an error, for the server would drop it. `{}` stands for what no producer here uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parent / "schemas"
WORDS = frozenset({
    "type", "properties", "required", "additionalProperties", "items", "minItems", "minLength", "enum", "pattern",
    "$ref",
})  # fmt: skip
TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


@cache
def schema_of(kind: str) -> dict[str, Any]:
    """Raises FileNotFoundError for a kind that has no schema."""
    told: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    return told


def faults(manifest: dict[str, Any]) -> list[str]:
    """One line a fault, `path: what`; those of manifests inside a TriggerTemplate too."""
    found = list(_faults(manifest, schema_of(manifest["kind"]), manifest["kind"]))
    if manifest["kind"] == "TriggerTemplate":
        found += [fault for inner in manifest["spec"]["resourcetemplates"] for fault in faults(inner)]
    return found


def _faults(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schema_of("shared")[schema["$ref"]]
    wanted = schema.get("type", [])
    names = [wanted] if isinstance(wanted, str) else wanted
    if names and not any(_is(value, name) for name in names):
        yield f"{path}: {' or '.join(names)} is wanted"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: none of {', '.join(schema['enum'])}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value):
            yield f"{path}: has not the form that is wanted"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{path}: is too short"
        for number, item in enumerate(value):
            yield from _faults(item, schema.get("items", {}), f"{path}[{number}]")
    elif isinstance(value, dict):
        yield from _faults_of_object(value, schema, path)


def _faults_of_object(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{path}: no {name}" for name in schema.get("required", ()) if name not in value)
    for key, item in value.items():
        if key in known or isinstance(others, dict):
            yield from _faults(item, known.get(key, others), f"{path}.{key}")
        elif others is False:
            yield f"{path}.{key}: is no field of it"


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))
