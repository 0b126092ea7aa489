"""Exports a watched lane as a bundle: for the command and for the dashboard's key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from lanewatch.evidence.collecting import Collected, Watched, collect
from lanewatch.evidence.layout import layout
from lanewatch.evidence.writing import Seal, WritingError, write_bundle
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
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write what the session knows now below `folder`; the bundle's path.

    `screen` is the dashboard as SVG; `seal` signs (signing.py); `progress` is called on the event loop with a short
    text. Reading happens on the loop, writing in a thread. Raises WritingError, SigningError, OSError.
    """
    loop = asyncio.get_running_loop()

    def tell(text: str) -> None:
        loop.call_soon_threadsafe(progress, text)

    collected = await collect(session, whole_logs=whole_logs, screen=screen, progress=tell)

    def write() -> Path:
        try:
            check_no_secret(collected, session.redactor)
            return write_bundle(
                collected.material, folder, logs=collected.logs, as_tar=as_tar, seal=seal, progress=tell
            )
        finally:
            collected.close()

    return await asyncio.to_thread(write)


def check_no_secret(collected: Collected, redactor: Redactor) -> None:
    """The last look before anything is written: a loaded secret anywhere stops the export. Raises WritingError."""
    for path, text in _texts(collected):
        if redactor.redact(text).count(LEAK) > text.count(LEAK):
            raise WritingError(f"a secret would have stood in {path}: nothing was written; please report it")


def _texts(collected: Collected) -> Iterator[tuple[str, str]]:
    found = layout(collected.material)
    for path, data in {**found.primary, **found.derived}.items():
        yield path, data.decode()
