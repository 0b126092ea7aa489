"""A small HTTP/1.1 server over asyncio streams, on loopback: every byte is ours, so that faults can be told byte by byte."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # percent-decoded, without query
    raw_path: str  # as sent, without query
    query: tuple[tuple[str, str], ...]  # decoded, in order
    headers: Mapping[str, str]  # lower-case names
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""  # an iterator is sent chunked
    headers: tuple[tuple[str, str], ...] = field(default=(("Content-Type", "application/json"),))


Handler = Callable[[Request], Awaitable[Response]]
