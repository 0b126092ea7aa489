"""Bytes that are known whole, served as Go's http.ServeContent serves them: ETag, If-None-Match, Range."""

from __future__ import annotations

import re

from lanewatch.simulator.http_messages import Request, Response

_RANGE = re.compile(r"bytes=\s*([0-9]*)\s*-\s*([0-9]*)\s*")

Headers = tuple[tuple[str, str], ...]


def content_response(request: Request, data: bytes, headers: Headers, etag: str | None = None) -> Response:
    """200 with all, 206 with the asked part, 304 when the client has it, 416 past the end.

    etag is quoted already. Several ranges at once are answered whole, which RFC 9110 allows.
    """
    headers = (*headers, ("Accept-Ranges", "bytes"), *((("Etag", etag),) if etag else ()))
    if etag and etag in [part.strip() for part in request.headers.get("if-none-match", "").split(",")]:
        return Response(304, b"", headers)
    asked = request.headers.get("range")
    if asked is None or "," in asked:
        return Response(200, data, headers)
    part = _part(asked, len(data))
    if isinstance(part, str):
        refusal = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Range", f"bytes */{len(data)}"))
        return Response(416, f"{part}\n".encode(), refusal)
    first, end = part
    return Response(206, data[first:end], (*headers, ("Content-Range", f"bytes {first}-{end - 1}/{len(data)}")))


def _part(asked: str, size: int) -> tuple[int, int] | str:
    """The asked slice, or why there is none."""
    matched = _RANGE.fullmatch(asked)
    if matched is None or matched.groups() == ("", ""):
        return "invalid range"
    first, last = matched.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return "invalid range"
    return (start, end) if start < end else "invalid range: failed to overlap"
