"""An event loop whose time jumps to the next timer when nothing is ready (reliability reference 4.4): hours in no time.

Loopback sockets work, client and server in the one loop. While a thread or a child process works, time stands still.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import stat
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from lanewatch.rollout.facts import Moment

T = TypeVar("T")

THREAD_SECONDS = 0.01  # how soon a due timer is looked at again while a thread works

EPOCH = datetime(2026, 7, 5, 14, 0, 0, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Never waits: what would be waited is added to `jumped`. While a thread or a process works time stands still."""

    jumped = 0.0
    threads = 0

    def __init__(self) -> None:
        super().__init__()
        self.pipes: set[int] = set()  # of processes that have not said their last

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key: selectors.SelectorKey = super().register(fileobj, events, data)
        if stat.S_ISFIFO(os.fstat(key.fd).st_mode):
            self.pipes.add(key.fd)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key: selectors.SelectorKey = super().unregister(fileobj)
        self.pipes.discard(key.fd)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.threads or self.pipes:
            return super().select(timeout if timeout is None else min(timeout, THREAD_SECONDS))  # type: ignore[no-any-return]
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

    def block(self, seconds: float) -> None:
        """As if a callback had kept the loop for so long: time goes on and nothing runs."""
        self._jumping.jumped += seconds

    def run_in_executor(self, executor: Any, work: Any, *arguments: Any) -> asyncio.Future[Any]:
        """As asyncio's; time stands still until the work is done."""
        self._jumping.threads += 1
        future = super().run_in_executor(executor, work, *arguments)
        future.add_done_callback(self._thread_ended)
        return future

    async def subprocess_exec(self, *arguments: Any, **options: Any) -> Any:
        """As asyncio's; time stands still until the process has ended."""
        self._jumping.threads += 1
        try:
            transport, protocol = await super().subprocess_exec(*arguments, **options)
        except BaseException:
            self._jumping.threads -= 1
            raise
        self.create_task(transport._wait()).add_done_callback(self._thread_ended)
        return transport, protocol

    def _thread_ended(self, _: object) -> None:
        self._jumping.threads -= 1


class LoopClock:
    """The product's clock on a jumping loop: both clocks move with it."""

    def now(self) -> Moment:
        seconds = asyncio.get_running_loop().time()
        return Moment(EPOCH + timedelta(seconds=seconds), seconds)


def run_jumping(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run on a jumping loop."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        try:
            return runner.run(main)
        finally:
            runner.run(_pipes_closed())


async def _pipes_closed() -> None:
    """The pipes of a process that was killed are closed a few steps after it."""
    for _ in range(10):
        await asyncio.sleep(0.001)
