"""Whether the loop that draws and reads stood still (fault P09): then nothing on the screen was current."""

from __future__ import annotations

from collections.abc import Callable

STALL_SECONDS = 3.0  # longer than any work of ours: a page of JSON is parsed in a thread
TOLD_SECONDS = 30.0


class Stalls:
    """Measured by a tick that should come every `period` seconds. `seconds` is the loop's time: no suspend counts."""

    def __init__(self, period: float, seconds: Callable[[], float]) -> None:
        self._period = period
        self._seconds = seconds
        self._last: float | None = None
        self._stalled = 0.0
        self._until = 0.0

    def tick(self) -> None:
        """The tick came, in time or late."""
        now = self._seconds()
        late = 0.0 if self._last is None else now - self._last - self._period
        self._last = now
        if late > STALL_SECONDS:
            self._stalled, self._until = late, now + TOLD_SECONDS

    @property
    def trouble(self) -> str:
        """Said for half a minute after it."""
        return f"UI stalled {self._stalled:.1f} s" if self._seconds() < self._until else ""
