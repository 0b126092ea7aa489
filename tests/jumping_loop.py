"""An event loop whose time jumps to the next timer when nothing is ready (reliability reference 4.4): hours in no time.

Loopback sockets work, client and server in the one loop. With a child process outstanding use an ordinary loop.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from lanewatch.rollout.facts import Moment

T = TypeVar("T")

EPOCH = datetime(2026, 7, 5, 14, 0, 0, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Never waits: what would be waited is added to `jumped`."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is None:
            return super().select(None)  # type: ignore[no-any-return]
        if not ready and timeout:
            self.jumped += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Its time starts at 0 and moves only by jumps."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped


class LoopClock:
    """The product's clock on a jumping loop: both clocks move with it."""

    def now(self) -> Moment:
        seconds = asyncio.get_running_loop().time()
        return Moment(EPOCH + timedelta(seconds=seconds), seconds)


def run_jumping(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run on a jumping loop."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)
