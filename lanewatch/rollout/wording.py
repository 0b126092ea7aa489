"""How identifiers and durations are worded where a person reads them."""

from __future__ import annotations

SAYS_LIMIT = 40  # columns of a row's sentence
_DIGEST = "sha256:"


def short(identifier: str | None) -> str:
    """A commit as 7 digits, a digest as sha256: and 7; anything else, and nothing, as it is."""
    if not identifier:
        return "?"
    if identifier.startswith(_DIGEST):
        return identifier[: len(_DIGEST) + 7]
    return identifier[:7] if len(identifier) >= 40 else identifier


def cut(text: str, limit: int = SAYS_LIMIT) -> str:
    """At most `limit` columns of one line, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def seconds(value: float) -> str:
    """A duration: 8.2 s below a minute, 1 min 20 s, 2 h 5 min."""
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{int(value // 60)} min {int(value % 60)} s"
    return f"{int(value // 3600)} h {int(value % 3600 // 60)} min"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
