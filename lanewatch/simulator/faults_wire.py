"""How an answer arrives, or does not: connections that break, drip, stall, and messages that are framed wrongly."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

from lanewatch.simulator.faults import APPLICATION, PODS, RUNS, Fault, Lay, Rewoven
from lanewatch.simulator.http import Exchange, Response, send
from lanewatch.simulator.http_wire import head_bytes

FOREVER = 86_400.0
HALF_OPEN_SECONDS = 300.0
BOMB_BYTES = 200 << 20


def body_of(exchange: Exchange) -> bytes:
    """The true body of an answer that is no stream."""
    body = exchange.response.body
    return body if isinstance(body, bytes) else b""


def instead(response: Response) -> Lay:
    """Another answer than the true one."""

    async def lay(exchange: Exchange) -> None:
        await send(replace(exchange, response=response))

    return lay


def raw(data: bytes, *, close: bool = True) -> Lay:
    """Exactly these bytes."""

    async def lay(exchange: Exchange) -> None:
        exchange.writer.write(data)
        await exchange.writer.drain()
        if close:
            exchange.writer.close()

    return lay


def reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    made = writer.get_extra_info("socket")
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def reset_mid_body(exchange: Exchange) -> None:
    exchange.writer.write(head_bytes(exchange) + body_of(exchange)[:6])
    await exchange.writer.drain()
    await asyncio.sleep(0.05)  # so that the six bytes are read before the reset throws them away
    reset(exchange.writer)


def dripping(head: bool) -> Lay:
    """One byte every 100 ms, of the head or only of the body."""

    async def lay(exchange: Exchange) -> None:
        start, body = head_bytes(exchange), body_of(exchange)
        whole, at_once = start + body, 0 if head else len(start)
        exchange.writer.write(whole[:at_once])
        for byte in whole[at_once:]:
            exchange.writer.write(bytes([byte]))
            await exchange.writer.drain()
            await asyncio.sleep(0.1)

    return lay


async def silent_stream(exchange: Exchange) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.sleep(FOREVER)
        yield b""

    await send(replace(exchange, response=replace(exchange.response, body=nothing())))


async def half_open(exchange: Exchange) -> None:
    """The peer's end is gone and nothing says so for longer than any client waits: no byte, no FIN, no RST."""
    await asyncio.sleep(HALF_OPEN_SECONDS)


