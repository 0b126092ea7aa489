"""The one fault of a paper that is told apart from not reaching it: it was read, and it is not what it should be."""

from __future__ import annotations

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome


class BrokenPaper(ReadFailure):
    """A broken archive, another digest, a document of another shape: something to report, not a failure to ask."""

    def __init__(self, reason: str) -> None:
        super().__init__(Outcome.INVALID, reason)
