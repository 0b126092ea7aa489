"""The files of a bundle as they lie there, folder or tar: hashed in one pass, the small ones kept, nothing extracted.

Raises BundleError for what no bundle has (links, devices, odd names, too much of anything) and UnreadableError where
the system refuses. Memory is bounded whatever is given.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

from lanewatch.evidence.bag import (
    MOST_FILES,
    MOST_KEPT,
    MOST_PARSED,
    PARTIAL,
    BundleError,
    Digest,
    UnreadableError,
    check_name,
)
from lanewatch.evidence.form import JOURNAL, LOGS
from lanewatch.evidence.tar import CHUNK, NOT_OURS, read_tar


@dataclass(slots=True)
class Found:
    """What lies there: digest and size of every file, and the bytes of all but full logs."""

    path: Path
    bundle: str = ""  # the folder's name inside a tar
    seconds: int | None = None  # the time of the files in a tar
    digests: dict[str, Digest] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    kept_bytes: int = 0

    def take(self, path: str, chunks: Iterable[bytes]) -> None:
        """Hash one file, and keep it where it is read later."""
        check_name(path)
        if len(self.digests) >= MOST_FILES:
            raise BundleError(f"more than {MOST_FILES} files")
        whole, size, parts = sha256(), 0, []
        for chunk in chunks:
            whole.update(chunk)
            size += len(chunk)
            if not path.startswith(LOGS):
                self._count(path, size, len(chunk))
                parts.append(chunk)
        self.digests[path] = Digest(whole.hexdigest(), size)
        if not path.startswith(LOGS):
            self.kept[path] = b"".join(parts)

    def _count(self, path: str, size: int, more: int) -> None:
        if size > MOST_PARSED and path != JOURNAL:
            raise BundleError(f"{path}: larger than {MOST_PARSED >> 20} MiB")
        self.kept_bytes += more
        if self.kept_bytes > MOST_KEPT:
            raise BundleError(f"more than {MOST_KEPT >> 20} MiB beside the full logs: no bundle has so much")


def find(path: Path) -> Found:
    """Everything at a path: a bundle's folder, or its tar."""
    if PARTIAL in (path.suffix, path.parent.suffix):
        raise BundleError("an export that was not finished")
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise BundleError("a link, not a bundle")
        return _find_folder(path) if stat.S_ISDIR(kind) else _find_tar(path)
    except OSError as error:
        raise UnreadableError(f"{path.name}: {error.strerror or type(error).__name__}") from None


def _find_folder(path: Path) -> Found:
    found = Found(path)
    for name in _walk(path, ""):
        found.take(name, _chunks(path / name))
    return found


def _find_tar(path: Path) -> Found:
    found = Found(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=CHUNK) as source:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BundleError("neither a folder nor a file")
        for member in read_tar(source):
            found.bundle, found.seconds = found.bundle or member.bundle, found.seconds or member.seconds
            if (member.bundle, member.seconds) != (found.bundle, found.seconds):
                raise BundleError(NOT_OURS)
            found.take(member.path, member.chunks)
    return found


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """The paths of all regular files; anything else but a folder with files is refused."""
    with os.scandir(folder) as entries:
        there = sorted(islice(entries, MOST_FILES + 1), key=lambda entry: entry.name)
    if not there and prefix:
        raise BundleError(f"{prefix[:-1]}: a folder with nothing in it")
    for entry in there:
        name = f"{prefix}{entry.name}"
        check_name(name)
        if entry.is_symlink():
            raise BundleError(f"{name}: a link")
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/")
        elif entry.is_file(follow_symlinks=False):
            yield name
        else:
            raise BundleError(f"{name}: neither a file nor a folder")


def _chunks(path: Path) -> Iterator[bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as source:
        while chunk := source.read(CHUNK):
            yield chunk