async def without_length(exchange: Exchange) -> None:
    """A body that ends with its connection, cut in the middle: nothing proves that it is whole."""
    body = body_of(exchange)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    await raw(head + body[: len(body) // 2])(exchange)


async def closed_when_idle(exchange: Exchange) -> None:
    """Answers truly, promises to keep the connection, and closes it."""
    exchange.writer.write(head_bytes(exchange) + body_of(exchange))
    await exchange.writer.drain()
    exchange.writer.close()


async def two_lengths(exchange: Exchange) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    await raw(head + b"2\r\n{}\r\n0\r\n\r\n")(exchange)


async def long_header(exchange: Exchange) -> None:
    await raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}")(exchange)


def bomb() -> bytes:
    """200 MiB of one byte as some 200 KB of gzip."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(BOMB_BYTES >> 20)) + packer.flush()


async def gzip_bomb(exchange: Exchange) -> None:
    await instead(Response(200, bomb(), (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))))(exchange)


async def cut_json(exchange: Exchange) -> None:
    """Half of the true body, with the length of that half."""
    body = body_of(exchange)
    await send(replace(exchange, response=replace(exchange.response, body=body[: len(body) // 2])))


async def plain_text(exchange: Exchange) -> None:
    headers = (("Content-Type", "text/plain"),)
    await send(replace(exchange, response=replace(exchange.response, headers=headers)))


async def aged(exchange: Exchange) -> None:
    headers = (*exchange.response.headers, ("Age", "600"), ("Via", "1.1 proxy"))
    await send(replace(exchange, response=replace(exchange.response, headers=headers)))


def refused(code: int, retry_after: str = "", kind: str = "text/plain", body: bytes = b"no\n") -> Lay:
    headers: tuple[tuple[str, str], ...] = (("Content-Type", kind),)
    headers += (("Retry-After", retry_after),) if retry_after else ()
    return instead(Response(code, body, headers))


def told_status(code: int, reason: str) -> bytes:
    whole = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": reason,
        "code": code,
    }
    return json.dumps(whole).encode()


async def expired_watch(exchange: Exchange) -> None:
    line = json.dumps({"type": "ERROR", "object": json.loads(told_status(410, "Expired"))}).encode() + b"\n"
    await instead(Response(200, line))(exchange)


def backwards_and_twice(told: list[bytes]) -> list[bytes]:
    """The newest line, then all of the last four once more, newest first."""
    return [told[-1], *reversed(told[-4:])]


def without_bookmarks(told: list[bytes]) -> list[bytes]:
    return [] if b'"BOOKMARK"' in told[-1][:20] else [told[-1]]


async def torn_watch(exchange: Exchange) -> None:
    await instead(Response(200, b'"str"\n{"type":"MODIFIED","object":{"metadata":{"na'))(exchange)


LOGIN = b"<!doctype html><title>Sign in</title><form action=/login></form>"

FAULTS: tuple[Fault, ...] = (
    Fault("N05", "the connection is reset after six bytes of a body", reset_mid_body),
    Fault("N06", "a body drips, one byte every 100 ms", dripping(head=False)),
    Fault("N07", "headers drip, one byte every 100 ms", dripping(head=True)),
    Fault("N08", "watches fall silent", silent_stream, "kubernetes", APPLICATION, True),
    Fault("N09", "a half-open connection: the peer is gone and nothing says so", half_open, "kubernetes", APPLICATION),
    Fault("N10", "a log without length ends early", without_length, "kubernetes", r"/log$"),
    Fault("N11", "kept connections are closed while idle", closed_when_idle, "gitea", RUNS),
    Fault("A02", "the token is no longer accepted", refused(401), "gitea", RUNS),
    Fault(
        "A03",
        "one resource is forbidden",
        refused(403, kind="application/json", body=told_status(403, "Forbidden")),
        "kubernetes",
        PODS,
        None,
    ),
    Fault("H03", "watches are gone (410), as a status and as an event", expired_watch, "kubernetes", APPLICATION, True),
    Fault("H04", "429 with Retry-After", refused(429, "7"), "kubernetes", APPLICATION),
    Fault("H05", "429 in plain text, without Retry-After", refused(429), "kubernetes", APPLICATION),
    Fault("H06", "502 again and again", refused(502)),
    Fault("H07", "a login page with status 200", instead(Response(200, LOGIN, (("Content-Type", "text/html"),)))),
    Fault("H08", "JSON as text/plain", plain_text),
    Fault("H09", "JSON cut in half, with the length of that half", cut_json),
    Fault("H10", "304 to a question that was no condition", instead(Response(304, b"", ()))),
    Fault("H11", "a length and chunks at once", two_lengths),
    Fault("H12", "a header of 200 KB", long_header),
    Fault(
        "H13",
        "a redirect to another host",
        instead(Response(302, b"", (("Location", "http://127.0.0.2:9/elsewhere"),))),
        "kubernetes",
        APPLICATION,
    ),
    Fault("H14", "a redirect to itself", instead(Response(302, b"", (("Location", "/"),))), "gitea", RUNS),
    Fault("H15", "200 MiB in 200 KB of gzip", gzip_bomb),
    Fault("H16", "a cache answers, ten minutes old", aged),
    Fault("V04", "watches repeat themselves, backwards", Rewoven(backwards_and_twice), "kubernetes", "", True),
    Fault("V05", "watches send no bookmarks", Rewoven(without_bookmarks), "kubernetes", APPLICATION, True),
    Fault("V07", "watches say a word and half a line", torn_watch, "kubernetes", APPLICATION, True),
)
