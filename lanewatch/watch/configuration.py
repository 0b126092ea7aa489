"""The files that a session was made from, looked at again while it runs (fault C03).

A change is validated whole: what is sound is applied without a restart, anything else is refused with the reason, and
what was in force stays so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.lane import Lane

if TYPE_CHECKING:
    from lanewatch.watch.live import Connected

LOOK_SECONDS = 5.0
TOLD_SECONDS = 20.0  # that a change was applied
REFUSED = "config changed and is refused, the former one is in force"

Mark = tuple[int, int]  # when it was modified, in ns, and its size


@dataclass(frozen=True, slots=True)
class Configured:
    """What the files say. `connect` makes the clients; `files` are all that were read."""

    lane: Lane
    connect: Callable[[], Connected]
    spec_texts: Sequence[tuple[str, bytes]]
    files: tuple[Path, ...]


class Configuration:
    """`load` reads the files anew; it raises ConfigurationError with every problem."""

    def __init__(self, files: Sequence[Path], load: Callable[[], Configured]) -> None:
        self._refused = ""  # why the files as they are now are not in force
        self._told_until = 0.0  # on the loop's clock
        self._load = load
        self._marks = _marks(files)

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
        """What has changed and is sound."""
        marks = _marks(list(self._marks))
        if marks == self._marks:
            return None
        self._marks = marks
        try:
            found = self._load()
        except (ConfigurationError, OSError) as error:
            first = str(error).splitlines()[0]
            self._refused = f"{REFUSED}: {first}"
            return None
        self._marks = {**_marks(found.files), **{path: mark for path, mark in marks.items() if path in found.files}}
        return found


def _marks(files: Sequence[Path]) -> dict[Path, Mark | None]:
    """None for a file that is not there: an editor may just replace it."""
    return {path: _mark(path) for path in files}


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
