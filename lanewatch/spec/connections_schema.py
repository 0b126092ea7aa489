"""The JSON Schema of connections.yaml, for editors: from the same models that read the file.

`python -m lanewatch.spec.connections_schema` prints it; a test holds config/connections.schema.json to it.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from lanewatch.spec.connections import Connections

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "lanewatch connections"


def connections_schema() -> dict[str, Any]:
    """As the loader has it: an optional key may be left out and not be null; unknown keys are errors."""
    schema: dict[str, Any] = _plain(Connections.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **schema, "title": TITLE}


def schema_text() -> str:
    return json.dumps(connections_schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Without pydantic's null alternatives, defaults and generated titles."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    options = value.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        (kept,) = (option for option in options if option != {"type": "null"})
        value = {**{key: item for key, item in value.items() if key != "anyOf"}, **kept}
    dropped = ("title", "default") if isinstance(value.get("title"), str) else ("default",)
    return {key: _plain(item) for key, item in value.items() if key not in dropped or not _is_leaf(value)}


def _is_leaf(value: dict[str, Any]) -> bool:
    """A schema, as opposed to a mapping of property names, in which `title` would be a key of ours."""
    return bool({"type", "$ref", "anyOf", "enum", "const"} & value.keys())


if __name__ == "__main__":
    sys.stdout.write(schema_text())
