"""A secret of each kind, cut at every place, is nowhere that a log goes: spool, screen, clipboard, evidence, stdout."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from lanewatch.logs.log import Log, State
from lanewatch.logs.reading import LogReader
from lanewatch.logs.sources import Asked, Piece
from lanewatch.logs.spool import SpoolFolder
from lanewatch.output.log_lines import LogPrinter, Wanted
from lanewatch.rollout.facts import Handle
from lanewatch.text import Redactor
from tests.logs.canaries import GIVEN, canaries
from tests.tui.screen_text import frame
from tests.tui.test_log_pane import BUILD, LoggingSession
from tui.app import LanewatchApp
from tui.settings import Settings

STAMP = "2026-07-16T23:10:43.123456789Z "
REDACTOR = Redactor([GIVEN], fingerprint_key=b"k" * 32)
LAST = "the last line"


@dataclass(frozen=True)
class EveryCut:
    """Each canary once for every place in it, or for each so many of them, cut there."""

    step: int = 1

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        for line, _ in canaries().values():
            data = f"{STAMP}before\n{line}\nafter\n".encode()
            for cut in range(1, len(data), self.step):
                yield data[:cut]
                yield data[cut:]
        yield f"{LAST}\n".encode()


EVERY, FEW = EveryCut(), EveryCut(7)  # the screen draws from the spool, which is looked through whole


class CanarySession(LoggingSession):
    def log(self, handle: Handle) -> Log:
        self.made.append(made(self.spools, FEW))
        return self.made[-1]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {BUILD: FEW})  # type: ignore[dict-item]
        self.spools = folder


def made(folder: Path, source: EveryCut = EVERY) -> Log:
    return Log("builder", source, SpoolFolder(folder), REDACTOR)


def clean(text: str) -> bool:
    """Whether none of the secrets stands in a text."""
    return not any(secret in text for _, secret in canaries().values())


class CanaryReader(LogReader):
    def open(self, handle: Handle) -> Log:
        return made(self.spools)


async def test_spool_stdout_and_what_evidence_takes_hold_no_canary(tmp_path: Path) -> None:
    log = made(tmp_path)
    await log.run(Asked())
    stored = log.stored(0, 1 << 30).decode()
    assert stored.count("[redacted:") > 1000
    assert clean(stored)
    assert clean(b"".join(log.plain()).decode())
    reader = CanaryReader(None, {}, REDACTOR, spools=tmp_path)
    assert clean("\n".join((await reader.read(BUILD)).lines))
    out, err = io.StringIO(), io.StringIO()
    for stamps, colour in ((True, True), (False, False)):
        await LogPrinter(reader, Wanted(None, None, stamps, None, "", colour), out, err).print_once(BUILD)
    assert LAST in out.getvalue()
    assert clean(out.getvalue() + err.getvalue())
    log.close()


async def test_screen_and_clipboard_hold_no_canary(tmp_path: Path) -> None:
    session = CanarySession(tmp_path)
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=(100, 60), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("4", "l")
        async with asyncio.timeout(60):
            while not any(log.state is State.ENDED for log in session.made):
                await pilot.pause(0.05)
        seen = ""
        for _ in range(200):
            await pilot.pause()
            seen = frame(app)
            assert clean(seen)
            assert clean(str(app.screen.values()))  # type: ignore[attr-defined]
            if LAST in seen:
                break
            await pilot.press("pagedown")
        assert LAST in seen
        await pilot.press("y", "enter")
        await pilot.pause()
        assert app.clipboard
        assert clean(app.clipboard)
