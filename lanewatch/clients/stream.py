"""An answer that goes on: a watch, or a log that is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from lanewatch.clients.answers import is_proven_whole
from lanewatch.clients.body import too_large

LINE_CAP = 16 << 20  # bytes of one event: an object is at most 1.5 MiB in etcd, as JSON some megabytes more


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    lines: AsyncIterator[bytes]
    chunks: AsyncIterator[bytes]  # the same bytes as they come; either is read, not both

    @property
    def proven_whole(self) -> bool:
        """See `is_proven_whole`."""
        return is_proven_whole(self.headers)


async def whole_lines(chunks: AsyncIterator[bytes], host: str) -> AsyncIterator[bytes]:
    """Whole lines; what comes after the last newline was torn off and is dropped (fault V07).

    Raises ReadFailure `invalid` for one that does not end.
    """
    rest = b""
    async for data in chunks:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > LINE_CAP:
            raise too_large(host, LINE_CAP)
