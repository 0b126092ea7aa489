"""A crash is told in one line, and a report tells where it was: by types and places, never by what was read."""

from __future__ import annotations

import asyncio
import errno
import io
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lanewatch.cli import guarded, main
from lanewatch.crash import KEPT_REPORTS

CANARY = "LWCANARY_crash"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    return tmp_path / "lanewatch" / "crashes"


def broken() -> int:
    token = CANARY
    raise KeyError(token)


async def in_a_group() -> int:
    async def breaks() -> None:
        broken()

    async with asyncio.TaskGroup() as group:
        group.create_task(breaks())
    return 0


def after_another() -> int:
    try:
        return broken()
    except KeyError:
        raise OSError(errno.EIO, CANARY, CANARY) from None


def without_end(deep: int = 0) -> int:
    return without_end(deep + 1)


@pytest.mark.parametrize(
    ("work", "said", "told"),
    [
        (broken, "internal error: KeyError at", "broken"),
        (lambda: asyncio.run(in_a_group()), "internal error: KeyError at", "ExceptionGroup\n"),
        (after_another, "internal error: OSError at", "after_another"),
        (without_end, "internal error: RecursionError at", "without_end"),
    ],
)
def test_a_crash_is_one_line_that_names_its_report(
    work: Callable[[], int], said: str, told: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded("status", work) == 1
    lines = capsys.readouterr().err.splitlines()
    (report,) = state.iterdir()
    assert len(lines) == 1
    assert said in lines[0]
    assert lines[0].endswith(f"; report: {report}")
    text = report.read_text()
    assert "command: status\n" in text
    assert told in text
    assert text.count("\n") < 120
    assert oct(report.stat().st_mode & 0o777) == "0o600"
    assert not any(word in text + lines[0] for word in (CANARY, "Traceback", ".py", "token"))


def test_bugs_that_do_not_end_it_are_told_once_each_and_leave_its_code(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
        for _ in range(3):
            try:
                after_another()
            except OSError:
                logging.getLogger("lanewatch.watch.watcher").exception("authority %s raised", CANARY)
        logging.getLogger("asyncio").error("Task was destroyed but it is pending: %r", CANARY)
        logging.getLogger("httpx").warning("redirected to %s", CANARY)
        return 7

    assert guarded("status", work) == 7
    said = capsys.readouterr().err
    assert [line.split(";")[0].rpartition(" at ")[0] or line.split(";")[0] for line in said.splitlines()] == [
        "lanewatch: bug in lanewatch: KeyError",
        "lanewatch: bug in lanewatch: OSError",
        "lanewatch: error logged by asyncio",
    ]
    (report,) = state.iterdir()
    assert "Task was destroyed but it is pending: %r" in report.read_text()
    assert CANARY not in said + report.read_text()


def test_a_state_folder_that_cannot_be_written_gives_way_to_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded("status", broken) == 1
    (report,) = tmp_path.glob("lanewatch-crash-*.txt")
    assert capsys.readouterr().err.endswith(f"; report: {report}\n")
    monkeypatch.setattr("tempfile.tempdir", os.devnull)
    assert guarded("status", broken) == 1
    assert capsys.readouterr().err.endswith("; no report could be written\n")


def test_twenty_reports_are_kept(state: Path) -> None:
    state.mkdir(parents=True)
    for number in range(KEPT_REPORTS + 5):
        (state / f"2020{number:04}.txt").touch()
    guarded("status", broken)
    kept = sorted(path.name for path in state.iterdir())
    assert len(kept) == KEPT_REPORTS
    assert kept[0] == "20200006.txt"


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_a_stream_that_was_closed_before_the_start_is_no_crash(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, name, None)
    assert main(["plan"]) == 0
    stream = getattr(sys, name)
    assert not stream.isatty()
    stream.close()
    assert "error" not in capsys.readouterr().err


@pytest.mark.parametrize("followed", [False, True])
def test_a_disk_that_is_full_behind_stdout_is_no_bug(followed: bool, state: Path) -> None:
    """As `lanewatch status >FILE`; a followed log is written by a group of tasks."""
    work = (
        "import sys, errno; from lanewatch.cli import guarded\n"
        "def full():\n"
        "    print('x' * 9); error = None\n"
        "    try: sys.stdout.flush()\n"
        "    except OSError as caught: error = caught\n"
        "    raise ExceptionGroup('', [error]) if len(sys.argv) > 1 else error\n"
        "sys.exit(guarded('logs', full))\n"
    )
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", work, *["followed"] * followed], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (ended.returncode, ended.stderr) == (1, "lanewatch: cannot write: no space left on device\n")
    assert not state.exists()


def test_a_locale_that_lacks_a_character_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="iso-8859-1", errors="strict")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert main(["plan"]) == 0
    narrow.seek(0)
    assert "build-or-reuse" in narrow.read()


@pytest.mark.parametrize(
    ("number", "place"),
    [
        *[(signal.SIGINT, place) for place in ("in a loop", "in a class", "in a finalizer", "caught")],
        (signal.SIGTERM, "in a loop"),
        (signal.SIGTERM, "in a finalizer"),
        (signal.SIGHUP, "caught"),
    ],
)
def test_a_signal_ends_a_command_wherever_it_comes_and_says_nothing(number: signal.Signals, place: str) -> None:
    """Seen in real commands: a Ctrl-C that became a RuntimeError, and one that Python could not raise at all."""
    work = f"""
import asyncio, signal, sys
from lanewatch.cli import guarded
class Named:
    def __set_name__(self, owner, name): signal.raise_signal({number})
class Finalized:
    def __del__(self): signal.raise_signal({number})
async def loop():
    asyncio.get_running_loop().call_soon(signal.raise_signal, {number})
    await asyncio.sleep(60)
async def caught():
    try: await loop()
    except asyncio.CancelledError: return 0
def run():
    match {place!r}:
        case "in a loop": asyncio.run(loop())
        case "in a class": type("Broken", (), {{"told": Named()}})
        case "in a finalizer": Finalized()
        case "caught": return asyncio.run(caught())
    return 0
sys.exit(guarded("status", run))
"""
    ended = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True)
    completed = (place, number) == ("caught", signal.SIGINT)  # as `record`, whose last words Ctrl-C asks for
    assert (ended.returncode, ended.stdout, ended.stderr) == (0 if completed else 128 + number, "", "")
