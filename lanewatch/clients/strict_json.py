"""JSON from outside, without the lenience of the standard parser.

Every common parser lets the last of two equal keys win, which would read {"phase":"Failed","phase":"Succeeded"} as
success; the standard one also takes NaN and 1e999 (reliability reference, faults J01-J06).
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

DEPTH_LIMIT = 64  # native objects nest about 20 deep; the parser itself dies near 1000


class JsonError(ValueError):
    """The body is not strict JSON; the message is short and quotes nothing but key names."""


def parse_json(body: bytes) -> Json:
    """Parse UTF-8 JSON (a byte order mark is allowed, invalid UTF-8 becomes U+FFFD).

    Raises JsonError on duplicate keys, NaN and infinities, nesting over 64, numbers too large, broken syntax.
    """
    text = body.decode("utf-8-sig", errors="replace")
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    except JsonError:
        raise
    except RecursionError:
        raise JsonError(f"JSON nested over {DEPTH_LIMIT} deep") from None
    except json.JSONDecodeError as error:
        cut = " (cut off?)" if error.pos >= len(text.rstrip()) else ""
        raise JsonError(f"broken JSON at byte {error.pos}{cut}") from None
    except ValueError:
        raise JsonError("JSON number with too many digits") from None
    _check_depth(value)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return {_whole_text(key): _whole_value(value) for key, value in pairs}
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise JsonError(f'duplicate key "{key[:60]}" in JSON')
        seen.add(key)
    raise AssertionError("unreachable: fewer keys than pairs means a duplicate")


def _whole_value(value: Json) -> Json:
    return _whole_text(value) if isinstance(value, str) else value


def _whole_text(text: str) -> str:
    """A lone surrogate survives parsing and kills the first export that encodes it (fault J05)."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise JsonError("JSON number out of range")
    return value


def _check_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEPTH_LIMIT + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise JsonError(f"JSON nested over {DEPTH_LIMIT} deep")


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
