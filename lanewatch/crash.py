"""What is left of a crash: one line on stderr, and a report of what broke where, without a word of what was read.

A bug that only one row suffers from, and whatever else logs an error, comes here too: nothing prints a traceback.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import lanewatch

BUG = "bug in lanewatch"  # which did not end it
OURS = ("lanewatch", "tui", "widgets")
DEEPEST = 100  # frames of one error: an endless recursion is as plain from these
KEPT_REPORTS = 20


class Crashes(logging.Handler):
    """The crashes of one run of `command`, each kind and place once, and the file that tells them all.

    `interrupted` is called where a Ctrl-C, or a signal that goes its way, came where nothing could be raised.
    """

    def __init__(self, command: str, interrupted: Callable[[], None]) -> None:
        super().__init__(logging.ERROR)
        self._command = command
        self._interrupted = interrupted
        self._lines: dict[str, str] = {}  # by what broke where
        self._path: Path | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What stderr is told."""
        where = f"report: {self._path}" if self._path else "no report could be written"
        return tuple(f"lanewatch: {line}; {where}" for line in self._lines.values())

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.add(error, BUG)
        else:  # of others, such as asyncio; its arguments may hold what was read
            self._enter(f"{record.name}:{record.lineno}", f"error logged by {record.name}", [str(record.msg)])

    def add(self, error: BaseException, kind: str = "internal error") -> None:
        """Enter a crash; again, from elsewhere, it is the same one."""
        what = f"{type(cause_of(error)).__name__} at {place_of(error)}"
        self._enter(what, f"{kind}: {what}", list(_told(error)))

    def of_thread(self, told: threading.ExceptHookArgs) -> None:
        """A thread of ours has ended with an error (`threading.excepthook`)."""
        if told.exc_value is not None:
            self.add(told.exc_value, BUG)

    def unraisable(self, told: sys.UnraisableHookArgs) -> None:
        """Something broke in a finalizer or a callback of Python's own (`sys.unraisablehook`)."""
        if isinstance(told.exc_value, KeyboardInterrupt):
            self._interrupted()
        elif told.exc_value is not None:
            self.add(told.exc_value, BUG)

    def _enter(self, key: str, line: str, told: list[str]) -> None:
        if key not in self._lines:
            self._lines[key] = line
            with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
                self._write("\n".join([line, *told, "", ""]))

    def _write(self, text: str) -> None:
        if self._path is None:
            self._path = _begun(f"{_system()}\ncommand: {self._command}\n\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def cause_of(error: BaseException) -> BaseException:
    """The error itself, or the first of those that ended a group of tasks."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def place_of(error: BaseException) -> str:
    """Module and line of the innermost frame of ours."""
    found = [f"{module}:{line}" for module, line, _ in _frames(cause_of(error)) if module.split(".")[0] in OURS]
    return found[-1] if found else "?"


def _told(error: BaseException) -> Iterator[str]:
    """Types and places of an error and of all that led to it; never a message, a value or a line of source."""
    yield type(error).__name__
    frames = list(_frames(error))
    for module, line, function in [*frames[: DEEPEST // 2], *frames[DEEPEST // 2 :][-DEEPEST // 2 :]]:
        yield f"  {module}:{line} {function}"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(one)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield "after"
        yield from _told(before)


def _frames(error: BaseException) -> Iterator[tuple[str, int, str]]:
    trace = error.__traceback__
    while trace is not None:
        yield _module(trace.tb_frame), trace.tb_lineno, trace.tb_frame.f_code.co_qualname
        trace = trace.tb_next


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "?"))


def _begun(head: str) -> Path:
    """A new file in the user's state folder, else among the temporary ones. Raises OSError, RuntimeError."""
    import tempfile

    from platformdirs import user_state_path

    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        folder = user_state_path("lanewatch") / "crashes"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.txt"))[: 1 - KEPT_REPORTS]:
            path.unlink(missing_ok=True)
        return _created(folder / name, head)
    except (OSError, RuntimeError):
        return _created(Path(tempfile.gettempdir()) / f"lanewatch-crash-{name}", head)


def _created(path: Path, head: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(head)
    return path


def _system() -> str:
    return f"lanewatch {lanewatch.__version__}, Python {sys.version.split()[0]}, {sys.platform}"
