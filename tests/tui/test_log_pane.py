"""The log pane as a person uses it: folds, filter, marks, times, a cut line whole, two logs at one moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from lanewatch.logs.log import Log
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import Handle
from lanewatch.text import PATTERNS_ONLY
from tests.tui import pictures
from tests.tui.driven import Driven
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.app import LanewatchApp
from tui.settings import Settings

BUILD = Handle("log", "", "k8s-log:ci/n/p/build", "builder")
PUSH = Handle("log", "", "k8s-log:ci/n/p/push", "pusher")
SIDE = Handle("log", "", "k8s-log:ci/n/p/proxy", "p / proxy (sidecar)")
SECONDS = 10.0  # more than a thread ever takes; a test that waits so long fails


class Fed:
    """A followed source that gives what it has, then what a test puts in."""

    def __init__(self, *pieces: Piece) -> None:
        self.queue: asyncio.Queue[Piece] = asyncio.Queue()
        for piece in pieces:
            self.queue.put_nowait(piece)

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        while True:
            yield await self.queue.get()


class LoggingSession(ManualSession):
    """Its lane's builder has these logs."""

    def __init__(self, folder: Path, logs: dict[Handle, Fed]) -> None:
        picture = pictures.running()
        build = replace(picture.stages[3], handles=tuple(logs))
        super().__init__(replace(picture, stages=(*picture.stages[:3], build, *picture.stages[4:])))
        self.logs, self.folder = logs, SpoolFolder(folder)
        self.made: list[Log] = []

    def log(self, handle: Handle) -> Log:
        self.made.append(Log(handle.title, self.logs.get(handle, Fed(b"of the proxy\n")), self.folder, PATTERNS_ONLY))
        return self.made[-1]

    async def asides(self, handles: Sequence[Handle]) -> tuple[list[Handle], list[str]]:
        return [SIDE], []


@asynccontextmanager
async def opened(
    folder: Path, logs: dict[Handle, Fed], *keys: str, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Driven]:
    session = LoggingSession(folder, logs)
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=size, notifications=True) as pilot:
        driven = Driven(app, pilot, session)
        await pilot.pause()
        await pilot.press("4", "l")
        await shown(driven, lambda text: "lines, " in text and "waiting" not in text)
        await pilot.press(*keys)
        await pilot.pause()
        yield driven


async def shown(driven: Driven, wanted: Callable[[str], bool]) -> str:
    """The screen once it is as wanted: threads have their own time."""
    end = asyncio.get_running_loop().time() + SECONDS
    while not wanted(text := frame(driven.app)):
        assert asyncio.get_running_loop().time() < end, text
        await driven.pilot.pause(0.02)
    return text


async def test_a_log_without_a_line_says_since_when_and_why(tmp_path: Path) -> None:
    fed = Fed()
    async with opened(tmp_path, {BUILD: fed}) as driven:
        assert re.search(r"\n No line yet, asked for \d+ s ago\n", frame(driven.app))
        fed.queue.put_nowait(Waiting("refused: ci.example:6443"))
        await shown(driven, lambda text: "s ago: refused: ci.example:6443" in text)
        fed.queue.put_nowait(b"the first line\n")
        text = await shown(driven, lambda text: "the first line" in text)
        assert "No line yet" not in text
        fed.queue.put_nowait(Waiting("refused: ci.example:6443"))
        await shown(driven, lambda text: "following; nothing comes: refused" in text)
        await driven.press("escape")
        assert "findings" in frame(driven.app)


def stamp(seconds: float) -> str:
    return pictures.at(seconds).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def vertices(count: int = 3) -> bytes:
    lines = []
    for number in range(1, count + 1):
        lines.append(f"#{number} [{number}/{count}] RUN step")
        lines += [f"#{number} {n / 10:.3f} output {n} of {number}" for n in range(50)]
        lines.append(f"#{number} DONE {number}.5s")
    return "\n".join(lines).encode() + b"\n"


