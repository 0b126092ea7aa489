"""Keys one after another: each is handed on when all that the one before set off has come to rest.

A burst ("4l/word⏎" typed at once) then does what the same keys do when they are typed slowly. Textual 8.2.8 hands
every key to what has the focus now, and a screen that a key opens has it some steps later: the keys after it were
lost, or acted on the screen below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from textual import events
from textual.message_pump import MessagePump

from tui.life import LivingApp

REST_SECONDS: Final = 1.0  # a handler that takes longer no longer holds the keys back
MOST_ROUNDS: Final = 20  # of looking whether there is anything left to do
AT_ONCE: Final = frozenset({"ctrl+c"})  # leaves, whatever the program is doing


class OrderedApp(LivingApp, inherit_bindings=False):
    """An App that takes keys and pasted texts in order."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.typed: asyncio.Queue[events.Key | events.Paste] = asyncio.Queue()
        self._typist: asyncio.Task[None] | None = None

    async def on_unmount(self) -> None:
        if self._typist is not None:
            self._typist.cancel()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and not _at_once(event):
            self.typed.put_nowait(event)
            if self._typist is None:
                self._typist = asyncio.create_task(self._hand_on())
        else:
            await super().on_event(event)

    async def _hand_on(self) -> None:
        while True:
            event = await self.typed.get()
            try:
                async with asyncio.timeout(REST_SECONDS):
                    await super().on_event(event)
                    await self._rest()
            except TimeoutError:
                pass  # the next key finds what there is
            except Exception as error:
                self._handle_exception(error)
            self.typed.task_done()

    async def _rest(self) -> None:
        """Until whatever the key went to, and all that is above it, has nothing left to do."""
        for _ in range(MOST_ROUNDS):
            asked = self._asked()
            for pump in asked:
                await _processed(pump)
            if asked == self._asked() and all(pump.message_queue_size == 0 for pump in asked):
                return

    def _asked(self) -> Sequence[MessagePump]:
        """What a key goes through: what has the focus, what is around it, the screen, the app."""
        start = self.focused or self.screen
        return [node for node in start.ancestors_with_self if isinstance(node, MessagePump)]


def _at_once(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.key in AT_ONCE


async def _processed(pump: MessagePump) -> None:
    """Until the pump has processed what is in its queue now; one that is ending has."""
    done = asyncio.Event()
    if pump.call_later(done.set):
        await done.wait()
