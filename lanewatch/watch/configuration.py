"""The files that a session was made from, looked at again while it runs (fault C03).

A change is validated whole: what is sound is applied without a restart, anything else is refused with the reason, and
what was in force stays so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.lane import Lane

if TYPE_CHECKING:
    from lanewatch.watch.live import Connected

LOOK_SECONDS = 5.0
TOLD_SECONDS = 20.0  # that a change was applied
REFUSED = "config changed and is refused, the former one is in force"

Mark = tuple[int, int, int]  # when it was modified, in ns, its size, and which file it is: others are put in its place


@dataclass(frozen=True, slots=True)
class Reached:
    """What kubeconfigs lead to: by plane the cluster and the identity, or why it has none. `files`: what was read."""

    clusters: Mapping[str, object] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def lost(self, before: Reached) -> str:
        """Why a plane that could be reached cannot be any more; "" where none is lost."""
        return next((reason for plane, reason in self.failures.items() if plane in before.clusters), "")


@dataclass(frozen=True, slots=True)
class Configured:
    """What the files say. `connect` makes the clients; `files` are all that were read, without the kubeconfigs.

    `reach` reads those: it takes longer, and a start does not wait for it.
    """

    lane: Lane
    connect: Callable[[], Connected]
    spec_texts: Sequence[tuple[str, bytes]]
    files: tuple[Path, ...]
    reach: Callable[[], Reached] = Reached


class Configuration:
    """`load` reads the files of `first` anew; it raises ConfigurationError with every problem."""

    def __init__(self, first: Configured, load: Callable[[], Configured]) -> None:
        self._refused = ""  # why the files as they are now are not in force
        self._told_until = 0.0  # on the loop's clock
        self._load = load
        self._reach = first.reach
        self._reached: Reached | None = None  # in force; None before the first look
        self._marks = _marks(first.files)

    @property
    def trouble(self) -> str:
        """Why the files are not in force; for a while after a change, that they are."""
        told = asyncio.get_running_loop().time() < self._told_until
        return self._refused or ("config changed: it is in force now" if told else "")

    async def follow(self, apply: Callable[[Configured], Awaitable[str]]) -> None:
        """Look every five seconds, in a thread, until cancelled. `apply` gives why it cannot, else ""."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found = await asyncio.to_thread(self._look)
            if found is None:
                continue
            reason = await apply(found)
            self._refused = f"{REFUSED}: {reason}" if reason else ""
            self._told_until = asyncio.get_running_loop().time() + TOLD_SECONDS

    def _look(self) -> Configured | None:
        """What has changed and is sound. What is refused is looked at again: the fault may lie in a file beside."""
        if self._reached is None:
            self._reached = self._reach()
            self._marks |= _marks(self._reached.files)
        marks = _marks(list(self._marks))
        if marks == self._marks and not self._refused:
            return None
        touched = {path for path in marks if marks[path] != self._marks[path]}
        self._marks = marks
        try:
            return self._sound(touched, self._reached)
        except (ConfigurationError, OSError) as error:
            self._refused = f"{REFUSED}: {str(error).splitlines()[0]}"
        return None

    def _sound(self, touched: Set[Path], before: Reached) -> Configured | None:
        """What the files say now; None where all that differs is of no matter to us. Raises ConfigurationError."""
        found = self._load()
        reached = found.reach()
        self._marks = {**_marks([*found.files, *reached.files]), **_kept(self._marks, found.files, reached.files)}
        if reason := reached.lost(before):
            self._refused = f"{REFUSED}: {reason}"
            return None
        if not self._refused and touched <= set(before.files) and reached == before:
            return None
        self._reached = reached
        return found


def _marks(files: Sequence[Path]) -> dict[Path, Mark | None]:
    """None for a file that is not there: an editor may just replace it."""
    return {path: _mark(path) for path in files}


def _kept(marks: Mapping[Path, Mark | None], *read: Sequence[Path]) -> dict[Path, Mark | None]:
    """Those from before the files were read: one that was changed meanwhile differs at the next look."""
    return {path: marks[path] for files in read for path in files if path in marks}


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
