"""The schema beside the example is the one that the loader follows."""

from __future__ import annotations

import json
from typing import Any

from lanewatch.spec.connections import Connections
from lanewatch.spec.connections_schema import connections_schema, schema_text
from lanewatch.spec.document import load_yaml
from lanewatch.spec.validation import known_keys
from tests.spec.site import CONFIG


def test_the_file_is_current() -> None:
    written = (CONFIG / "connections.schema.json").read_text()
    assert written == schema_text(), "run python -m lanewatch.spec.connections_schema"


def test_it_knows_the_keys_that_the_loader_knows_and_no_others() -> None:
    schema = connections_schema()
    assert set(schema["properties"]) == set(known_keys(Connections, ()))
    assert schema["additionalProperties"] is False
    assert all(one["additionalProperties"] is False for one in schema["$defs"].values())
    assert "null" not in json.dumps(schema)


def test_every_key_of_the_example_is_in_it() -> None:
    schema = connections_schema()
    missing: list[str] = []
    _walk(load_yaml(CONFIG / "connections.example.yaml").data, schema, schema["$defs"], "", missing)
    assert missing == []


def _walk(value: Any, schema: dict[str, Any], known: dict[str, Any], path: str, missing: list[str]) -> None:
    schema = known[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
    if not isinstance(value, dict):
        return
    extra = schema.get("additionalProperties")
    for key, item in value.items():
        found = schema.get("properties", {}).get(key) or (extra if isinstance(extra, dict) else None)
        if found is None:
            missing.append(f"{path}.{key}")
        else:
            _walk(item, found, known, f"{path}.{key}", missing)
