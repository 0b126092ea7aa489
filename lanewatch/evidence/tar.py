"""A bundle as one file: the one ustar that its files give, byte for byte, and the reader that takes no other.

Every header is written anew from the name and size that it claims and compared, so that links, devices, extensions,
second entries and trailing bytes have no form in which they could be accepted. Nothing is ever extracted.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lanewatch.evidence.bag import MOST_FILES, BundleError

BLOCK = 512
END = b"\0" * (2 * BLOCK)
CHUNK = 1 << 20
NOT_OURS = "not the tar that lanewatch writes (unpack it and verify the folder)"


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside: its path below the bundle's folder, and its bytes, which must be read before the next."""

    bundle: str
    path: str
    size: int
    seconds: int  # its time, since 1970
    chunks: Iterator[bytes]


def write_tar(target: BinaryIO, folder: Path, paths: list[str], seconds: int) -> None:
    """All files of a written bundle, under the folder's name. Raises OSError."""
    for path in sorted(paths):
        with (folder / path).open("rb") as source:
            size = (folder / path).stat().st_size
            target.write(_header(f"{folder.name}/{path}", size, seconds))
            while chunk := source.read(CHUNK):
                target.write(chunk)
            target.write(b"\0" * (-size % BLOCK))
    target.write(END)


def read_tar(source: BinaryIO) -> Iterator[Member]:
    """The files in order. Raises BundleError at the first byte that `write_tar` would not have written."""
    before = ""
    for _ in range(MOST_FILES):
        head = source.read(BLOCK)
        if head == END[:BLOCK]:
            if head + source.read(BLOCK + 1) != END:
                raise BundleError("bytes behind the end of the tar")
            return
        path, size, seconds = _claims(head)
        if path <= before:
            raise BundleError(f"{path}: twice, or out of order, in the tar")
        before = path
        bundle, _, inner = path.partition("/")
        yield Member(bundle, inner, size, seconds, _bytes(source, size))
        if source.read(-size % BLOCK).strip(b"\0"):
            raise BundleError(f"{inner}: bytes behind it in the tar")
    raise BundleError(f"more than {MOST_FILES} files in the tar")


def _header(path: str, size: int, seconds: int) -> bytes:
    """The 512 bytes before a file. Raises ValueError where ustar has no room."""
    entry = tarfile.TarInfo(path)
    entry.size, entry.mtime, entry.mode = size, seconds, 0o600
    return entry.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _claims(head: bytes) -> tuple[str, int, int]:
    """Path, size and time of a header that is exactly ours."""
    try:
        entry = tarfile.TarInfo.frombuf(head, "ascii", "strict")
        if _header(entry.name, entry.size, int(entry.mtime)) == head:
            return entry.name, entry.size, int(entry.mtime)
    except (tarfile.TarError, ValueError):
        pass
    raise BundleError(NOT_OURS if head else "the tar ends in the middle")


def _bytes(source: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = source.read(min(CHUNK, left))
        if not chunk:
            raise BundleError("the tar ends in the middle")
        left -= len(chunk)
        yield chunk
