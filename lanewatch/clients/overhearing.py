"""Who listens to raw answers as they come, without a listener being passed around: `record` keeps them.

    with overhearing(answers.hear):
        await gitea.repository("o/r")

Tasks inherit the listener of the code that made them. Streams (logs that are followed, watches) are not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lanewatch.clients.answers import Answer

Ear = Callable[[str, Answer], None]  # the whole URL that was asked for, and what it gave

_current: ContextVar[Ear | None] = ContextVar("lanewatch_ear", default=None)


@contextmanager
def overhearing(ear: Ear) -> Iterator[None]:
    """Tell `ear` of every answer inside, in this task and in those started from it."""
    token = _current.set(ear)
    try:
        yield
    finally:
        _current.reset(token)


def heard(url: str, answer: Answer) -> Answer:
    """The answer itself, once the listener in force has heard it."""
    ear = _current.get()
    if ear is not None:
        ear(url, answer)
    return answer
