"""A log of 1 GB on a real terminal of 80 × 24: opened while it comes, walked through, searched, followed and left."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.flood import Terminal, running
from tests.bench.logs import LAST, write_log
from tests.bench.measuring import Claim, python

KEYS = 40
PAUSE = 0.05  # between a key's answer and the next key
OPENED, LEFT = b"keys that work here", b"first error"  # on the page of keys; in the foot of the log
KEY_SECONDS, LEAVE_SECONDS = 0.1, 2.0


def gigabyte_claims() -> list[Claim]:
    """Every figure is taken at the terminal, of one program from its start to its end; and the same keys beside it on a
    log of ten lines, for what the machine is worth now.
    """
    with tempfile.TemporaryDirectory(prefix="lanewatch-bench-") as folder:
        path, small = Path(folder) / "big.log", Path(folder) / "small.log"
        write_log(path)
        small.write_bytes(b"a line\n" * 10)
        with running(python(["-m", "tests.bench.reading_app", str(small)])) as terminal:
            _open(terminal)
            calm = _answers(terminal)
        with running(python(["-m", "tests.bench.reading_app", str(path)])) as terminal:
            opened = _open(terminal)
            while_read = _answers(terminal)
            _wait_for_all(terminal)
            while_followed = _answers(terminal)
            found = terminal.seconds_until(f"“{LAST}” 1 of 1".encode(), b"/" + LAST.encode() + b"\r")
            resident = _resident(terminal.process)
            left = _leave(terminal)
    return [
        Claim("1 GB on the screen: opened / 1 s", opened, 1.0, 1.0),
        Claim("1 GB on the screen: p95 of keys while it is read / 100 ms", _p95(while_read), KEY_SECONDS, 1.0),
        Claim("1 GB on the screen: median of keys then / on ten lines", _median(while_read), _median(calm), 2.0),
        Claim("1 GB on the screen: median of keys later / on ten lines", _median(while_followed), _median(calm), 1.5),
        Claim("1 GB on the screen: the last line found / 5 s", found, 5.0, 1.0),
        Claim("1 GB on the screen: resident / 200 MB", resident / 1e6, 200.0, 1.0, "MB"),
        Claim("1 GB on the screen: left / 2 s", left, LEAVE_SECONDS, 1.0),
    ]


def _open(terminal: Terminal) -> float:
    """Seconds from the key to the first lines."""
    terminal.seconds_until(b"build-or-reuse")
    terminal.read_for(2.0)
    return terminal.seconds_until(b" lines, ", b"4l")


def _answers(terminal: Terminal) -> list[float]:
    """Seconds until the page of keys opened and closed again, at the end of the log."""
    os.write(terminal.terminal, b"G")
    terminal.read_for(0.3)
    answered = []
    for number in range(KEYS):
        answered.append(terminal.seconds_until((OPENED, LEFT)[number % 2], b"?"))
        terminal.read_for(PAUSE)
    return answered


def _wait_for_all(terminal: Terminal) -> None:
    """Until what comes after the file stands at the end; of a row only what changes is written."""
    end = time.monotonic() + 60.0
    while b"more line" not in terminal.written:
        terminal.read(1.0)
        if time.monotonic() > end:
            raise TimeoutError("the log was not read to its end")


def _leave(terminal: Terminal) -> float:
    """Out of the search and of the stage, then out of the program: seconds until its end of the terminal is closed."""
    for _ in range(2):
        os.write(terminal.terminal, b"\x1b")
        terminal.read_for(0.5)
    began = time.monotonic()
    os.write(terminal.terminal, b"q")
    try:
        while time.monotonic() - began < 30.0:
            terminal.read(1.0)
    except OSError:  # closed
        return time.monotonic() - began
    raise TimeoutError("the program did not end")


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds)


if __name__ == "__main__":
    for claim in gigabyte_claims():
        print(claim)
