"""The flood on a real terminal: how soon a key is answered while a million lines come, and whether all of them do."""

from __future__ import annotations

import os
import re
import select
import statistics
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.measuring import REPOSITORY, Claim, lanewatch

BEGIN = 40.0  # second of the story: the builder prints its second lines, ten seconds before the burst
SECONDS = 13.0  # until the burst is over
LINES = 1_000_000
MOST_SECONDS = 60.0
PAUSE = 0.05  # between a key's answer and the next key: a person who is in a hurry
OPENED, LEFT = b"keys that work here", b"first error"  # on the page of keys; in the foot of the log
COUNT = re.compile(rb"([0-9,]+) lines, ")


class Terminal:
    """A program on a terminal of 80 × 24 of its own, and all that it has written."""

    def __init__(self, command: list[str]) -> None:
        import fcntl
        import pty
        import termios

        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update({"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"})
            os.chdir(REPOSITORY)
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.written = b""

    def seconds_until(self, mark: bytes, keys: bytes = b"") -> float:
        """Wall seconds from typing `keys` to `mark` on the terminal; raises TimeoutError when it does not come."""
        began, seen = time.monotonic(), len(self.written)
        os.write(self.terminal, keys)
        while mark not in self.written[seen:]:
            self.read(began + MOST_SECONDS - time.monotonic())
            if time.monotonic() - began > MOST_SECONDS:
                raise TimeoutError(f"no {mark!r} after {keys!r}")
        return time.monotonic() - began

    def read(self, seconds: float) -> None:
        """Take what is written within so many seconds, at the first sign of it."""
        if select.select([self.terminal], [], [], max(0.0, seconds))[0]:
            self.written += os.read(self.terminal, 1 << 16)

    def read_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)


@contextmanager
def running(command: list[str]) -> Iterator[Terminal]:
    terminal = Terminal(command)
    try:
        yield terminal
    finally:
        os.kill(terminal.process, 15)
        try:
            while True:
                terminal.read(MOST_SECONDS)
        except OSError:  # its end is closed
            os.waitpid(terminal.process, 0)


def flood_claims() -> list[Claim]:
    """The same keys while a million lines come and, for what the machine is worth now, while hardly any do."""
    flooded, received = _answers("flood")
    calm, _ = _answers("build")
    return [
        Claim(f"flood: p95 of {len(flooded)} keys to the screen / 100 ms", _p95(flooded), 0.1, 1.0),
        Claim("flood: p95 of keys / on a calm lane", _p95(flooded), _p95(calm), 2.0),
        Claim("flood: median of keys / on a calm lane", statistics.median(flooded), statistics.median(calm), 2.0),
        Claim("flood: lines printed / lines received", LINES, received, 1.0, "lines"),
    ]


def _answers(scenario: str) -> tuple[list[float], int]:
    """Opens the builder's log, stays at its end, and looks at the page of keys and back all the while.

    Gives the seconds until each key was answered, and the lines of the log at its end.
    """
    with running(lanewatch("demo", scenario, "--at", str(BEGIN))) as terminal:
        terminal.seconds_until(b"build-or-reuse")
        started = time.monotonic()
        terminal.read_for(3.0)
        terminal.seconds_until(LEFT, b"4l")
        terminal.seconds_until(b" lines, ", b"G")
        answered = []
        while time.monotonic() - started < SECONDS:
            for mark in (OPENED, LEFT):
                answered.append(terminal.seconds_until(mark, b"?"))
                terminal.read_for(PAUSE)
        terminal.seconds_until(b"complete")
        for mark in (OPENED, LEFT):  # of a count only the digits that change are written: now all of it is
            terminal.seconds_until(mark, b"?")
        terminal.read_for(1.0)
        return answered, max(int(told.replace(b",", b"")) for told in COUNT.findall(terminal.written))


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    for claim in flood_claims():
        print(claim)
