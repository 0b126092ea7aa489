"""The journal written down as it grows, so that a lost connection loses nothing: `watch --resume` goes on with it.

One file a run in the user's state folder, in the form of journal_lines, locked by whoever writes it. A file goes after
7 days, and the oldest go first when all together are larger than 200 MB.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import IO

from lanewatch.logs.outliving import modified, outlived
from lanewatch.rollout.facts import Entry, Moment, Observation
from lanewatch.watch.journal import Journal
from lanewatch.watch.journal_lines import MOST_LINES, Chain, JournalError, read_lines

KEPT_BYTES = 200_000_000
WRITE_SECONDS = 1.0  # what a killed process may lose
LONGEST_FILE = MOST_LINES * 9 // 10  # lines; then the journal is written anew, as short as memory holds it
SAME_BOOT = 5.0  # seconds by which both clocks may disagree before the steady one is taken to have begun anew


class JournalKeeper:
    """Keeps the journal of one target on one set of systems (`place`, such as the path of its connections).

    `trouble` says why nothing is written any more, "" while it is.
    """

    def __init__(self, target: str, place: str, folder: Path, *, resume: bool = False) -> None:
        self.trouble = ""
        self._resume = resume
        self._lock = Lock()  # a write that is under way when the session ends goes before the last one
        self._folder = folder
        self._target = target
        self._place = place
        name = re.sub(r"[^A-Za-z0-9._-]", "_", target)
        self._stem = f"{name}-{sha256(place.encode()).hexdigest()[:8]}-"
        self._file: IO[bytes] | None = None
        self._path: Path | None = None
        self._chain = Chain()
        self._lines = 0
        self._written = 0  # entries of the journal, counted as it counts them
        self._replaces: Path | None = None

    @property
    def lane(self) -> str:
        """What tells this target on these systems from all others."""
        return self._stem

    def of(self, target: str) -> JournalKeeper:
        """One for another target on the same systems: it begins a journal."""
        return JournalKeeper(target, self._place, self._folder)

    def resumed(self, now: Moment) -> tuple[Entry, ...]:
        """What the newest run that nobody writes had seen, on our present steady clock; () unless that is wanted."""
        paths = self._folder.glob(f"{self._stem}*.jsonl") if self._resume else ()
        for path in sorted(paths, key=modified, reverse=True):
            if (file := _locked(path)) is not None:
                with file:
                    entries = tuple(_entries(file))
                if entries:
                    self._replaces = path
                    return tuple(_shifted(entries, now))
        return ()

    async def run(self, journal: Journal) -> None:
        """Write what comes, until cancelled; `finish` then writes the rest. Never raises for a full or broken disk."""
        while not self.trouble:
            await asyncio.to_thread(self._step, self._unwritten(journal), journal.appended)
            await asyncio.sleep(WRITE_SECONDS)

    def finish(self, journal: Journal) -> None:
        """Write the rest and let go of the file."""
        self._step(self._unwritten(journal), journal.appended)
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # a full disk has been told of; closing would write once more
                file.close()

    def _unwritten(self, journal: Journal) -> Sequence[Entry]:
        """The entries that are not in the file; all, where it begins anew."""
        new = len(journal.entries) if self._begins_anew() else journal.appended - self._written
        return tuple(journal.entries[len(journal.entries) - new :])

    def _begins_anew(self) -> bool:
        return self._file is None or self._lines > LONGEST_FILE

    def _step(self, entries: Sequence[Entry], appended: int) -> None:
        """Write the entries, which are the journal's last ones when it had got `appended` in all."""
        with self._lock:
            if not entries or self.trouble or self._written >= appended:
                return
            try:
                if self._begins_anew():
                    self._begin()
                else:
                    entries = entries[len(entries) - (appended - self._written) :]
                assert self._file is not None, "it was begun"
                self._file.write(b"".join(map(self._chain.line, entries)))
                self._file.flush()
                self._supersede()
            except OSError as error:
                self.trouble = f"the journal is no longer written down: {error.strerror}"
            self._lines += len(entries)
            self._written = appended

    def _begin(self) -> None:
        """A new file, locked from its first byte; the one before it is its past and goes once it is written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prune(self._folder, time.time())
        if self._file is not None:
            self._file.close()
            self._replaces = self._path
        self._chain, self._lines = Chain(), 1
        stamp = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{time.time_ns() % 10**9:09}"
        self._path = self._folder / f"{self._stem}{stamp}.jsonl"
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._file.write(self._chain.line(self._target))

    def _supersede(self) -> None:
        """Drop the file that this one goes on from: all of it stands here too."""
        if self._replaces is not None:
            self._replaces.unlink(missing_ok=True)
            self._replaces = None


def prune(folder: Path, now: float) -> None:
    """Delete journals that nobody writes: older than 7 days, and the oldest beyond 200 MB."""
    for path in outlived(folder.glob("*.jsonl"), now, KEPT_BYTES):
        if (file := _locked(path)) is not None:
            with file:
                path.unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes] | None:
    """The file, ours while it is open; None where another process writes it or it is gone."""
    try:
        file = path.open("rb")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    """What the file proves; a last line that was cut by a crash, or anything after a broken one, is left out."""
    try:
        for line in read_lines(file):
            if not isinstance(line.body, str | Moment):
                yield line.body
    except JournalError:
        return


def _shifted(entries: Sequence[Entry], now: Moment) -> Iterable[Entry]:
    """The entries with their steady seconds as our clock would have counted them: it begins anew with each boot.

    None is taken for younger than either clock says: the wall may have been set back meanwhile.
    """
    last = entries[-1].read_at
    by_wall = now.steady - (now.wall - last.wall).total_seconds()
    by_steady = last.steady if last.steady <= now.steady else 0.0  # of a boot before this one
    shift = min(by_wall, by_steady) - last.steady
    if abs(shift) < SAME_BOOT:
        return entries
    return [_moved(entry, shift) for entry in entries]


def _moved(entry: Entry, shift: float) -> Entry:
    moment = Moment(entry.read_at.wall, entry.read_at.steady + shift)
    if isinstance(entry, Observation):
        return replace(entry, read_at=moment)
    return replace(entry, read_at=moment)
