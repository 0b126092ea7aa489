"""Faults of logs: cut, rotated, endless, hostile, or none at all."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
from pathlib import Path

from lanewatch.logs.ingress import Ingress
from lanewatch.logs.lines import page, whole
from lanewatch.logs.log import Log
from lanewatch.logs.resuming import Position
from lanewatch.logs.sources import Asked, Mark
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import PROVENANCE
from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.http import RequestLog
from lanewatch.simulator.world import Rotation
from lanewatch.text import PATTERNS_ONLY
from tests.faults.lane import faulty_lane
from tests.faults.playing import played, seen, settled
from tests.faults.table import Observed, row
from tests.faults.telling import Telling, containing
from tests.logs.followed import STREAM as CONTAINER
from tests.logs.followed import follow, has_ended, is_running, pod, prints, world
from tests.simulator.stories import told

RESIDENT_LIMIT = 200 << 20  # bytes that a log of any size may add


@row("N10", known_faults()["N10"].what, sees="may not be whole", do="open it again; the line says what is not proven")
def without_length(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            one.layer.arm(known_faults()["N10"])
            stage = next(stage for stage in one.session.rollout.stages if stage.authority == PROVENANCE)
            handle = next(handle for handle in stage.handles if handle.locator.startswith("k8s-log:"))
            for _ in range(4):
                text = await one.session.connected.logs.read(handle)
                await one.watch(12)
            line = one.named(next(line for line in (*text.lines, text.note) if "whole" in line))
            return Observed(one.layer.fired["N10"], line)

    return played(story)


@row("G01", "a log is rotated while it is followed", sees="lines are missing between", do="nothing; the gap is marked")
def rotated(folder: Path) -> Observed:
    # Lost within a moment: however soon the torn stream is asked for again, the log has been rotated by then.
    printed = [(1.0, "before"), (1.01, "lost"), (1.02, "also lost"), (50.0, "after")]
    story = world(
        pod(0.0, is_running(0), told="ADDED"),
        pod(60.0, has_ended(0, 60), phase="Succeeded"),
        logs=prints(*printed),
        rotations=[Rotation(1.03, CONTAINER)],
    )
    record = RequestLog()
    lines = follow(folder, story, cuts=[38], record=record)
    assert [line.text for line in lines if not line.is_mark] == ["before", "after"]
    (mark,) = [line.text for line in lines if line.is_mark]
    asked_again = sum(entry.path.endswith("/log") for entry in record.entries[1:])
    return Observed(asked_again, mark)  # so often a log was given from which two lines had been rotated away


@row("G02", "a line of a megabyte", sees="bytes", do="open the line whole: its key is in ?, and in the log pane's foot")
def long_line(folder: Path) -> Observed:
    spool, ingress = SpoolFolder(folder).spool(), Ingress(PATTERNS_ONLY)
    fed = b"before\n" + b"y" * 1_000_000 + b"\nlast without an end"
    spool.append(ingress.feed(fed) + ingress.finish())
    lines = page(spool, 0, 9)
    assert [line.text for line in lines][::2] == ["before", "last without an end"]
    assert len(whole(spool, 1)) == 1_000_000
    shown = lines[1].shown()
    spool.close()
    return Observed(sum(len(line) >= 1_000_000 for line in fed.splitlines()), shown[-40:].lstrip("y"))


@row(
    "G03",
    "escapes, bidi marks and control bytes in every text",
    sees="lease renewal",
    do="nothing; they are shown, not obeyed",
)
def hostile(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder, "hostile", told("hostile").end + 5) as one:
            escapes = Telling("gitea", "", lambda _, body: b"\\u001b" in body or b"\x1b" in body).counted(one.layer)
            line = await seen(one, "lease", 40)
            text = one.everything(one.session.rollout)
            assert all(character.isprintable() or character in "\n " for character in text)
            return Observed(escapes(), line)

    return played(story)


@row("G04", "markup of the screen in a commit message", sees="[", do="nothing; it is shown as it was written")
def markup(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder, "hostile", told("hostile").end + 5) as one:
            tags = Telling("gitea", "", containing("[/x]")).counted(one.layer)
            await one.watch(40)
            line = next(line for line in one.lines() if "[/x]" in line and "lease" in line)
            return Observed(tags(), line)

    return played(story)


@row("G05", "a log of a million lines", sees="1,000,000 lines", do="nothing; it is kept on disk and searched there")
def endless(folder: Path) -> Observed:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    printed = 0

    class Flood:
        async def pieces(self, asked: Asked):  # type: ignore[no-untyped-def]
            nonlocal printed
            block = b"2026-07-05T14:00:00.000000000Z step 7 of 9: compiling module\n" * 20_000
            for _ in range(50):
                printed += block.count(b"\n")
                yield block

    async def main() -> int:
        log = Log("flood", Flood(), SpoolFolder(folder), PATTERNS_ONLY)
        await log.run(Asked())
        count, last = len(log), log.page(999_999, 1)
        log.close()
        assert last[0].text.endswith("compiling module")
        return count

    count = asyncio.run(main())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert grown < RESIDENT_LIMIT, f"{grown >> 20} MiB more"
    return Observed(printed, f"{count:,} lines")


@row(
    "G06",
    "the kubelet's complaint in the place of a log",
    sees="unable to retrieve",
    do="the node has lost it: read it where the cluster's logs are collected",
)
def complaint(folder: Path) -> Observed:
    complained = b"unable to retrieve container logs for containerd://1\n"
    told = b"2026-07-05T14:00:00.000000000Z a\n" + complained
    kept, mark = list(Position().take(told))
    assert kept == told.splitlines(keepends=True)[0]
    assert isinstance(mark, Mark)
    return Observed(told.count(complained), mark.text)


@row(
    "D01", "the disk is full while a log is followed", sees="not kept further", do="free some space; what is here stays"
)
def disk_full(folder: Path) -> Observed:
    failures = 0

    def write(descriptor: int, data: bytes | memoryview) -> int:
        nonlocal failures
        if spools.held + len(data) > 4096:
            failures += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(descriptor, data)

    class Some:
        async def pieces(self, asked: Asked):  # type: ignore[no-untyped-def]
            for number in range(1000):
                yield b"2026-07-05T14:00:00.000000000Z line %d\n" % number

    spools = SpoolFolder(folder, write=write)

    async def main() -> str:
        log = Log("log", Some(), spools, PATTERNS_ONLY)
        await log.run(Asked())
        lines = log.page(0, 1000)
        assert lines[0].text == "line 0"
        log.close()
        return lines[-1].text

    line = asyncio.run(main())
    return Observed(failures, line)
