"""Exports a watched lane as a bundle: for the command and for the dashboard's key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from lanewatch.evidence.collecting import Collected, Watched, collect
from lanewatch.evidence.layout import layout
from lanewatch.evidence.writing import Progress, Seal, WritingError, write_bundle
from lanewatch.text import Redactor

LEAK = "[redacted:secret"  # how a redactor marks an exact value, in any encoding that it knows


async def export(
    session: Watched,
    folder: Path,
    *,
    as_tar: bool = False,
    whole_logs: bool = False,
    screen: str | None = None,
    seal: Seal = lambda _: (),
    progress: Progress = lambda _: None,
) -> Path:
    """Write what the session knows now below `folder`; the bundle's path.

    `screen` is the dashboard as SVG; `seal` signs (signing.py); `progress` is called on the event loop with a short
    text. Reading happens on the loop, writing in a thread. Raises WritingError, SigningError, OSError.
    """
    loop, stopped = asyncio.get_running_loop(), Event()

    def tell(text: str) -> None:
        loop.call_soon_threadsafe(progress, text)

    collected = await collect(session, whole_logs=whole_logs, screen=screen, progress=tell)
    write = _Writing(collected, session.redactor, folder, as_tar, seal, tell, stopped)
    try:
        return await asyncio.to_thread(write.run)
    except asyncio.CancelledError:
        stopped.set()
        raise


@dataclass(frozen=True, slots=True)
class _Writing:
    """The part that runs in a thread; it gives up, and leaves nothing, soon after `stopped` is set."""

    collected: Collected
    redactor: Redactor
    folder: Path
    as_tar: bool
    seal: Seal
    tell: Progress
    stopped: Event

    def run(self) -> Path:
        try:
            check_no_secret(self.collected, self.redactor)
            logs = [replace(log, chunks=self._until_stopped(log.chunks)) for log in self.collected.logs]
            return write_bundle(
                self.collected.material, self.folder, logs=logs, as_tar=self.as_tar, seal=self._sealed,
                progress=self.tell,
            )  # fmt: skip
        finally:
            self.collected.close()

    def _until_stopped(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._check()
            yield chunk

    def _sealed(self, bundle: Path) -> Iterable[str]:
        """Runs when all is written and nothing is seen yet."""
        self._check()
        return self.seal(bundle)

    def _check(self) -> None:
        if self.stopped.is_set():
            raise WritingError("cancelled: nothing was exported")


def check_no_secret(collected: Collected, redactor: Redactor) -> None:
    """The last look before anything is written: a loaded secret anywhere stops the export. Raises WritingError."""
    for path, text in _texts(collected):
        if redactor.redact(text).count(LEAK) > text.count(LEAK):
            raise WritingError(f"a secret would have stood in {path}: nothing was written; please report it")


def _texts(collected: Collected) -> Iterator[tuple[str, str]]:
    found = layout(collected.material)
    for path, data in {**found.primary, **found.derived}.items():
        yield path, data.decode()
