"""How an origin is reached that has no address of its own here."""

from __future__ import annotations

from typing import Protocol

from lanewatch.clients.answers import ReadFailure


class Way(Protocol):
    """Asked by whoever sends requests over it."""

    async def open(self) -> None:
        """Called before each request."""
        ...

    def explained(self, failure: ReadFailure) -> ReadFailure:
        """The failure of the way itself where that is the reason, else `failure`."""
        ...
