"""A whole log as plain text for a file: every line and every state of a progress line, no colours, at copying speed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lanewatch.logs.lines import MARK
from lanewatch.logs.spool import Spool

PIECE: Final = 1 << 20
_SGR: Final = re.compile(rb"\x1b\[[0-9;]{0,32}m")
_LONGEST_SGR: Final = 40
_MARK: Final = MARK.encode()


def plain(spool: Spool) -> Iterator[bytes]:
    """The text in pieces that may end anywhere but within a sequence. A line of ours begins with "--- "."""
    start, held = 0, b""
    while start < spool.size:
        data = held + spool.read(start, PIECE)
        start += len(data) - len(held)
        data, held = (data, b"") if start >= spool.size else _uncut(data)
        if b"\x1b" in data:
            data = _SGR.sub(b"", data)
        yield data.replace(_MARK, b"--- ")


def _uncut(data: bytes) -> tuple[bytes, bytes]:
    """The data up to a sequence that may go on behind it, and the rest."""
    escape = data.rfind(b"\x1b", max(0, len(data) - _LONGEST_SGR))
    if escape < 0 or b"m" in data[escape:]:
        return data, b""
    return data[:escape], data[escape:]
