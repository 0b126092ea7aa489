"""Writes a bundle whole or not at all: into a hidden folder, every byte synced, then one rename.

A process that is killed leaves at most that hidden folder, which `verify` refuses by its name and the next export
sweeps away. Folders are 0700, files 0600, nothing is followed and nothing overwritten.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from lanewatch.evidence.bag import MOST_KEPT, PARTIAL, PREFIX, Digest
from lanewatch.evidence.form import LOGS
from lanewatch.evidence.layout import layout, tag_files
from lanewatch.evidence.material import FullLog, Material
from lanewatch.evidence.tar import write_tar

Progress = Callable[[str], None]
Seal = Callable[[Path], Iterable[str]]  # signs a written bundle in place; gives the names of the files that it added


class WritingError(Exception):
    """The bundle was not written; one line with what to do."""


@dataclass(frozen=True, slots=True)
class LogStream:
    """A log to be kept whole: redacted, clean text in pieces."""

    stage: str
    locator: str
    title: str
    note: str
    chunks: Iterable[bytes]


def write_bundle(
    material: Material,
    folder: Path,
    *,
    logs: Iterable[LogStream] = (),
    as_tar: bool = False,
    seal: Seal = lambda _: (),
    progress: Progress = lambda _: None,
) -> Path:
    """Write it below `folder`, which is made where missing; the path of the bundle. Raises WritingError, OSError."""
    _check(folder)
    _sweep(folder)
    with _hidden(folder) as hidden:
        inside = hidden / "bundle"
        inside.mkdir(mode=0o700)
        name, paths = _fill(inside, material, logs, progress)
        paths += seal(inside)
        inside = inside.rename(hidden / name)
        if as_tar:
            progress("writing the tar")
            inside = _packed(inside, paths, int(material.at.wall.timestamp()))
        _sync_folders(hidden)
        return _published(inside, folder / inside.name)


def _check(folder: Path) -> None:
    """The place must be ours to write to and no link: nobody else may put something where we write."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise WritingError(f"{folder} is a link: name the folder itself")
    if not stat.S_ISDIR(status.st_mode):
        raise WritingError(f"{folder} is no folder")
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        raise WritingError(f"{folder} can be written by everybody: name a folder of your own")


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """A locked folder of our own, gone at the end whatever happens but a kill."""
    hidden = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=PARTIAL, dir=folder))
    lock = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(lock)


def _sweep(folder: Path) -> None:
    """Remove what killed exports left: hidden folders of ours that no living process holds."""
    for stray in folder.glob(f"{PREFIX}*{PARTIAL}"):
        with suppress(OSError):
            lock = os.open(stray, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(stray)
            finally:
                os.close(lock)


def _fill(inside: Path, material: Material, logs: Iterable[LogStream], progress: Progress) -> tuple[str, list[str]]:
    """Every file but signatures; the bundle's name and the paths written."""
    kept = tuple(_log(inside, number, log, progress) for number, log in enumerate(logs, 1))
    whole = replace(material, logs=kept)
    found = layout(whole)
    size = sum(map(len, (*found.primary.values(), *found.derived.values())))
    if size > MOST_KEPT:
        raise WritingError(f"the journal is too long for a bundle ({size >> 20} of {MOST_KEPT >> 20} MiB)")
    payload = {LOGS + log.name: Digest(log.digest, log.size) for log in kept}
    for path, data in {**found.primary, **found.derived}.items():
        payload[path] = _write(inside, path, (data,))
    tags = tag_files(found, material.tools, payload)
    for path, data in tags.items():
        _write(inside, path, (data,))
    return found.name, [*payload, *tags]


def _log(inside: Path, number: int, log: LogStream, progress: Progress) -> FullLog:
    name = f"{number:03}.log"
    progress(f"writing {log.title}")
    digest = _write(inside, LOGS + name, log.chunks)
    return FullLog(name, log.stage, log.locator, log.title, digest.sha256, digest.size, log.note)


def _write(inside: Path, path: str, chunks: Iterable[bytes]) -> Digest:
    """One new file, synced; what was written into it."""
    place = inside / path
    _make_folder(inside, place.parent)
    whole, size = sha256(), 0
    with os.fdopen(_create(place), "wb", buffering=0) as target:
        for chunk in chunks:
            whole.update(chunk)
            size += len(chunk)
            _write_all(target.fileno(), chunk)
        os.fsync(target.fileno())
    return Digest(whole.hexdigest(), size)


def _make_folder(inside: Path, folder: Path) -> None:
    """The folder and those above it, each for us alone: `parents=True` would leave that to the umask."""
    if folder != inside and not folder.exists():
        _make_folder(inside, folder.parent)
        folder.mkdir(mode=0o700)


def _create(place: Path) -> int:
    return os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _packed(inside: Path, paths: list[str], seconds: int) -> Path:
    """The bundle as a tar beside its folder."""
    place = inside.with_name(f"{inside.name}.tar")
    with os.fdopen(_create(place), "wb") as target:
        write_tar(target, inside, paths, max(0, seconds))
        target.flush()
        os.fsync(target.fileno())
    return place


def _sync_folders(hidden: Path) -> None:
    for folder, _, _ in os.walk(hidden):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _published(inside: Path, place: Path) -> Path:
    """Move it to where it is seen, unless something is there."""
    try:
        if inside.is_dir():
            if os.path.lexists(place):
                raise FileExistsError
            inside.rename(place)
        else:
            os.link(inside, place)  # a rename would replace what is there
    except FileExistsError:
        raise WritingError(f"{place} exists: it is not overwritten") from None
    _sync(place.parent)
    return place
