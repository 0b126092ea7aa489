"""State as a glyph beside its word, so that no colour is needed; ASCII where the output cannot take Unicode."""

from __future__ import annotations

from collections.abc import Mapping

UNICODE: Mapping[str, str] = {
    "pending": "·",
    "running": "◐",
    "succeeded": "✔",
    "reused": "↺",
    "failed": "✖",
    "cancelled": "⊘",
    "skipped": "↷",
    "unknown": "?",
    "superseded": "⇢",
    "info": "·",
    "warning": "⚠",
    "error": "✖",
}
ASCII: Mapping[str, str] = {
    "pending": ".",
    "running": ">",
    "succeeded": "+",
    "reused": "=",
    "failed": "X",
    "cancelled": "/",
    "skipped": "-",
    "unknown": "?",
    "superseded": "~",
    "info": ".",
    "warning": "!",
    "error": "X",
}


def glyphs(encoding: str | None) -> Mapping[str, str]:
    """The glyphs that an output of this encoding can show."""
    try:
        "".join(UNICODE.values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
