"""How long to wait before trying again: doubling, with jitter, so that many viewers do not return all at once."""

from __future__ import annotations

import random

FIRST_SECONDS = 0.8
MOST_SECONDS = 30.0


def dice() -> random.Random:
    """One waiter's randomness, seeded by the process's: whoever seeds that, as a test does, can repeat each wait."""
    return random.Random(random.getrandbits(64))  # noqa: S311 - spreads load, hides nothing


class Backoff:
    """Delays of one thing that keeps failing, 0.8 to 30 s (python-libraries reference 3.2)."""

    def __init__(self, randomness: random.Random, first: float = FIRST_SECONDS, most: float = MOST_SECONDS) -> None:
        self._random = randomness
        self._first = first
        self._most = most
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now, between half of and the whole of a delay that doubles with every call."""
        delay = min(self._most, self._first * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return delay * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It has worked for long enough to begin anew."""
        self._failures = 0
