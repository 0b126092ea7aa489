"""The life of a real terminal: signals give it back, a crash tells nothing, NO_COLOR is obeyed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tui.sessions import SENTINEL
from tui.life import ACTIVE

ROOT = Path(__file__).parents[2]
READY = b"runtime-provenance"
DEADLINE_SECONDS = 30.0
# All that Textual itself writes: cursor, colours and modes, and the mouse pointer's shape; and our window title.
OURS = re.compile(r"\x1b\[[?>=<]?[0-9;]*\$?[Hhlmput]|\x1b\]22;[a-z-]*\x07|\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07")
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")


class Terminal:
    """The dashboard in a pseudo-terminal."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        base = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "LC_ALL"}}
        base |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environment}
        command = [sys.executable, "-m", "tests.tui.demo", *arguments]
        ends = {"stdin": slave, "stdout": slave, "stderr": slave}
        self.process = subprocess.Popen(command, cwd=ROOT, env=base, start_new_session=True, **ends)
        self._open = True
        self.output = b""

    def until(self, mark: bytes) -> None:
        while mark not in self.output:
            assert self._read(DEADLINE_SECONDS), f"no {mark!r} in {self.output[-2000:]!r}"

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self) -> int:
        """The exit code; reads meanwhile, because a full pseudo-terminal would hold the process up."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self._read(0.02)
        while self._read(0.0):
            pass
        return self.process.returncode

    def attributes(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    def vanish(self) -> None:
        """As when the window is closed: nothing can be read or written any more."""
        os.close(self._slave)
        os.close(self._master)
        self._open = False

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._open:
            self.vanish()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        self.output += os.read(self._master, 65536)
        return True


@contextmanager
def terminal(*arguments: str, **environment: str) -> Iterator[Terminal]:
    opened = Terminal(arguments, environment)
    try:
        opened.until(READY)
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_gives_the_terminal_back(number: signal.Signals, code: int) -> None:
    with terminal("running") as opened:
        opened.process.send_signal(number)
        assert opened.end() == code
        assert all(mark in opened.output for mark in RESTORED)
        assert opened.attributes() == opened.before


def test_a_terminal_that_goes_away_ends_the_app_even_without_a_signal() -> None:
    with terminal("running") as opened:
        opened.vanish()
        assert opened.process.wait(DEADLINE_SECONDS) == 129


def test_a_terminal_that_goes_away_while_much_is_written_does_not_hold_the_app_up() -> None:
    with terminal("running") as opened:
        opened.type(b"4lGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGgGg")
        opened.vanish()
        opened.process.send_signal(signal.SIGHUP)
        opened.process.send_signal(signal.SIGCONT)
        assert opened.process.wait(DEADLINE_SECONDS) == 129


def test_it_can_be_stopped_and_continued() -> None:
    with terminal("running") as opened:
        opened.process.send_signal(signal.SIGTSTP)
        opened.until(b"\x1b[?1049l")
        _, status = os.waitpid(opened.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert opened.attributes() == opened.before
        opened.output = b""
        opened.process.send_signal(signal.SIGCONT)
        opened.until(READY)
        opened.type(b"q")
        assert opened.end() == 0
        assert opened.output.count(b"\x1b[?1049h") == 1


def test_continuing_what_was_not_stopped_changes_nothing() -> None:
    with terminal("running") as opened:
        opened.process.send_signal(signal.SIGCONT)
        opened.type(b"q")
        assert opened.end() == 0
        assert opened.output.count(b"\x1b[?1049h") == 1


def test_quitting_gives_the_terminal_back() -> None:
    with terminal("running") as opened:
        opened.type(b"q")
        assert opened.end() == 0
        assert all(mark in opened.output for mark in RESTORED)
        assert opened.attributes() == opened.before


@pytest.mark.parametrize("keys", [b"r", b"4l"], ids=["in a key", "beside the screen"])
def test_a_crash_is_one_line_and_a_report_without_a_word_of_what_was_read(keys: bytes, tmp_path: Path) -> None:
    with terminal("running", "breaking", XDG_STATE_HOME=str(tmp_path)) as opened:
        opened.type(keys)
        assert opened.end() == 1
        assert opened.attributes() == opened.before
        said = opened.output.rpartition(b"\x1b[?1049l")[2].decode()
    line = re.search(r"lanewatch: internal error: RuntimeError at tui\.app:\d+; report: (\S+\.txt)\r\n", said)
    assert line
    assert said.count("\n") == 1
    report = Path(line[1]).read_text()
    assert "\ncommand: watch\n" in report
    assert "sweep_now" in report or "open" in report
    for told in (opened.output.decode(), report):
        assert SENTINEL not in told
        assert "Traceback" not in told
        assert "/tests/" not in told  # no source line, no file name


def test_no_color_sends_no_colour_and_still_tells_the_states() -> None:
    with terminal("failed", NO_COLOR="1") as opened:
        opened.type(b"q")
        assert opened.end() == 0
        parameters = {part for sgr in re.findall(rb"\x1b\[([0-9;]*)m", opened.output) for part in sgr.split(b";")}
        assert parameters <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"9", b"39", b"49"}
        assert "✖ ".encode() in opened.output
        assert b"failed" in opened.output


def test_hostile_text_stays_text() -> None:
    with terminal("hostile") as opened:
        opened.type(b"q")
        assert opened.end() == 0
        rest = OURS.sub("", opened.output.decode())
        assert "[@click=app.quit]quit[/]" in rest  # it was shown, as text
        assert not ACTIVE.search(rest.replace("\r\n", ""))
