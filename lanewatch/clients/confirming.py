"""How long ago the last list may be that confirms what a stream keeps current, for the reads made in a block.

    with confirmed_within(600):
        await authority.read(subject)

Who decides how often an authority is asked knows how much a confirmation is worth; tasks inherit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CONFIRM_SECONDS = 8.0  # without another word: under the ten seconds between two reads of who is told of news

_within: ContextVar[float] = ContextVar("lanewatch_confirmed_within", default=CONFIRM_SECONDS)


@contextmanager
def confirmed_within(seconds: float) -> Iterator[None]:
    """Reads in the block take what was listed up to `seconds` ago and streamed since."""
    token = _within.set(seconds)
    try:
        yield
    finally:
        _within.reset(token)


def confirmation_seconds() -> float:
    """What is in force here."""
    return _within.get()
