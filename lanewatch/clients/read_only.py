"""What may leave this program at all: requests that read. Both transports refuse the rest before a socket opens."""

from __future__ import annotations

READ_METHODS = frozenset({"GET", "HEAD"})
USER_AGENT = "lanewatch (read-only)"


class MutationRefused(RuntimeError):
    """A request that could change something was about to leave: a bug in this program, never the world's fault."""


def refuse_mutation(method: str) -> None:
    """Raise MutationRefused for every method but GET and HEAD."""
    if method not in READ_METHODS:
        raise MutationRefused(f"{method} is no read")