async def test_sections_fold_with_how_long_they_took_and_nothing_is_hidden_in_silence(tmp_path: Path) -> None:
    async with opened(tmp_path, {BUILD: Fed(vertices())}, "underscore") as driven:
        text = await shown(driven, lambda text: "▸" in text)
        assert "▸    1.5 s  52 lines  #1 [1/3] RUN step" in text
        assert "▸    3.5 s  52 lines  #3 [3/3] RUN step" in text
        assert "156 lines" in text
        assert "153 hidden" in text
        assert "output" not in text
        await driven.pilot.press("minus")
        text = await shown(driven, lambda text: "output 0 of 1" in text)
        assert "▾    1.5 s  #1 [1/3]" in text
        assert "102 hidden" in text
        await driven.pilot.press("right_curly_bracket")
        await shown(driven, lambda text: "▸    2.5 s" in text)


async def test_a_folded_section_goes_on_to_be_folded_while_the_log_grows(tmp_path: Path) -> None:
    fed = Fed(vertices(1)[:-11])
    async with opened(tmp_path, {BUILD: fed}, "underscore") as driven:
        await shown(driven, lambda text: "▸" in text)
        fed.queue.put_nowait(b"#1 9.9 more of one\n#1 DONE 9.9s\n#2 the next one\nplain line\n")
        text = await shown(driven, lambda text: "#2 the next one" in text and "9.9 s" in text)
        assert "more of one" not in text
        assert "plain line" in text


async def test_a_filter_shows_the_matches_and_leads_back_to_what_stands_around_one(tmp_path: Path) -> None:
    async with opened(tmp_path, {BUILD: Fed(vertices())}, "ampersand") as driven:
        await driven.pilot.press(*"output 33", "enter")
        text = await shown(driven, lambda text: "3 lines" not in text and "153 hidden" in text)
        assert [line.split()[-1] for line in text.splitlines() if line.startswith("#")] == [
            "1",
            "2",
            "3",
        ]
        assert "“output 33” 1 of 3" in text
        await driven.pilot.press("n", "ampersand")
        text = await shown(driven, lambda text: "hidden" not in text and "output 32" in text)
        assert "output 34 of 2" in text
        assert "“output 33” 2 of 3" in text
        await driven.pilot.press("escape")
        assert "“" not in await shown(driven, lambda text: "output 32 of 2" in text)


async def test_a_hit_within_a_fold_opens_it(tmp_path: Path) -> None:
    async with opened(tmp_path, {BUILD: Fed(vertices())}, "underscore") as driven:
        await shown(driven, lambda text: "▸" in text)
        await driven.pilot.press("slash", *"output 33 of 2", "enter")
        text = await shown(driven, lambda text: "output 33 of 2" in text.replace("“output 33 of 2”", ""))
        assert "output 33 of 1" not in text


async def test_marks_are_kept_while_one_goes_elsewhere(tmp_path: Path) -> None:
    async with opened(tmp_path, {BUILD: Fed(vertices())}, "G", "m", "a") as driven:
        assert "mark a at line" in await shown(driven, lambda text: "mark a" in text)
        await driven.pilot.press("g", "escape", "enter", "l", "apostrophe")
        assert "a line 1" in await shown(driven, lambda text: "esc" in text and "a line" in text)
        await driven.pilot.press("a")
        await shown(driven, lambda text: "#3 DONE 3.5s" in text or "of 3" in text)
        await driven.pilot.press("apostrophe", "apostrophe")
        await shown(driven, lambda text: "#1 [1/3]" in text)
        await driven.pilot.press("apostrophe", "z")
        assert "no mark z" in await shown(driven, lambda text: "no mark" in text)


