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
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lanewatch.rollout.facts import ARGO, Correlation, Observation, Outcome
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.journal import Journal
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
    codes = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        with terminal("running") as one:
            one.process.send_signal(number)
            codes[number] = one.end()
            assert all(mark in one.output for mark in RESTORED)
            assert one.attributes() == one.before
    assert codes == {signal.SIGTERM: 143, signal.SIGHUP: 129}
    return Observed(len(codes), "(the shell's prompt; exit code 143, or 129 for SIGHUP)")


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
    return Observed(os.WIFSTOPPED(status), QUIET)


@row("P04", "the terminal goes away without a signal", sees="exit code 129", do="nothing; it has ended")
def gone(folder: Path) -> Observed:
    with terminal("running") as one:
        one.vanish()
        began = time.monotonic()
        assert one.process.wait(DEADLINE_SECONDS) == 129
        assert time.monotonic() - began < 10
    return Observed(one.process.returncode == 129, "(nobody sees it; exit code 129)")


@row(
    "P05",
    "no terminal, and a reader that leaves",
    sees="one line per change",
    do="nothing; on a terminal the dashboard is drawn",
)
def piped(folder: Path) -> Observed:
    with ServedApart("build", folder) as served:
        where = ("--connections", str(served.connections))
        dumb = lanewatch(*where, "watch", "--until", "done", "--timeout", "20", home=folder)
        assert (dumb.returncode, dumb.stderr) == (0, ""), (dumb.returncode, dumb.stderr, dumb.stdout)
        assert "runtime-provenance" in dumb.stdout
        command = [sys.executable, "-m", "lanewatch.cli", *where, "status"]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()  # its reader has left before the first word
            assert process.stderr is not None
            said = process.stderr.read()
            process.wait(20)
    assert b"Traceback" not in said
    assert said == b""
    return Observed(
        dumb.stdout.count("runtime-provenance"), "(one line per change on a pipe; nothing where nobody reads)"
    )


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
            return Observed(len(old), line)

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
            assert max(_ages(one.session.rollout)) < 35
            lines = [line for line in one.lines() if "inconsistent: gitea" in line]
            return Observed(len(lines), lines[0])

    return played(story)


@row("P08", "two lanewatches of one user", sees=QUIET, do="nothing; each keeps a journal of its own")
def two_of_them(folder: Path) -> Observed:
    with ServedApart("build", folder) as served, ThreadPoolExecutor(2) as pool:
        where = ("--connections", str(served.connections))
        runs = [
            pool.submit(lanewatch, *where, "watch", "--until", "done", "--timeout", "20", home=folder) for _ in "ab"
        ]
        done = [run.result() for run in runs]
    assert [one.returncode for one in done] == [0, 0], [(one.returncode, one.stderr) for one in done]
    assert not any("Traceback" in one.stderr for one in done)
    return Observed(len(done) - 1, QUIET)


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
            loop.block(5.0)
            loop.call_soon(one.session._project)
            await asyncio.sleep(0)
            age = one.clock.now().steady - read.steady
            assert age > 5
            assert max(_ages(one.session.rollout)) >= 5, "what is shown became no older"
            await one.watch(1)
            line = next(line for line in one.lines() if "UI stalled" in line)
            await converged(one, before)
            return Observed(int(age), re.sub(r"\d\.\d s", "n.n s", line))

    return played(story)


@row(
    "D02",
    "a home that cannot be written",
    sees=QUIET,
    do="nothing to watch; set XDG_STATE_HOME to a folder of yours to be able to resume",
)
def no_home(folder: Path) -> Observed:
    with ServedApart("build", folder) as served:
        nowhere = Path("/proc/self")
        with pytest.raises(OSError, match="local") as refused:
            (nowhere / ".local").mkdir()
        runs = [
            lanewatch("--connections", str(served.connections), *command, home=nowhere)
            for command in (
                ("status",),
                ("watch", "--until", "done", "--timeout", "20"),
                ("logs", "tekton-pipelinerun"),
            )
        ]
    assert [one.returncode for one in runs] == [0, 0, 0], [(one.returncode, one.stderr) for one in runs]
    assert not any("Traceback" in one.stderr for one in runs)
    return Observed(len(runs) * bool(refused.value.errno), QUIET)


@row("D03", "an export is killed in the middle", sees=QUIET, do="export again; what was left is swept away by that")
def killed(folder: Path) -> Observed:
    code = (
        "import sys, time; from pathlib import Path; from tests.evidence.made import logs, written\n"
        "written(Path(sys.argv[1]), logs=logs(*[b'text\\n' * 2000] * 4000))"
    )
    kills = 0
    for number in range(6):
        with subprocess.Popen([sys.executable, "-c", code, str(folder / "out")], cwd=REPOSITORY) as process:
            time.sleep(0.25 + 0.07 * number)
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        if (folder / "out").exists():
            assert all(one.name.startswith(".") for one in (folder / "out").iterdir()) or not kills
    path = written(folder / "out")
    assert [one.name for one in (folder / "out").iterdir()] == [path.name], "what the killed ones left is swept away"
    return Observed(kills, QUIET)


@row(
    "D04",
    "something stands where an export wants to go",
    sees="exists",
    do="choose another folder, or move what is there",
)
def in_the_way(folder: Path) -> Observed:
    name = written(folder / "first").name
    place = folder / "second"
    place.mkdir()
    (place / name).symlink_to(folder / "elsewhere")
    with pytest.raises(Exception, match="exists") as refused:  # evidence's own errors
        written(place)
    said = str(refused.value)
    assert not (folder / "elsewhere").exists(), "written through a link"
    return Observed(said.count(name), said.replace(str(place), "…").replace(name, "NAME"))


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
    refused = 0
    for broken in (path.read_bytes()[:-40], b"\xff\x00{", b"", path.read_bytes().replace(b"argo", b"ARGO")):
        path.write_bytes(broken)
        resumed = JournalKeeper("lane", "here", folder, resume=True).resumed(now)
        assert resumed == (), resumed
        refused += path.read_bytes() == broken
    after = JournalKeeper("lane", "here", folder)
    after._step(journal.entries, journal.appended)
    assert after.trouble == ""
    after.finish(journal)
    return Observed(refused, QUIET)
