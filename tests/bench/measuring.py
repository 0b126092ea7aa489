"""How a claim is measured: commands in turn, A B A B …, medians of their processor time and wall time."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 15


@dataclass(frozen=True)
class Claim:
    """One line of the bench: a measured value, its floor, and the most that their ratio may be."""

    name: str
    value: float
    floor: float
    most: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    def __str__(self) -> str:
        word = "ok  " if self.ratio <= self.most else "OVER"
        sides = f"{self.value:.3f} {self.unit} / {self.floor:.3f} {self.unit}"
        return f"{word} {self.name:<44} {self.ratio:5.2f} × (at most {self.most:g})   {sides}"


def python(code_or_module: Sequence[str]) -> list[str]:
    return [sys.executable, *code_or_module]


def lanewatch(*arguments: str) -> list[str]:
    """The installed command, as a person starts it."""
    return [str(Path(sys.executable).parent / "lanewatch"), *arguments]


def side_by_side(value: Sequence[str], floor: Sequence[str], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median processor seconds (user and system) of two commands, run in turn after one warm-up each."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for command, kept in zip((value, floor), times, strict=True):
            seconds = _processor_seconds(command)
            if turn:
                kept.append(seconds)
    return statistics.median(times[0]), statistics.median(times[1])


def _processor_seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def seconds_until(command: Sequence[str], mark: bytes, **environ: str) -> float:
    """Wall seconds from starting a command on a terminal of its own until it has written `mark`."""
    import pty

    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36", **environ})
        os.chdir(REPOSITORY)
        os.execvp(command[0], list(command))
    seen = b""
    try:
        while mark not in seen:
            seen += os.read(terminal, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(process, 15)
        _drain(terminal)
        os.waitpid(process, 0)


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return
