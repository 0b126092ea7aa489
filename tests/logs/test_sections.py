"""BuildKit vertices and Actions groups as sections with how long they took; the first line that tells of an error."""

from __future__ import annotations

from pathlib import Path

from lanewatch.logs.lines import SECTION
from lanewatch.logs.log import Log
from lanewatch.logs.sections import FirstError, Section, Sections
from lanewatch.logs.sources import Asked, Mark
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
STAMP = b"2026-07-16T23:10:%02d.000000000Z said\n"
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


async def find_sections(log: Log) -> tuple[Section, ...]:
    sections = Sections(log)
    await sections.catch_up()
    return sections.found


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
    assert found == (Section("Fetch the sources", 1, 4, "", 3.5), Section("Plan", 4, 6, "", 1.0, is_open=True))


async def test_the_first_error_is_found_and_no_errors_are_none(tmp_path: Path) -> None:
    assert await FirstError(await read(BUILD, tmp_path)).look() == 10
    fine = FirstError(await read("0 errors\nall fine\nno errors\n", tmp_path))
    assert await fine.look() is None
    fine.log._take(b"fatal: it grew\n")
    assert await fine.look() == 3


async def test_sections_go_on_where_they_stopped_and_agree_with_those_of_the_whole(tmp_path: Path) -> None:
    """Pieces of the size of a line: whatever the pieces are, the sections are the same."""
    text = (BUILD + ACTIONS) * 20
    whole, grown = await read(text, tmp_path), Log("x", Fed(), SpoolFolder(tmp_path), PATTERNS_ONLY)
    found = Sections(grown)
    for line in text.splitlines(keepends=True):
        grown._take(line.encode())
        await found.catch_up()
    assert found.found == await find_sections(whole)
    assert len(found.found) == 160


async def test_containers_of_one_log_are_sections_that_last_from_their_first_stamp_to_their_last(
    tmp_path: Path,
) -> None:
    lines = [STAMP % second for second in (1, 3, 4, 9)]
    pieces = (Mark(f"{SECTION}step-one"), *lines[:2], Mark(f"{SECTION}step-two"), *lines[2:])
    log = Log("x", Fed(*pieces), SpoolFolder(tmp_path), PATTERNS_ONLY)
    await log.run(Asked())
    told = [(one.title, one.first, one.end, one.seconds) for one in await find_sections(log)]
    assert told == [("step-one", 0, 3, 2.0), ("step-two", 3, 6, 5.0)]


async def test_a_log_cannot_forge_a_section_of_ours(tmp_path: Path) -> None:
    assert await find_sections(await read(f"\x01{SECTION}step-x\n{SECTION}y\n", tmp_path)) == ()
