"""BuildKit vertices and Actions groups as sections with how long they took; the first line that tells of an error."""

from __future__ import annotations

from pathlib import Path

from lanewatch.logs.log import Log
from lanewatch.logs.sections import Section, find_sections, first_error
from lanewatch.logs.sources import Asked
from lanewatch.logs.spool import SpoolFolder
from lanewatch.text import PATTERNS_ONLY
from tests.logs.test_flood import Fed

BUILD = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.1s
#3 [env 1/3] FROM docker.io/oven/bun
#3 sha256:4f1c 12.58MB / 38.11MB 0.9s
#5 [env 3/3] RUN bun install
#5 0.412 bun install v1.3.2
#3 DONE 2.4s
#5 CACHED
#7 [stage 2/2] RUN bun build
#7 1.204 0 errors so far
#7 1.204 Error: could not resolve
#7 ERROR: exit code: 1
"""
ACTIONS = """\
2026-07-16T23:10:00.0000000Z setting up
2026-07-16T23:10:01.0000000Z ::group::Fetch the sources
2026-07-16T23:10:02.0000000Z fetching
2026-07-16T23:10:04.5000000Z ::endgroup::
2026-07-16T23:10:05.0000000Z ##[group]Plan
2026-07-16T23:10:06.0000000Z planning
"""


async def read(text: str, folder: Path) -> Log:
    log = Log("x", Fed(text.encode()), SpoolFolder(folder), PATTERNS_ONLY)
    await log.run(Asked())
    return log


async def test_vertices_are_sections_also_where_they_interrupt_each_other(tmp_path: Path) -> None:
    found = await find_sections(await read(BUILD, tmp_path))
    assert [(one.title[:12], one.first, one.end, one.state, one.seconds) for one in found] == [
        ("[internal] l", 0, 2, "done", 0.1),
        ("[env 1/3] FR", 2, 4, "", None),
        ("[env 3/3] RU", 4, 6, "", None),
        ("[env 1/3] FR", 6, 7, "done", 2.4),
        ("[env 3/3] RU", 7, 8, "cached", None),
        ("[stage 2/2] ", 8, 12, "error", None),
    ]


async def test_groups_are_sections_and_take_as_long_as_their_stamps_say(tmp_path: Path) -> None:
    found = await find_sections(await read(ACTIONS, tmp_path))
    assert found == (Section("Fetch the sources", 1, 4, "", 3.5), Section("Plan", 4, 6))


async def test_the_first_error_is_found_and_no_errors_are_none(tmp_path: Path) -> None:
    assert await first_error(await read(BUILD, tmp_path)) == 10
    assert await first_error(await read("0 errors\nall fine\nno errors\n", tmp_path)) is None
