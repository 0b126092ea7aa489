"""Faults that are part of what the servers truly tell: how often they told it, counted as it leaves them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from lanewatch.simulator.faults import Fault, FaultLayer, ServerName
from lanewatch.simulator.http import Exchange, send

Holds = Callable[[int, bytes], bool]  # of an answer's status and body, or of 200 and one line of a stream


@dataclass(frozen=True, slots=True)
class Telling:
    """Where the fault is told: the answers and stream lines of a server under a path for which `holds`."""

    server: ServerName
    path: str
    holds: Holds

    def counted(self, layer: FaultLayer) -> Callable[[], int]:
        """From now on; everything goes out as it is."""
        told = 0

        def hear(status: int, body: bytes) -> None:
            nonlocal told
            told += self.holds(status, body)

        async def lay(exchange: Exchange) -> None:
            response = exchange.response
            if isinstance(response.body, bytes):
                hear(response.status, response.body)
                await send(exchange)
                return
            await send(replace(exchange, response=replace(response, body=heard(response.body, hear))))

        layer.arm(Fault("told", "nothing: it is listened to", lay, self.server, self.path, watch=None))
        return lambda: told


async def heard(stream: AsyncIterator[bytes], hear: Callable[[int, bytes], None]) -> AsyncIterator[bytes]:
    """The stream, line by line."""
    async for line in stream:
        hear(200, line)
        yield line


def containing(text: str) -> Holds:
    """Every word of a server with this text in it."""
    return lambda _, body: text.encode() in body
