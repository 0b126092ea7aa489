"""A server on loopback that says exactly the bytes a test scripted, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Say = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str  # path and query, as sent
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass
class Scripted:
    """`answer` maps a path to what is said there; a list is said one after the other, its last again and again."""

    port: int = 0
    answers: dict[str, bytes | Say | list[bytes | Say]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def heard(self, count: int) -> None:
        """Return once this many requests have arrived."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.asked) >= count)

    def next_for(self, path: str) -> bytes | Say:
        told = self.answers.get(path, http(404, "404 page not found\n", "text/plain"))
        if not isinstance(told, list):
            return told
        return told.pop(0) if len(told) > 1 else told[0]


def http(status: int, body: object = "", kind: str = "application/json", **headers: str) -> bytes:
    """A whole answer; a body that is no text or bytes is sent as JSON. `_` in header names stands for `-`."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Word", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


def reset_after(data: bytes) -> Say:
    """Say `data`, then break the connection off without a farewell."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.transport.abort()

    return say


def close_after(data: bytes) -> Say:
    """Say `data`, then end the connection in order."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return say


def silent(until: asyncio.Event, data: bytes = b"") -> Say:
    """Say `data` and nothing more before `until`."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await until.wait()

    return say


def drip(data: bytes, seconds: float) -> Say:
    """Say `data` one byte every `seconds`."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(seconds)

    return say


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """A scripted server for the length of the block; every connection is closed at its end."""
    script = Scripted()
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        script.connections += 1
        try:
            while not writer.is_closing():
                asked = await _request(reader)
                async with script.news:
                    script.asked.append(asked)
                    script.news.notify_all()
                told = script.next_for(asked.path)
                if isinstance(told, bytes):
                    writer.write(told)
                    await writer.drain()
                else:
                    await told(asked, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if length := int(headers.get("content-length", "0")):
        await reader.readexactly(length)
    return Asked(method, target, headers)
