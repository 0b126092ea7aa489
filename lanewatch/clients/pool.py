"""One httpx client with its life: it serves, is retired when a request was cut off, and closes with its last one.

httpx breaks its pool when a request is cancelled (python-libraries reference 2.1-2.4): so at most half the pool is ever
in use, and a client that a deadline or a cancellation has cut into takes no new request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

import httpx

from lanewatch.clients.limits import Limits
from lanewatch.clients.read_only import refuse_mutation
from lanewatch.clients.sockets import keepalive_options, look_names_up_apart

KEEPALIVE_SECONDS = 30.0  # above the poll interval, else a TLS handshake each poll


class ReadOnlyTransport(httpx.AsyncHTTPTransport):
    """Refuses every method but GET and HEAD before a socket opens."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        refuse_mutation(request.method)
        return await super().handle_async_request(request)


class Lifecycle(Enum):
    SERVING = "serving"
    RETIRED = "retired"  # takes no new request; closed with its last one
    CLOSED = "closed"


class Client:
    """One httpx client with its life."""

    def __init__(self, context: ssl.SSLContext, limits: Limits, proxy: str | None) -> None:
        pool = httpx.Limits(
            max_connections=2 * limits.concurrent,
            max_keepalive_connections=limits.concurrent,
            keepalive_expiry=KEEPALIVE_SECONDS,
        )
        look_names_up_apart(asyncio.get_running_loop())
        options = keepalive_options()
        transport = ReadOnlyTransport(verify=context, limits=pool, trust_env=False, socket_options=options, proxy=proxy)
        self.http = httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)
        self.life = Lifecycle.SERVING
        self.served = 0
        self._in_flight = 0

    @asynccontextmanager
    async def use(self) -> AsyncIterator[httpx.AsyncClient]:
        self._in_flight += 1
        try:
            yield self.http
            self.served += 1
        except (asyncio.CancelledError, httpx.PoolTimeout):
            self.retire()
            raise
        finally:
            self._in_flight -= 1
            if self.life is Lifecycle.RETIRED and self._in_flight == 0:
                await self.close()

    def retire(self) -> None:
        if self.life is Lifecycle.SERVING:
            self.life = Lifecycle.RETIRED

    async def close(self) -> None:
        self.life = Lifecycle.CLOSED
        await self.http.aclose()
