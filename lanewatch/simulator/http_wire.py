"""HTTP/1.1 as bytes: reading one request from a connection and writing one response to it, with caps.

Nothing here knows handlers or servers. A fault layer replaces `send` and may write, delay or cut any byte of it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from types import AsyncGeneratorType
from urllib.parse import parse_qsl, unquote

from lanewatch.simulator.http_messages import Request, Response

HEAD_BYTES = 32 * 1024  # a client of ours sends well under 4 KiB; more is a mistake worth a 431
BODY_BYTES = 4 * 1024 * 1024  # the only bodies are git's want/have lists
_READ_BYTES = 64 * 1024
_EARLY_BYTES = HEAD_BYTES + BODY_BYTES  # what a client may pipeline while it is being answered
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BODILESS = frozenset({204, 304})


class Malformed(Exception):
    """The client sent something that is not a request we take; `status` is what it gets."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request, whether the connection stays open after it, and whether the client knows chunks (HTTP/1.1)."""

    request: Request
    keep: bool
    chunks: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the response it is about to get, with the connection that carries it."""

    arrival: Arrival
    response: Response
    date: str  # the Date header: the world's wall time
    writer: asyncio.StreamWriter


class Inlet:
    """The bytes a client sends. Bytes that arrive early are kept for the next request."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._early = bytearray()

    async def until(self, end: bytes, cap: int) -> bytes | None:
        """Bytes up to and including `end`; None when the client closed before sending any of them."""
        while (found := self._early.find(end)) < 0:
            if len(self._early) > cap:
                raise Malformed(431, "request header fields too large")
            if not await self._more():
                if self._early:
                    raise Malformed(400, "request ended early")
                return None
        return self._take(found + len(end))

    async def first(self) -> bytes:
        """The next byte, left in its place; b"" when the client has closed."""
        if not self._early:
            await self._more()
        return bytes(self._early[:1])

    async def exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._early) < size:
            if not await self._more():
                raise Malformed(400, "body ended early")
        return self._take(size)

    async def gone(self) -> None:
        """Return when the client has closed its side, or pours in more than it may pipeline."""
        while await self._more():
            if len(self._early) > _EARLY_BYTES:
                return

    async def _more(self) -> bool:
        data = await self._reader.read(_READ_BYTES)
        self._early += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._early[:size])
        del self._early[:size]
        return taken


async def receive(inlet: Inlet, writer: asyncio.StreamWriter) -> Arrival | None:
    """The next request on this connection; None when the client is done. Raises Malformed."""
    if not _TOKEN.fullmatch((await inlet.first()).decode("latin-1") or "-"):
        raise Malformed(400, "malformed request line")  # a TLS hello has no end of line: its client would wait for ours
    head = await inlet.until(b"\r\n\r\n", HEAD_BYTES)
    if head is None:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, version = _request_line(first)
    headers = _headers(lines)
    if version == "HTTP/1.1" and "host" not in headers:
        raise Malformed(400, "missing Host header")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _body(inlet, headers)
    raw_path, _, query = target.partition("?")
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    request = Request(method, unquote(raw_path), raw_path, pairs, headers, body)
    return Arrival(request, _keeps(version, headers), version == "HTTP/1.1")


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Malformed(400, "malformed request line")
    if not parts[1].startswith("/") or not parts[1].isprintable():
        raise Malformed(400, "malformed request target")
    return parts[0], parts[1], parts[2]


def _headers(lines: list[str]) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or any(ord(c) < 32 and c != "\t" for c in value):
            raise Malformed(400, "malformed header")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _keeps(version: str, headers: Mapping[str, str]) -> bool:
    words = {word.strip().lower() for word in headers.get("connection", "").split(",")}
    return "close" not in words if version == "HTTP/1.1" else "keep-alive" in words


async def _body(inlet: Inlet, headers: Mapping[str, str]) -> bytes:
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if length is not None and coding is not None:
        raise Malformed(400, "ambiguous framing")
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed(400, "unknown transfer coding")
        return await _chunked_body(inlet)
    if length is None:
        return b""
    return await inlet.exactly(_size(length, 10))


def _size(text: str, base: int, taken: int = 0) -> int:
    if not re.fullmatch(r"[0-9]{1,15}" if base == 10 else r"[0-9A-Fa-f]{1,12}", text):
        raise Malformed(400, "malformed length")
    size = int(text, base)
    if taken + size > BODY_BYTES:
        raise Malformed(413, "request body too large")
    return size


async def _chunked_body(inlet: Inlet) -> bytes:
    body = bytearray()
    while True:
        line = await inlet.until(b"\r\n", HEAD_BYTES) or b""
        size = _size(line.decode("latin-1").partition(";")[0].strip(), 16, len(body))
        if not size:
            break
        body += await inlet.exactly(size)
        if await inlet.exactly(2) != b"\r\n":
            raise Malformed(400, "malformed chunk")
    while (await inlet.until(b"\r\n", HEAD_BYTES) or b"\r\n") != b"\r\n":
        continue  # trailers say nothing we need
    return bytes(body)


def head_bytes(exchange: Exchange) -> bytes:
    """Status line and headers. Raises ValueError when a header would break out of its line."""
    response, arrival = exchange.response, exchange.arrival
    headers = [("Date", exchange.date), *response.headers]
    if isinstance(response.body, bytes):
        if response.status not in _BODILESS:
            headers.append(("Content-Length", str(len(response.body))))
    elif arrival.chunks:
        headers.append(("Transfer-Encoding", "chunked"))
    if not arrival.keep:
        headers.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", *(f"{k}: {v}" for k, v in headers)]
    if any(ord(c) < 32 or ord(c) == 127 for line in lines for c in line):
        raise ValueError("a response header holds a control character")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


async def send(exchange: Exchange) -> None:
    """Write the response as HTTP/1.1 says it. Raises ConnectionError when the client has gone."""
    writer, body = exchange.writer, exchange.response.body
    writer.write(head_bytes(exchange))
    if isinstance(body, bytes):
        if exchange.arrival.request.method != "HEAD" and exchange.response.status not in _BODILESS:
            writer.write(body)
    elif exchange.arrival.request.method != "HEAD":
        await _send_stream(exchange, body)
    await writer.drain()


async def _send_stream(exchange: Exchange, body: AsyncIterator[bytes]) -> None:
    if isinstance(body, AsyncGeneratorType):
        async with aclosing(body):
            await _send_chunks(exchange, body)
    else:
        await _send_chunks(exchange, body)


async def _send_chunks(exchange: Exchange, body: AsyncIterator[bytes]) -> None:
    writer, chunks = exchange.writer, exchange.arrival.chunks
    await writer.drain()  # the head goes out before the first chunk exists
    async for data in body:
        if data:  # an empty chunk would end the body
            writer.write(b"%x\r\n%b\r\n" % (len(data), data) if chunks else data)
            await writer.drain()
    if chunks:
        writer.write(b"0\r\n\r\n")