async def test_a_time_is_gone_to_and_stays_in_view_in_another_log(tmp_path: Path) -> None:
    one = b"".join(f"{stamp(n)} one {n}\n".encode() for n in range(200))
    two = b"".join(f"{stamp(n * 2)} two {n}\n".encode() for n in range(200))
    async with opened(tmp_path, {BUILD: Fed(one), PUSH: Fed(two)}, "at", *"+100", "enter") as driven:
        text = await shown(driven, lambda text: "from " in text)
        assert text.splitlines()[4].endswith("one 100")
        await driven.pilot.press("l")
        text = await shown(driven, lambda text: "two 50" in text)
        assert text.splitlines()[4].endswith("two 50")
        await driven.pilot.press("escape")
        assert "┇" in (await shown(driven, lambda text: "┇ log 100.0 s" in text)).split("mirror-sync")[1]
        await driven.pilot.press("enter", "l")
        text = await shown(driven, lambda text: "one 100" in text)
        await driven.pilot.press("at", *"nonsense", "enter")
        assert "no time: nonsense" in await shown(driven, lambda text: "no time" in text)


async def test_two_logs_stand_side_by_side_at_the_same_moment(tmp_path: Path) -> None:
    one = b"".join(f"{stamp(n)} one {n}\n".encode() for n in range(200))
    two = b"".join(f"{stamp(n * 2)} two {n}\n".encode() for n in range(200))
    async with opened(tmp_path, {BUILD: Fed(one), PUSH: Fed(two)}, "s", size=(120, 36)) as driven:
        await shown(driven, lambda text: "two 0" in text and "one 0" in text)
        await driven.pilot.press("at", *"+100", "enter")
        text = await shown(driven, lambda text: "two 50" in text and "one 100" in text)
        row = next(line for line in text.splitlines() if "two 50" in line)
        assert "one 100" in row
        await driven.pilot.press("s", "slash", *"one 140", "enter")
        text = await shown(driven, lambda text: "“one 140” 1 of 1" in text and "two 70" in text)
        await driven.pilot.press("escape", "escape")
        assert "one 1" not in await shown(driven, lambda text: "│" not in text)


async def test_a_cut_line_is_opened_whole(tmp_path: Path) -> None:
    long = b"head " + b"x" * 20_000 + b" the very tail\nnext\n"
    async with opened(tmp_path, {BUILD: Fed(long)}) as driven:
        text = frame(driven.app)
        assert "2 lines" in text
        assert "1 cut" in text
        assert "very tail" not in text
        await driven.pilot.press("enter")
        assert "20,019 bytes" in await shown(driven, lambda text: "line 1 of builder" in text)
        await driven.pilot.press("G")
        assert "the very tail" in await shown(driven, lambda text: "very tail" in text)


async def test_what_is_lost_is_counted_and_the_first_error_is_offered(tmp_path: Path) -> None:
    fed = Fed(b"fine\n" * 90, Mark("lines are missing", loses=True), b"error: it broke\nlater error\n")
    async with opened(tmp_path, {BUILD: fed}) as driven:
        text = await shown(driven, lambda text: "E error at 92" in text)
        assert "93 lines" in text
        assert "1 gap;" in text
        await driven.pilot.press("E")
        await shown(driven, lambda text: "error: it broke" in text)


async def test_init_containers_and_sidecars_come_with_a_key_and_go_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path, {BUILD: Fed(b"built\n")}, size=(120, 36)) as driven:
        assert "proxy" not in frame(driven.app)
        await driven.pilot.press("x")
        await shown(driven, lambda text: "p / proxy (sidecar)" in text)
        await driven.pilot.press("l")
        await shown(driven, lambda text: "of the proxy" in text)
        await driven.pilot.press("x")
        await shown(driven, lambda text: "p / proxy (sidecar)" not in text)


async def test_a_bad_pattern_is_said_and_a_search_goes_on_while_the_log_grows(tmp_path: Path) -> None:
    fed = Fed(b"one\ntwo\n")
    async with opened(tmp_path, {BUILD: fed}, "slash", *"~(", "enter") as driven:
        await shown(driven, lambda text: "no pattern: " in text)
        await driven.pilot.press("slash", *"~t.o$", "enter")
        await shown(driven, lambda text: "“~t.o$” 1 of 1" in text)
        fed.queue.put_nowait(b"two\nthree\ntoo\n")
        await shown(driven, lambda text: "“~t.o$” 1 of 3" in text)
