"""The screen at its terminal: how soon an event or a key is seen, and what a screen that stands costs.

Everything is measured at a pseudo-terminal of 120×36, beside a bare Textual app in the same run.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measuring import REPOSITORY, Claim
from tests.bench.screen_app import mark

EVENTS = 60
GAP_SECONDS = 0.11  # between two events, so that none waits for the one before
WATCHED_SECONDS = 15.0  # of a standing screen
DEADLINE_SECONDS = 20.0
EVENT_SECONDS, KEY_SECONDS = 0.050, 0.050  # p95 allowed (issue 5)
IDLE_SHARE, RUNNING_SHARE = 0.01, 0.03  # of a core
TERMINAL_BYTES = 2048  # a second, with running bars
RESIDENT_BYTES = 120e6


class Screen:
    """One app in a terminal; `arrive` sends it an event."""

    def __init__(self, kind: str) -> None:
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        events, self._events = os.pipe()
        command = [sys.executable, "-m", "tests.bench.screen_app", kind, str(events)]
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment,
                                         cwd=REPOSITORY, pass_fds=(events,), start_new_session=True)  # fmt: skip
        os.close(slave)
        os.close(events)

    def arrive(self) -> None:
        os.write(self._events, b"!")

    def type(self, key: bytes) -> None:
        os.write(self._terminal, key)

    def until(self, mark: bytes) -> None:
        """Read until the mark is written."""
        seen, end = b"", time.monotonic() + DEADLINE_SECONDS
        while mark not in seen:
            if not select.select([self._terminal], [], [], end - time.monotonic())[0]:
                raise TimeoutError(f"no {mark!r}")
            seen += os.read(self._terminal, 65536)

    def read(self, seconds: float) -> int:
        """Bytes that are written within so many seconds."""
        count, end = 0, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                count += len(os.read(self._terminal, 65536))
        return count

    def processor_seconds(self) -> float:
        numbers = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._events)
        os.close(self._terminal)


@contextmanager
def screen(kind: str, ready: bytes) -> Iterator[Screen]:
    opened = Screen(kind)
    try:
        opened.until(ready)
        opened.read(2.0)  # what is loaded late is loaded now
        yield opened
    finally:
        opened.close()


def screen_claims() -> list[Claim]:
    """All of "Must reach" that the screen alone decides; what polling costs is measured with the sweep."""
    with screen("bare", b"ready for events") as bare:
        bare_event, bare_key = _events(bare), _keys(bare)
    with screen("running", b"runtime-provenance") as running:
        event = _events(running)
        share, written = _standing(running)
        resident = running.resident_bytes()
    with screen("done", b"runtime-provenance") as done:
        idle, _ = _standing(done)
    with screen("board", b"agentrun-jd000-v02") as board:
        key = _keys(board)
    print(f"  bare Textual app: event p95 {bare_event * 1000:.1f} ms, key p95 {bare_key * 1000:.1f} ms")
    return [
        Claim("event to bytes p95 / 50 ms", event, EVENT_SECONDS, 1.0),
        Claim("event to bytes p95 / (bare Textual app + 40 ms)", event, bare_event + 0.04, 1.0),
        Claim("key to screen p95, 200 targets / 50 ms", key, KEY_SECONDS, 1.0),
        Claim("idle screen with ages / 1 % of a core", idle, IDLE_SHARE, 1.0, "core"),
        Claim("screen with running bars / 3 % of a core", share, RUNNING_SHARE, 1.0, "core"),
        Claim("written with running bars / 2 KiB a second", written, TERMINAL_BYTES, 1.0, "B/s"),
        Claim("resident / 120 MB", resident / 1e6, RESIDENT_BYTES / 1e6, 1.0, "MB"),
    ]


def _events(screen: Screen) -> float:
    """p95 seconds from an event to its mark at the terminal."""
    return _p95(screen, screen.arrive, lambda number: mark(number).encode())


def _keys(screen: Screen) -> float:
    """p95 seconds from a key to the first cells that it changes."""
    return _p95(screen, lambda: screen.type(b"j"), lambda _: b"\x1b[")


def _p95(screen: Screen, cause: Callable[[], None], seen: Callable[[int], bytes]) -> float:
    seconds = []
    for number in range(1, EVENTS + 1):
        began = time.perf_counter()
        cause()
        screen.until(seen(number))
        seconds.append(time.perf_counter() - began)
        screen.read(GAP_SECONDS)
    return statistics.quantiles(seconds, n=20)[-1]


def _standing(screen: Screen) -> tuple[float, float]:
    """The share of a core and the bytes a second of a screen that nobody touches."""
    before, began = screen.processor_seconds(), time.monotonic()
    written = screen.read(WATCHED_SECONDS)
    passed = time.monotonic() - began
    return (screen.processor_seconds() - before) / passed, written / passed


if __name__ == "__main__":
    for claim in screen_claims():
        print(claim)
