"""Log bytes on disk: append-only, private, capped, with a line index that costs 8 bytes for every 64 KiB.

Belongs here: where line N begins, and pages of lines read by offset. What a line means is in `lines`. The index counts
the line ends before each block instead of keeping an offset every so many lines: it is built at memory speed, a line
of any length costs nothing more, and any line is found by one bisection and one block read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Callable
from mmap import PROT_READ, mmap
from pathlib import Path

import numpy

BLOCK = 64 << 10
TOTAL_CAP = 2 << 30  # bytes of all spools of one run: a lane's logs are some megabytes, a flood some hundred
_END = 10  # "\n"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

Write = Callable[[int, bytes | memoryview], int]


class SpoolFull(Exception):
    """No more bytes can be kept: the cap of all spools is reached, or the disk is full. `reason` says which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SpoolFolder:
    """Where spools live, and how much they may hold together.

    Files are 0600 and have no name, so that they end with us, unless `keeping` gives them one.
    """

    def __init__(self, folder: Path, cap: int = TOTAL_CAP, write: Write = os.write, *, held: int = 0) -> None:
        self._folder = folder
        self._cap = cap
        self._write = write
        self.held = held  # bytes of all open spools, and of those that earlier runs left

    def spool(self) -> Spool:
        """An empty spool, in the system's folder for temporary files where the home cannot be written (fault D02).

        Raises SpoolFull where not even a file can be made.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Spool(self, _nameless_file(self._folder))
        except OSError as error:
            reason = f"no file in the cache folder, nor a temporary one: {error.strerror}"
        try:
            return Spool(self, _nameless_file(Path(tempfile.gettempdir())))
        except OSError:
            raise SpoolFull(reason) from None

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write what the cap leaves room for; gives the number of bytes written. Raises SpoolFull for none."""
        room = min(len(data), self._cap - self.held)
        if room <= 0:
            raise SpoolFull(f"all logs together reached {self._cap >> 20} MiB")
        try:
            written = self._write(descriptor, data[:room])
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise SpoolFull("the disk with the cache folder is full") from None
        self.held += written
        return written


class Spool:
    """One log's bytes. One thread appends whole lines, any thread reads; `lines` and `size` only ever grow."""

    def __init__(self, folder: SpoolFolder, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self._ends = array("Q", [0])  # line ends before each block that has begun
        self._coloured = bytearray(1)  # whether each block that has begun holds an escape
        self.size = 0
        self.lines = 0  # complete lines; bytes after the last line end are not counted

    @property
    def index_bytes(self) -> int:
        return self._ends.itemsize * len(self._ends)

    def append(self, data: bytes) -> None:
        """Keep `data`. Raises SpoolFull when a part could not be kept; what was kept stays readable."""
        view, coloured = memoryview(data), b"\x1b" in data
        while view:
            written = self._folder.write(self._descriptor, view)
            self._count(view[:written], coloured)
            view = view[written:]

    def close(self) -> None:
        """Give the bytes back. Reading afterwards finds nothing, or raises OSError where it had begun."""
        os.close(self._descriptor)
        self._descriptor = -1  # its number may soon be another file's
        self._folder.held -= self.size
        self.size = self.lines = 0

    def read(self, start: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, start)

    def window(self, start: int, size: int) -> memoryview:
        """Bytes from `start` (a multiple of BLOCK) on without copying them; fewer at the end. Drop it soon.

        Mapping is safe because nobody else can shorten a file that has no name, and a named one is never shortened.
        """
        size = min(size, self.size - start)
        return memoryview(mmap(self._descriptor, size, prot=PROT_READ, offset=start)) if size > 0 else memoryview(b"")

    def lines_before(self, block: int) -> int:
        """How many lines end before byte `block` × BLOCK, which lies within the spool."""
        return self._ends[block]

    def is_coloured(self, start: int, size: int) -> bool:
        """Whether blocks from the one at byte `start` on hold colours."""
        return any(self._coloured[start // BLOCK : -(-(start + size) // BLOCK)])

    def starts(self, first: int, count: int) -> list[int]:
        """Offsets at which `count` lines from `first` on begin, and where the last of them ends; fewer at the end."""
        count = min(count, self.lines - first)
        if count <= 0:
            return []
        found = [0] if first == 0 else []
        wanted = count + 1 - len(found)
        skip = max(first - 1, 0)  # the end of line `first` - 1 is the start of line `first`
        while wanted > 0:
            block = bisect_right(self._ends, skip) - 1  # a long line fills blocks in which no line ends
            ends = self._ends_in(block)[skip - self._ends[block] :][:wanted]
            found += (ends + (block * BLOCK + 1)).tolist()
            wanted -= len(ends)
            skip += len(ends)
        return found

    def line_at(self, offset: int) -> int:
        """The number of the line that holds the byte at `offset`."""
        block = offset // BLOCK
        within = self.read(block * BLOCK, offset - block * BLOCK)
        return self._ends[block] + within.count(b"\n")

    def name(self, path: Path) -> None:
        """Let the file stay at `path` when it is closed, on a file system that can; else nothing is there."""
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)  # a descriptor, so that the link is followed
        try:
            with contextlib.suppress(OSError):  # no /proc, or no O_TMPFILE: `copy_to` keeps it at the end
                os.link(f"/proc/self/fd/{self._descriptor}", path.name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(folder)

    def copy_to(self, path: Path) -> None:
        """Keep the log beyond this run, as a file of its own (0600). Raises OSError."""
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(target, "wb") as file:
            for start in range(0, self.size, 1 << 20):
                file.write(self.read(start, min(1 << 20, self.size - start)))

    def _ends_in(self, block: int) -> numpy.ndarray[tuple[int], numpy.dtype[numpy.intp]]:
        size = min(BLOCK, self.size - block * BLOCK)
        return numpy.flatnonzero(numpy.frombuffer(self.read(block * BLOCK, size), numpy.uint8) == _END)

    def _count(self, data: memoryview, coloured: bool) -> None:
        """Block by block, so that what numpy makes of it stays in the processor's cache."""
        array = numpy.frombuffer(data, numpy.uint8)
        size, lines, start = self.size, self.lines, 0
        while start < len(data):
            end = min(len(data), start + BLOCK - size % BLOCK)
            lines += int(numpy.count_nonzero(array[start:end] == _END))
            self._coloured[-1] |= coloured
            size += end - start
            start = end
            if size % BLOCK == 0:
                self._ends.append(lines)
                self._coloured.append(0)
        self.size, self.lines = size, lines


def _nameless_file(folder: Path) -> int:
    """Readable and writable by us alone, gone with the last descriptor, even when we are killed."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
                raise
    path = folder / f"spool-{os.getpid()}-{os.urandom(8).hex()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    path.unlink()
    return descriptor
