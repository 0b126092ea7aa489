"""A flood of lines through real sockets, torn now and then: every line arrives once, in order, and none in memory."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from unittest.mock import Mock

from lanewatch.commands.logs import _code
from lanewatch.logs.log import Log, State
from lanewatch.logs.query import Query
from lanewatch.logs.sources import Asked, Mark
from lanewatch.logs.spool import SpoolFolder
from lanewatch.output.exit_codes import DONE, INTERNAL
from lanewatch.output.log_lines import LogPrinter, Wanted
from lanewatch.rollout.facts import Handle
from lanewatch.simulator.world import LogChunk
from lanewatch.text import PATTERNS_ONLY
from tests.logs.followed import STREAM, follow, has_ended, is_running, pod, world

BURSTS, EACH = 100, 1000


def test_a_flood_loses_and_doubles_nothing(tmp_path: Path) -> None:
    bursts = [
        LogChunk(1.0 + n * 0.05, STREAM, b"".join(b"burst %d line %d\n" % (n, line) for line in range(EACH)))
        for n in range(BURSTS)
    ]
    story = world(pod(0.0, is_running(0), told="ADDED"), pod(30.0, has_ended(0, 30), phase="Succeeded"), logs=bursts)
    lines = follow(tmp_path, story, cuts=[70_001, 500_003, 1_000_007])
    assert [line.text for line in lines] == [f"burst {n} line {k}" for n in range(BURSTS) for k in range(EACH)]


class Fed:
    """A source that gives what a test hands it."""

    def __init__(self, *pieces: bytes | Mark) -> None:
        self.given = pieces

    async def pieces(self, asked: Asked):  # type: ignore[no-untyped-def]
        for piece in self.given:
            yield piece


async def test_a_log_that_grows_tells_so_and_is_searched_meanwhile(tmp_path: Path) -> None:
    log = Log("x", Fed(b"one\n" * 1000, Mark("a gap", loses=True), b"two\n"), SpoolFolder(tmp_path), PATTERNS_ONLY)
    changed = asyncio.create_task(log.changed())
    await log.run(Asked())
    await changed
    assert (log.state, len(log), log.lost, log.received) == (State.ENDED, 1002, 1, 4004)
    assert log.page(1000, 1)[0].is_mark
    search = log.search(Query("two"))
    assert search is not None
    await search.catch_up()
    assert search.lines(0, 9) == [1001]
    log.close()


async def test_a_full_spool_ends_with_a_line_that_says_so_and_reading_goes_on(tmp_path: Path) -> None:
    log = Log("x", Fed(*[b"%03d\n" % n for n in range(100)]), SpoolFolder(tmp_path, cap=40), PATTERNS_ONLY)
    await log.run(Asked())
    assert [line.text for line in log.page(0, 99)][:10] == [f"{n:03d}" for n in range(10)]
    assert log.page(10, 1)[0].text.startswith("the log is not kept further: all logs together")
    assert (len(log), log.unkept, log.state) == (11, 360, State.ENDED)
    log.close()


async def test_lines_that_could_not_be_kept_are_told_and_counted_by_the_printer(tmp_path: Path) -> None:
    """A full disk: the exit code of `logs` is then not that of a log that was printed."""
    log = Log("x", Fed(*[b"%03d\n" % n for n in range(100)]), SpoolFolder(tmp_path, cap=40), PATTERNS_ONLY)
    out, err, reader = io.StringIO(), io.StringIO(), Mock(open=lambda handle: log)
    printer = LogPrinter(reader, Wanted(None, None, False, None, "", False), out, err)
    await printer.print_once(Handle("log", "ci", "job/1", "job"))
    assert out.getvalue().splitlines() == ["==> job <==", *[f"{n:03d}" for n in range(10)]]
    assert "90 lines were not kept" in err.getvalue()
    assert (printer.read, printer.unkept) == (1, 90)
    assert _code(printer, Mock(), DONE) == INTERNAL
