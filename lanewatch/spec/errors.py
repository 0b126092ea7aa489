"""The one error of configuration: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lanewatch.text import clean, redact

LONGEST_LINE: Final = 800
"""Characters of one problem: enough to name the eight authorities."""

LONGEST_WORD: Final = 64
"""Longer ones are no misspelling of a key, and comparing them costs time."""

MOST_LINES: Final = 100
"""Problems told at once: a file of the largest size can have a hundred thousand."""

KeyPath = tuple[str | int, ...]
"""Where a value stands in a document: mapping keys and list indices from the root."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1; 0 means that the file as a whole is meant."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        parts = (place, redact(self.path), redact(self.message))  # apart: "token: x" would look like a secret
        return clean(": ".join(part for part in parts if part), limit=LONGEST_LINE)


class ConfigurationError(Exception):
    """The configuration cannot be used. `str()` is one line a problem: `file:line:column: path: message`.

    `problems` has them all, sorted by place; the text ends after MOST_LINES with their number.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        lines = [str(problem) for problem in self.problems[:MOST_LINES]]
        if len(self.problems) > MOST_LINES:
            lines.append(f"and {len(self.problems) - MOST_LINES} more problems")
        super().__init__("\n".join(lines))


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `spec.targets[0].id`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the known word nearest to `word`, or nothing."""
    if len(word) > LONGEST_WORD:
        return ""
    import difflib  # here, because a sound configuration never needs it

    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
