"""The beginning and the end of a text of any size, read once and held to a bound, with the digest of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

HEAD_BYTES, TAIL_BYTES = 64 << 10, 192 << 10  # of a log: how it began, and how it ended
OBJECT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is kept of a text; `omitted` bytes of it are not, `digest` is that of all of it."""

    text: bytes
    omitted: int
    digest: str


def excerpt(pieces: Iterable[bytes], head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> Excerpt:
    """The text itself where it fits; else its beginning and end, cut between lines, and a line that says so."""
    whole, size, kept = sha256(), 0, bytearray()
    for piece in pieces:
        whole.update(piece)
        size += len(piece)
        kept += piece
        if len(kept) > head + 2 * tail:
            del kept[head : len(kept) - tail]
    if size <= head + tail:
        return Excerpt(bytes(kept), 0, whole.hexdigest())
    del kept[head : len(kept) - tail]
    return _joined(bytes(kept[:head]), bytes(kept[head:]), size, whole.hexdigest())


def _joined(head: bytes, tail: bytes, size: int, digest: str) -> Excerpt:
    head, tail = head[: head.rfind(b"\n") + 1], tail.partition(b"\n")[2]
    omitted = size - len(head) - len(tail)
    return Excerpt(head + f"[{omitted} bytes left out]\n".encode() + tail, omitted, digest)
