"""Reading a body under a cap and a deadline: bytes are counted while they come, never after (fault H15)."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.failures import timed_out
from lanewatch.rollout.facts import Outcome

INFLATE_STEP = 1 << 16  # bytes per step: 64 kB of wire otherwise become one 67 MB chunk


class CappedBody:
    """Collects one body, of an answer with these headers; their names may be asked for in any case.

    `deadline` is the loop's time, `total` what is said of it. Raises ReadFailure `invalid` when the length that is told
    is over the cap, or the encoding is unknown.
    """

    def __init__(self, host: str, headers: Mapping[str, str], cap: int, deadline: float, total: float) -> None:
        self.told = headers.get("Content-Length", "")
        if self.told.isdigit() and int(self.told) > cap:
            raise too_large(host, cap)
        self._host = host
        self._cap = cap
        self._deadline = deadline
        self._total = total
        self._inflate = _inflater(headers.get("Content-Encoding", ""), host)
        self._parts: list[bytes] = []
        self.size = 0

    async def read(self, chunks: AsyncIterator[bytes]) -> bytes:
        """All bytes of the raw `chunks`, decoded. Raises ReadFailure: `invalid` over the cap, or `timeout`."""
        async for chunk in chunks:
            self._check()
            if self._inflate is None:
                self._keep(chunk)
            else:
                self._expand(self._inflate, chunk)
        if self._inflate is not None and self.size and not self._inflate.eof:
            raise ReadFailure(Outcome.INVALID, f"compressed body cut off: {self._host}")
        return b"".join(self._parts)

    def _expand(self, inflate: zlib._Decompress, chunk: bytes) -> None:
        try:
            while chunk and not inflate.eof:
                self._keep(inflate.decompress(chunk, INFLATE_STEP))
                chunk = inflate.unconsumed_tail
                self._check()
        except zlib.error:
            raise ReadFailure(Outcome.INVALID, f"broken compressed body: {self._host}") from None

    def _check(self) -> None:
        if asyncio.get_running_loop().time() > self._deadline:
            raise timed_out(self._host, "complete body", self._total)

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._cap:
            raise too_large(self._host, self._cap)
        self._parts.append(data)


def too_large(host: str, cap: int) -> ReadFailure:
    size = f"{cap >> 20} MiB" if cap >= 1 << 20 else f"{cap} B"
    return ReadFailure(Outcome.INVALID, f"body over {size}: {host}")


def _inflater(encoding: str, host: str) -> zlib._Decompress | None:
    """Identity is asked for; a proxy that compresses all the same is understood, within the cap."""
    word = encoding.strip().lower()
    if word in ("", "identity"):
        return None
    if word in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header
    raise ReadFailure(Outcome.INVALID, f"body encoded in a way not asked for: {host}")
