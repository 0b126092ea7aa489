"""What one origin or cluster is asked at most, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

JSON_CAP = 8 << 20  # bytes decoded: a page of 50 runs with full repositories is about 500 kB
GRACE_SECONDS = 0.5  # what a library's own time limits get before a request is cut off


@dataclass(frozen=True, slots=True)
class Limits:
    """Per origin. Seconds; `total` bounds one request from asking to the last byte."""

    concurrent: int = 12  # what a sweep asks one host at once; half the pool, or cancelled waiters leak its slots
    connect: float = 3.0
    read: float = 4.0
    total: float = 5.0  # with a poll of 10 s a value is confirmed before it counts as ageing (16 s)
