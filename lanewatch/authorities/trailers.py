"""Trailers of a commit message, as git reads them: `Key: value` lines of its last paragraph, never of its title."""

from __future__ import annotations

import re
from typing import Final

SOURCE_COMMIT: Final = "Source-Commit"

_BLANK: Final = re.compile(r"\n[ \t]*\n")
_TRAILER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")


def trailers(message: str) -> dict[str, str]:
    """Values by lower-case key; of a repeated key the last. A message of one paragraph has none: it is the title."""
    paragraphs = _BLANK.split(message.replace("\r\n", "\n").strip())
    if len(paragraphs) < 2:
        return {}
    found = (_TRAILER.fullmatch(line.strip()) for line in paragraphs[-1].splitlines())
    return {match[1].lower(): match[2].strip() for match in found if match}


def source_commit_of(message: str) -> str:
    """The value of the trailer Source-Commit, lower-case, "" without one (CONTRACTS §6)."""
    return trailers(message).get(SOURCE_COMMIT.lower(), "").lower()
