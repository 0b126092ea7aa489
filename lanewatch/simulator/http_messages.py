"""What goes over the simulator's wire: a request, a response, who answers, and the answers every server shares."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # percent-decoded, without query
    raw_path: str  # as sent, without query
    query: tuple[tuple[str, str], ...]  # decoded, in order
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, as Go's `Query().Get` takes it."""
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""  # an iterator is sent chunked
    headers: tuple[tuple[str, str], ...] = field(default=(("Content-Type", "application/json"),))


Handler = Callable[[Request], Awaitable[Response]]


class ConnectionDropped(Exception):
    """Raised by a handler whose system would not even answer: the connection is cut without a byte."""


def json_response(
    value: Any,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    content_type: str = "application/json",
) -> Response:
    """A JSON body, compact, in the order the value was built in."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(status, body, (("Content-Type", content_type), *headers))


def text_response(text: str, status: int, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A plain text body, as proxies and Go's http.Error answer."""
    return Response(status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"), *headers))


def method_not_allowed(allowed: str = "GET, HEAD") -> Response:
    """405 with an empty body: every server here is read-only."""
    return Response(405, b"", (("Allow", allowed),))


def base_url(request: Request) -> str:
    """Where the client thinks this server is: `http://` and the Host it sent."""
    return f"http://{request.headers.get('host', '127.0.0.1')}"
