"""A small HTTP/1.1 server over asyncio streams, on loopback: every byte is ours, so faults can be told byte by byte.

`serve` runs a handler, `RequestLog` remembers what was asked; `http_messages` has the messages, `http_wire` the bytes.
The one seam for faults is `transmit`: it gets the whole exchange and the connection's writer, and puts the bytes on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from email.utils import format_datetime

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http_messages import (
    ConnectionDropped,
    Handler,
    Request,
    Response,
    json_response,
    method_not_allowed,
    text_response,
)
from lanewatch.simulator.http_wire import Arrival, Exchange, Inlet, Malformed, receive, send

__all__ = [
    "ConnectionDropped",
    "Exchange",
    "Handler",
    "Logged",
    "Request",
    "RequestLog",
    "Response",
    "Server",
    "Transmit",
    "json_response",
    "method_not_allowed",
    "send",
    "serve",
    "text_response",
]

Transmit = Callable[[Exchange], Awaitable[None]]

_LOGGED = 100_000  # requests remembered: hours of a busy lane in some tens of megabytes
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as a server saw it. status 0: not answered (yet, or never: the connection was dropped)."""

    number: int
    server: str
    method: str
    path: str  # as sent, without query
    query: tuple[tuple[str, str], ...]
    status: int


class RequestLog:
    """Every request that reached a server, numbered by arrival; one log may serve many servers."""

    def __init__(self) -> None:
        self._entries: dict[int, Logged] = {}
        self._next = 0

    @property
    def entries(self) -> tuple[Logged, ...]:
        """By order of arrival."""
        return tuple(self._entries.values())

    def arrived(self, server: str, request: Request) -> int:
        """Remember a request; returns its number."""
        number, self._next = self._next, self._next + 1
        logged = Logged(number, server, request.method, request.raw_path, request.query, 0)
        self._entries[number] = logged
        self._entries.pop(number - _LOGGED, None)
        return number

    def answered(self, number: int, status: int) -> None:
        """Remember what a request got."""
        if number in self._entries:
            self._entries[number] = replace(self._entries[number], status=status)


@dataclass(frozen=True, slots=True)
class _Service:
    """What a server does with each request."""

    handler: Handler
    clock: WorldClock
    delay: float
    record: RequestLog
    name: str
    transmit: Transmit


class Server:
    """A listening socket on loopback and the conversations on it."""

    def __init__(self, service: _Service) -> None:
        self._service = service
        self._conversations: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._listener: asyncio.Server | None = None

    async def _open(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(_converse(self._service, reader, writer))
        self._conversations[task] = writer
        task.add_done_callback(self._conversations.pop)

    @property
    def port(self) -> int:
        """The port it listens on; raises RuntimeError once closed."""
        if self._listener is None:
            raise RuntimeError("the server is closed")
        return int(self._listener.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    async def close(self) -> None:
        """Stop listening, cut every connection and wait until no task of this server is left."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        listener.close()
        tasks = tuple(self._conversations)
        for task, writer in tuple(self._conversations.items()):
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


async def serve(
    handler: Handler,
    clock: WorldClock,
    *,
    delay: float = 0.0,
    record: RequestLog | None = None,
    name: str = "",
    transmit: Transmit = send,
) -> Server:
    """Serve `handler` on 127.0.0.1 and a free port.

    delay: real seconds every response waits before it is made up. name: this server's name in `record`.
    transmit: puts a response on its connection; the seam where faults are laid over a true answer.
    """
    service = _Service(handler, clock, delay, record or RequestLog(), name, transmit)
    server = Server(service)
    await server._open()
    return server


async def _converse(service: _Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's requests in turn until either side is done with it."""
    inlet = Inlet(reader)
    try:
        while await _exchange(service, inlet, writer):
            continue
    except ConnectionDropped:
        writer.transport.abort()
    except ConnectionError:
        _logger.debug("a client of %s went away", service.name)
    except Exception:
        _logger.exception("the simulator's server %s failed", service.name)
    finally:
        writer.close()


async def _exchange(service: _Service, inlet: Inlet, writer: asyncio.StreamWriter) -> bool:
    """One request and its response; True when the connection may carry another."""
    try:
        arrival = await receive(inlet, writer)
    except Malformed as problem:
        arrival = Arrival(Request("-", "-", "-", (), {}, b""), keep=False, chunks=True)
        service.record.answered(service.record.arrived(service.name, arrival.request), problem.status)
        refusal = text_response(problem.reason + "\n", problem.status)
        await service.transmit(Exchange(arrival, refusal, _date(service.clock), writer))
        return False
    if arrival is None:
        return False
    number = service.record.arrived(service.name, arrival.request)
    if service.delay > 0:
        await asyncio.sleep(service.delay)
    response = await _answer(service, arrival.request)
    service.record.answered(number, response.status)
    # A body without a length can end only with its connection when the client knows no chunks.
    framed = isinstance(response.body, bytes) or arrival.chunks
    arrival = replace(arrival, keep=arrival.keep and framed)
    await _transmit(service, inlet, Exchange(arrival, response, _date(service.clock), writer))
    return arrival.keep and not writer.is_closing()


async def _answer(service: _Service, request: Request) -> Response:
    try:
        return await service.handler(request)
    except (ConnectionDropped, ConnectionError):
        raise
    except Exception:
        _logger.exception("%s %s failed in %s", request.method, request.raw_path, service.name)
        return text_response("internal server error\n", 500)


async def _transmit(service: _Service, inlet: Inlet, exchange: Exchange) -> None:
    """Send the response; a body that goes on is cut short as soon as its client has gone."""
    if isinstance(exchange.response.body, bytes):
        await service.transmit(exchange)
        return
    sending = asyncio.ensure_future(service.transmit(exchange))
    leaving = asyncio.ensure_future(inlet.gone())
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone = leaving.done()
        sending.cancel()
        leaving.cancel()
        outcome, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome
    if gone:
        exchange.writer.transport.abort()


def _date(clock: WorldClock) -> str:
    return format_datetime(clock.wall(), usegmt=True)
