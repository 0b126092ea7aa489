"""Whether the machine slept (fault P06): then nothing is as young as it looks, and everything is to be read again."""

from __future__ import annotations

from collections.abc import Callable

SLEPT_SECONDS = 2.0  # by which both clocks may differ between two ticks: reading them takes no time to speak of
TOLD_SECONDS = 30.0


class Sleeps:
    """Compares our steady seconds, which count a suspend, with the loop's, which do not (reliability reference 2.4)."""

    def __init__(self, steady: Callable[[], float], seconds: Callable[[], float]) -> None:
        self._steady = steady
        self._seconds = seconds
        self._last = (steady(), seconds())
        self._slept = 0.0
        self._until = 0.0

    def woke(self) -> bool:
        """Whether the machine slept since the last call."""
        steady, seconds = self._steady(), self._seconds()
        slept = (steady - self._last[0]) - (seconds - self._last[1])
        self._last = (steady, seconds)
        if slept > SLEPT_SECONDS:
            self._slept, self._until = slept, seconds + TOLD_SECONDS
        return slept > SLEPT_SECONDS

    @property
    def trouble(self) -> str:
        """Said for half a minute after it."""
        if self._seconds() >= self._until:
            return ""
        told = f"{self._slept / 60:.0f} min" if self._slept >= 120 else f"{self._slept:.0f} s"
        return f"this machine slept for {told}: everything is read again"
