"""What a person got wrong that argparse cannot know: a name, or a bundle that is not what it claims."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable


class UsageError(Exception):
    """One line: what, and what would be right."""


def unknown(what: str, given: str, valid: Iterable[str]) -> UsageError:
    """The error for a name that does not exist, with all that do and the nearest one."""
    from difflib import get_close_matches  # here, because most runs meet no mistake

    names = list(valid)
    near = get_close_matches(given, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return UsageError(f"unknown {what} {given!r}{hint}; there is: {', '.join(names)}")


def reading_bundles(action: Callable[[], int]) -> int:
    """Its exit code. A bundle that is not what it claims gives 6, one that cannot be read 1, both with one line."""
    from lanewatch.evidence.bag import BundleError, UnreadableError
    from lanewatch.output.exit_codes import CONTRADICTED, INTERNAL

    try:
        return action()
    except BundleError as error:
        print(f"lanewatch: not what it claims: {error}", file=sys.stderr)
        return CONTRADICTED
    except UnreadableError as error:
        print(f"lanewatch: cannot tell: {error}", file=sys.stderr)
        return INTERNAL
