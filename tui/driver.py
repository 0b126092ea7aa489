"""Draws on stdout's terminal, which may go away at any moment (a closed window, a lost ssh), and never hangs on it.

Faults of Textual 8.2.8 are answered here. Its writer thread dies on the first failed write, and then the app waits for
ever for room in that thread's queue. Its input thread panics with a traceback and exit code 0. The kernel sends
SIGCONT with the SIGHUP of a vanished terminal, on which it starts a second application mode while ending the first. And
it believes COLUMNS and LINES, which a shell may have exported, more than the terminal: no resize is then seen.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"  # of the window; a terminal without this ignores it
HANGUP = 128 + signal.SIGHUP


class LastingFile:
    """A terminal to write to; once a write has failed it is gone, and further text goes nowhere."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.gone = False

    def write(self, text: str) -> int:
        self._try(lambda: self._file.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _try(self, step: Callable[[], object]) -> None:
        if not self.gone:
            try:
                step()
            except OSError:
                self.gone = True  # LivingDriver.flush ends the app


class LivingDriver(LinuxDriver):
    """Ends the app with the exit code of a hang-up when the terminal is gone; resumes only what was suspended."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal = LastingFile(cast(IO[str], sys.__stdout__))
        self._file = cast(TextIOWrapper, self._terminal)

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self.fileno)
        except OSError:
            width, height = 0, 0
        return (width, height) if width and height else super()._get_terminal_size()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(SAVE_TITLE)

    def stop_application_mode(self) -> None:
        self.write(RESTORE_TITLE)
        super().stop_application_mode()

    def flush(self) -> None:
        super().flush()
        if self._terminal.gone and self._app.is_running:
            self._app.exit(return_code=HANGUP)

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            self._terminal.gone = True
            self._app.call_later(self._app.exit, return_code=HANGUP)

    def _sigcont_application(self, *_: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()
