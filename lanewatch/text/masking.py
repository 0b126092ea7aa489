"""Masks secrets in a native object before a drill-down shows it: the object keeps its shape, secrets lose their value.

Belongs here: rules that need the object's structure (a Secret's data, an env entry's name). What needs only the text
is in `secret_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lanewatch.text.redaction import PATTERNS_ONLY, Redactor, safe, safe_block
from lanewatch.text.secret_names import is_secret_name

HIDDEN_DATA: Final = "[redacted:kubernetes-secret]"
HIDDEN_VALUE: Final = "[redacted:key-value]"

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_DEEPEST: Final = 64


def mask_object(native: Any, redactor: Redactor = PATTERNS_ONLY) -> Any:
    """A copy of a JSON value with Secret data, secret-named values and env entries masked, every string safe.

    `managedFields` and the last-applied annotation repeat the object for machines and are folded to their size.
    """
    return _masked(native, redactor, depth=0)


def _masked(value: Any, redactor: Redactor, depth: int) -> Any:
    if depth > _DEEPEST:
        return "[too deep to show]"
    if isinstance(value, str):
        return safe_block(value, redactor)
    if isinstance(value, Mapping):
        return _masked_mapping(value, redactor, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_masked(item, redactor, depth + 1) for item in value]
    return value


def _masked_mapping(mapping: Mapping[Any, Any], redactor: Redactor, depth: int) -> dict[str, Any]:
    is_secret = mapping.get("kind") == "Secret"
    name = mapping.get("name")
    is_named_secret = isinstance(name, str) and is_secret_name(name)
    masked: dict[str, Any] = {}
    for key, value in mapping.items():
        shown = safe(str(key), redactor)
        if is_secret and key in ("data", "stringData"):
            masked[shown] = _blotted(value, HIDDEN_DATA)
        elif key == "managedFields" and isinstance(value, list):
            masked[shown] = f"[folded: {len(value)} entries]"
        elif key == _LAST_APPLIED and isinstance(value, str):
            masked[shown] = f"[folded: {len(value)} characters]"
        elif isinstance(value, str) and value and (is_secret_name(shown) or (key == "value" and is_named_secret)):
            masked[shown] = HIDDEN_VALUE
        else:
            masked[shown] = _masked(value, redactor, depth + 1)
    return masked


def _blotted(value: Any, placeholder: str) -> Any:
    if isinstance(value, Mapping):
        return {safe(str(key)): placeholder for key in value}
    return placeholder if value else value
