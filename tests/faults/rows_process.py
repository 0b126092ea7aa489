"""Faults of the process around lanewatch: signals, terminals, clocks, homes, and a second lanewatch."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from lanewatch.evidence.writing import WritingError
from lanewatch.rollout.facts import ARGO, Correlation, Observation, Outcome
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.journal import Journal
from lanewatch.watch.journal_lines import read_lines
from lanewatch.watch.keeping import JournalKeeper
from tests.clients.conftest import StillClock
from tests.e2e.lanes import REPOSITORY, lanewatch
from tests.evidence.made import written
from tests.faults.apart import ServedApart
from tests.faults.lane import LaneClock, faulty_lane
from tests.faults.playing import converged, played, settled
from tests.faults.table import QUIET, Observed, row
from tests.jumping_loop import JumpingLoop
from tests.tui.test_life import DEADLINE_SECONDS, READY, RESTORED, terminal


@row(
    "P01",
    "the terminal shrinks to one cell and grows again, again and again",
    sees=QUIET,
    do="make it larger again; the least that is drawn on is told there",
)
def resized(folder: Path) -> Observed:
    sizes: list[tuple[int, ...]] = []
    with terminal("running") as one:
        for number in range(20):
            size = (36, 120) if number % 2 else (1, 1)
            fcntl.ioctl(one._slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            sizes.append(struct.unpack("HHHH", fcntl.ioctl(one._slave, termios.TIOCGWINSZ, bytes(8)))[:2])
            one.process.send_signal(signal.SIGWINCH)
            time.sleep(0.05)
        one.output = b""
        one.type(b"r")
        one.until(READY)
        one.type(b"q")
        assert one.end() == 0
    return Observed(sizes.count((1, 1)), QUIET)


@row("P02", "SIGTERM, SIGHUP", sees="exit code 143", do="nothing; the terminal is as it was")
def signalled(folder: Path) -> Observed:
    sent = 0
    for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        with terminal("running") as one:
            sent += one.process.poll() is None  # to a living process
            one.process.send_signal(number)
            assert one.end() == code
            assert all(mark in one.output for mark in RESTORED)
            assert one.attributes() == one.before
    return Observed(sent, "(the shell's prompt; exit code 143, or 129 for SIGHUP)")


@row("P03", "stopped and continued", sees=QUIET, do="nothing; fg brings it back, drawn anew with true ages")
def stopped(folder: Path) -> Observed:
    with terminal("running") as one:
        one.process.send_signal(signal.SIGTSTP)
        one.until(b"\x1b[?1049l")
        _, status = os.waitpid(one.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        one.output = b""
        one.process.send_signal(signal.SIGCONT)
        one.until(READY)
        one.type(b"q")
        assert one.end() == 0
    return Observed(int(os.WIFSTOPPED(status)), QUIET)  # the kernel's word


@row("P04", "the terminal goes away without a signal", sees="exit code 129", do="nothing; it has ended")
def gone(folder: Path) -> Observed:
    with terminal("running") as one:
        one.vanish()
        closed = sum(_is_closed(end) for end in (one._master, one._slave))  # ours, and its process had no others
        began = time.monotonic()
        assert one.process.wait(DEADLINE_SECONDS) == 129
        assert time.monotonic() - began < 10
    return Observed(closed, "(nobody sees it; exit code 129)")


def _is_closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


@row(
    "P05",
    "no terminal, and a reader that leaves",
    sees="one line per change",
    do="nothing; on a terminal the dashboard is drawn",
)
def piped(folder: Path) -> Observed:
    with ServedApart("build", folder) as served:
        where = ("--connections", str(served.connections))
        dumb = lanewatch(*where, "watch", "--until", "done", "--timeout", "20", TERM="dumb")
        assert (dumb.returncode, dumb.stderr) == (0, ""), (dumb.returncode, dumb.stderr, dumb.stdout)
        assert "runtime-provenance" in dumb.stdout
        command = [sys.executable, "-m", "lanewatch.cli", *where, "status"]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            left = process.poll() is None  # before the first word: it has only been started
            assert process.stderr is not None
            said = process.stderr.read()
            process.wait(20)
    assert said == b""
    return Observed(int(left), "(one line per change on a pipe; nothing where nobody reads)")


def told_after(folder: Path, push: Callable[[LaneClock], None], sees: str) -> Observed:
    """What is seen in the seconds after the clocks were pushed: first the true ages, then all of it read anew."""

    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            push(one.clock)
            one.session._project()
            old = [age for age in _ages(one.session.rollout) if age >= 2400]
            assert len(old) == len(one.session.rollout.reads), "it was read before the machine slept"
            await one.watch(3)
            line = next((line for line in one.lines() if sees in line), "")
            assert line, one.lines()
            assert max(_ages(one.session.rollout)) < 5, "not everything was read again"
            return Observed(one.clock.pushed, line)

    return played(story)


def _ages(rollout: Rollout) -> list[float]:
    return [read.age_seconds for read in rollout.reads if read.age_seconds is not None]


@row(
    "P06",
    "the machine sleeps for 40 minutes",
    sees="this machine slept for 40 min",
    do="nothing; wait some seconds, until the ages are small again",
)
def asleep(folder: Path) -> Observed:
    def sleep(clock: LaneClock) -> None:
        clock.slept += 2400.0

    return told_after(folder, sleep, "this machine slept for 40 min")


@row(
    "P07",
    "somebody sets the clock back by an hour",
    sees="clock inconsistent",
    do="set the clock right (NTP); ages go by another clock and stay true",
)
def set_back(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            await one.watch(20)
            one.clock.stepped -= 3600.0
            await one.watch(1)
            assert max(_ages(one.session.rollout)) < 35, "a step of the wall clock made things old"
            found = await one.until(lambda _: any("inconsistent: gitea" in line for line in one.lines()), 30)
            assert found, one.lines()
            await one.watch(20)
            assert max(_ages(one.session.rollout)) < 35
            return Observed(one.clock.pushed, next(line for line in one.lines() if "inconsistent: gitea" in line))

    return played(story)


@row("P08", "two lanewatches of one user", sees=QUIET, do="nothing; each keeps a journal of its own")
def two_of_them(folder: Path) -> Observed:
    at_once = threading.Barrier(2, timeout=20)

    def run(where: str) -> tuple[float, float, subprocess.CompletedProcess[str]]:
        at_once.wait()
        began = time.monotonic()
        home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        done = lanewatch("--connections", where, "watch", "--until", "done", "--timeout", "20", **home)
        return began, time.monotonic(), done

    with ServedApart("build", folder) as served, ThreadPoolExecutor(2) as pool:
        runs = [run.result() for run in [pool.submit(run, str(served.connections)) for _ in "ab"]]
    assert [(done.returncode, done.stderr) for _, _, done in runs] == [(0, ""), (0, "")]
    (first, ended, _), (second, also_ended, _) = runs
    return Observed(int(max(first, second) < min(ended, also_ended)), QUIET)  # they ran at once, in one home


@row(
    "P09",
    "the loop that reads and draws is blocked for five seconds",
    sees="UI stalled",
    do="see what else keeps this machine busy; the ages shown are true",
)
def stalled(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            await one.watch(3)
            before, read = one.standing(), one.session.knowledge.seen[ARGO].confirmed_at
            loop = asyncio.get_running_loop()
            assert isinstance(loop, JumpingLoop)
            began = loop.time()
            loop.block(5.0)
            blocked = int(loop.time() - began)
            loop.call_soon(one.session._project)
            await asyncio.sleep(0)
            age = one.clock.now().steady - read.steady
            assert age > 5
            assert max(_ages(one.session.rollout)) >= 5, "what is shown became no older"
            await one.watch(1)
            line = next(line for line in one.lines() if "UI stalled" in line)
            await converged(one, before)
            return Observed(blocked, re.sub(r"\d\.\d s", "n.n s", line))

    return played(story)


@row(
    "D02",
    "a home that cannot be written",
    sees="was not written down",
    do="set XDG_STATE_HOME to a folder of yours; without one all works but history and --resume",
)
def no_home(folder: Path) -> Observed:
    nowhere = "/proc/self"
    with pytest.raises(OSError, match="local"):
        Path(nowhere, ".local").mkdir()
    commands = (("status",), ("watch", "--until", "done", "--timeout", "20"), ("logs", "tekton-pipelinerun"))
    with ServedApart("build", folder) as served:
        where = ("--connections", str(served.connections))
        runs = [lanewatch(*where, *command, HOME=nowhere, XDG_CONFIG_HOME=nowhere) for command in commands]
    assert [one.returncode for one in runs] == [0, 0, 0], [(one.returncode, one.stderr) for one in runs]
    assert "decision: built" in runs[2].stdout, "a log needs no home"
    told = [line for one in runs for line in one.stderr.splitlines() if "written down" in line]
    assert len(told) == 2, "once for each that saw the lane's end"
    assert not any("Traceback" in one.stderr for one in runs)
    return Observed(sum(nowhere in line for line in told), told[0])


@row("D03", "an export is killed in the middle", sees=QUIET, do="export again; what was left is swept away by that")
def killed(folder: Path) -> Observed:
    code = (
        "import sys; from pathlib import Path; from tests.evidence.made import logs, written\n"
        "written(Path(sys.argv[1]), logs=logs(*[b'text\\n' * 2000] * 4000))"
    )
    place, torn = folder / "out", 0
    for number in range(3):
        with subprocess.Popen([sys.executable, "-c", code, str(place)], cwd=REPOSITORY) as process:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while sum(len(files) for _, _, files in os.walk(place)) <= 40 * number:
                assert process.poll() is None
                assert time.monotonic() < deadline, "it never begins"
                time.sleep(0.01)
            process.kill()
            assert process.wait() == -signal.SIGKILL
        torn += any(place.glob(".*"))
        assert all(one.name.startswith(".") for one in place.iterdir()), "half a bundle has its name"
    path = written(place)
    assert [one.name for one in place.iterdir()] == [path.name], "what the killed ones left is swept away"
    return Observed(torn, QUIET)


@row(
    "D04",
    "something stands where an export wants to go",
    sees="exists",
    do="choose another folder, or move what is there",
)
def in_the_way(folder: Path) -> Observed:
    name, elsewhere, stood, said = written(folder / "first").name, folder / "elsewhere", 0, ""
    obstacles: dict[str, Callable[[Path], None]] = {
        "link": lambda place: place.symlink_to(elsewhere),
        "pipe": os.mkfifo,
        "file": Path.touch,
        "folder": Path.mkdir,
    }
    for kind, put in obstacles.items():
        place = folder / kind / name
        place.parent.mkdir()
        put(place)
        before = place.lstat()
        with pytest.raises(WritingError) as refused:
            written(place.parent)
        stood += (before.st_ino, before.st_mtime_ns) == (place.lstat().st_ino, place.lstat().st_mtime_ns)
        said = str(refused.value).replace(str(place), "…/NAME")
        assert said == "…/NAME exists: it is not overwritten"
        assert list(place.parent.iterdir()) == [place], "nothing is left beside it"
    assert not elsewhere.exists(), "written through a link"
    return Observed(stood, said)


@row(
    "D05",
    "the journal on disk is broken, and another lanewatch writes one",
    sees=QUIET,
    do="nothing; a new journal is begun, and --resume goes on from none",
)
def broken_journal(folder: Path) -> Observed:
    journal, now = Journal(), StillClock().now()
    journal.append(Observation(ARGO, Correlation(), Outcome.OK, "", now, 0.1))
    first = JournalKeeper("lane", "here", folder)
    first._step(journal.entries, journal.appended)
    assert JournalKeeper("lane", "here", folder, resume=True).resumed(now) == (), "another one writes it"
    first.finish(journal)
    assert len(JournalKeeper("lane", "here", folder, resume=True).resumed(now)) == 1
    (path,) = folder.glob("*.jsonl")
    given = 0
    for broken in (path.read_bytes()[:-40], b"\xff\x00{", b"", path.read_bytes().replace(b"argo", b"ARGO")):
        path.write_bytes(broken)
        with mock.patch("lanewatch.watch.keeping.read_lines", wraps=read_lines) as read:
            assert JournalKeeper("lane", "here", folder, resume=True).resumed(now) == ()
        given += read.call_count
        assert path.read_bytes() == broken, "what is broken is kept for whoever looks into it"
    after = JournalKeeper("lane", "here", folder)
    after._step(journal.entries, journal.appended)
    assert after.trouble == ""
    after.finish(journal)
    return Observed(given, QUIET)
