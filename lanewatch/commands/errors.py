"""What a person got wrong on the command line, where argparse cannot know it."""

from __future__ import annotations

from collections.abc import Iterable


class UsageError(Exception):
    """One line: what, and what would be right."""


def unknown(what: str, given: str, valid: Iterable[str]) -> UsageError:
    """The error for a name that does not exist, with all that do and the nearest one."""
    from difflib import get_close_matches  # here, because most runs meet no mistake

    names = list(valid)
    near = get_close_matches(given, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return UsageError(f"unknown {what} {given!r}{hint}; there is: {', '.join(names)}")
