"""The dashboard on a lane whose builder prints a file: python -m tests.bench.reading_app FILE.

The file is given as fast as it is taken, then goes on by a line every half second, as a log that is followed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from lanewatch.logs.log import CHUNK, Log
from lanewatch.logs.sources import Asked, Piece
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import Handle
from lanewatch.text import PATTERNS_ONLY
from tests.tui import pictures
from tests.tui.sessions import TickingSession
from tui.app import LanewatchApp
from tui.settings import Settings

BUILDER = Handle("log", "", "k8s-log:ci/agentrun-ci/builder/buildkit", "builder / buildkit")


class Printed:
    """A file as a log."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        with self._path.open("rb", buffering=0) as file:
            while data := file.read(CHUNK):
                yield data
        number = 0
        while True:
            await asyncio.sleep(0.5)
            number += 1
            yield f"one more line, number {number}\n".encode()


class PrintingSession(TickingSession):
    """Its lane's builder prints the file."""

    def __init__(self, path: Path, spools: Path) -> None:
        picture = pictures.running()
        build = replace(picture.stages[3], handles=(BUILDER,))
        super().__init__(replace(picture, stages=(*picture.stages[:3], build, *picture.stages[4:])))
        self._path, self._folder = path, SpoolFolder(spools)

    def log(self, handle: Handle) -> Log:
        return Log(handle.title, Printed(self._path), self._folder, PATTERNS_ONLY)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lanewatch-bench-") as spools:
        LanewatchApp(PrintingSession(Path(sys.argv[1]), Path(spools)), settings=Settings()).run()


if __name__ == "__main__":
    main()
