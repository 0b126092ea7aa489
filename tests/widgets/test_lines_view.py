"""The view on many lines: rows, wrapping, searching, and how much of a long text it touches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from widgets.finding import Lines
from widgets.lines_view import LinesView, TextLines


class Viewer(App[None]):
    """A view that fills the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int, int]] = []

    def compose(self) -> ComposeResult:
        yield LinesView()

    def on_lines_view_searched(self, message: LinesView.Searched) -> None:
        self.found.append((message.query, message.hit, message.hits))


class CountedLines:
    """Many lines, of which it is known which were asked for since `asked` was emptied."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: set[int] = set()

    def __len__(self) -> int:
        return self.count

    def line(self, index: int) -> Content:
        self.asked.add(index)
        return Content(f"line {index}")


@asynccontextmanager
async def viewing(
    lines: Lines, size: tuple[int, int] = (21, 6)
) -> AsyncIterator[tuple[Viewer, LinesView, Pilot[None]]]:
    app = Viewer()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(LinesView)
        view.focus()
        view.show(lines)
        await pilot.pause()
        yield app, view, pilot


def rows(view: LinesView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_rows_and_what_lies_beyond_the_end() -> None:
    async with viewing(TextLines(("one", "two", "a\tb"))) as (_, view, _):
        assert rows(view) == ["one", "two", "a       b", "", "", ""]


async def test_nothing_at_all_is_drawn_too() -> None:
    async with viewing(TextLines(())) as (_, view, pilot):
        view.search("x")
        await pilot.press("w", "G", "n")
        assert rows(view) == [""] * 6


async def test_a_long_line_goes_on_to_the_right() -> None:
    async with viewing(TextLines(("0123456789" * 5,))) as (_, view, pilot):
        assert rows(view)[0] == "01234567890123456789"
        await pilot.press("right")
        assert rows(view)[0] == "67890123456789012345"
        await pilot.press("left")
        assert rows(view)[0] == "01234567890123456789"


async def test_wrapping_keeps_the_line_at_the_top_and_every_character() -> None:
    texts = tuple(f"{number:02} " + "abcdefghi " * 5 for number in range(30))
    async with viewing(TextLines(texts)) as (_, view, pilot):
        view.scroll_to(y=9, animate=False)
        await pilot.press("w")
        await pilot.pause()
        assert rows(view)[0].startswith("09 ")
        assert "".join(view.render_line(y).text for y in range(3)).rstrip() == texts[9].rstrip()
        await pilot.press("G")
        await pilot.pause()
        assert "abcdefghi" in rows(view)[-1]
        await pilot.press("w")
        await pilot.pause()
        assert view.virtual_size.height == 30


async def test_wide_characters_wrap_within_the_width() -> None:
    async with viewing(TextLines(("構築失敗" * 9,))) as (_, view, pilot):
        await pilot.press("w")
        await pilot.pause()
        assert all(view.render_line(y).cell_length == 20 for y in range(4))


async def test_search_starts_here_wraps_around_and_minds_capitals() -> None:
    texts = tuple("Needle" if number in {3, 40, 80} else "needle" if number == 50 else "hay" for number in range(100))
    async with viewing(TextLines(texts)) as (app, view, pilot):
        view.scroll_to(y=30, animate=False)
        view.search("needle")
        await pilot.press("n", "n", "n", "N")
        view.search("Needle")
        view.search("[/x]")
        view.search("")
        await pilot.pause()
        hits = [("needle", 2, 4), ("needle", 3, 4), ("needle", 4, 4), ("needle", 1, 4), ("needle", 4, 4)]
        assert app.found[:5] == hits
        assert app.found[5][2] == 3
        assert app.found[6:] == [("[/x]", 0, 0), ("", 0, 0)]
        assert "Needle" in rows(view)[2]


async def test_growth_keeps_place_and_search() -> None:
    async with viewing(TextLines(tuple(f"a {n}" for n in range(50)))) as (app, view, pilot):
        view.scroll_to(y=20, animate=False)
        view.search("a 3")
        view.show(TextLines(tuple(f"a {n}" for n in range(400))))
        await pilot.press("n")
        assert app.found[-1][2] == 111
        view.show(TextLines(("a 1",)))
        await pilot.pause()
        assert rows(view)[0] == "a 1"


async def test_drawing_and_scrolling_touch_only_what_is_on_the_screen() -> None:
    lines = CountedLines(20_000)
    async with viewing(lines) as (_, view, pilot):
        lines.asked.clear()
        await pilot.press("G")
        await pilot.pause()
        assert rows(view)[-1] == "line 19999"
        await pilot.press("k")
        assert len(lines.asked) <= 3 * 6


async def test_any_number_of_lines_can_be_wrapped_and_only_those_on_the_screen_are_measured() -> None:
    lines = CountedLines(1_000_000)
    async with viewing(lines, size=(9, 6)) as (_, view, pilot):  # "line 123456" takes two rows of eight cells
        lines.asked.clear()
        view.go_to(500_000)
        await pilot.press("w")
        await pilot.pause()
        assert rows(view)[:2] == ["line 499", "998"]
        view.go_to(700_000)
        assert "000" in rows(view)
        await pilot.press("G")
        await pilot.pause()
        assert rows(view)[-2:] == ["line 999", "999"]
        assert len(lines.asked) < 100


async def test_a_text_that_grows_too_long_to_be_measured_stays_wrapped_where_it_was() -> None:
    lines = CountedLines(100)
    async with viewing(lines, size=(9, 6)) as (_, view, pilot):
        await pilot.press("w")
        view.go_to(50)
        await pilot.pause()
        before = rows(view)
        lines.count = 5_000
        view.grown()
        await pilot.pause()
        assert rows(view) == before
        await pilot.press("G")
        await pilot.pause()
        lines.count = 9_000
        view.grown()
        assert "".join(rows(view)[-2:]) == "line 8999"


async def test_a_line_that_is_gone_to_is_marked_while_it_is_in_view() -> None:
    async with viewing(CountedLines(100)) as (_, view, pilot):
        view.go_to(50)
        assert view.here == 50
        assert any(style and style.underline for _, style, _ in view.render_line(50 - view.top_line))
        await pilot.press("g")
        await pilot.pause()
        assert view.here == 0
        await pilot.click(view, offset=(2, 3))
        assert view.here == 3


async def test_who_stands_at_the_end_stays_there_also_when_a_wider_line_was_just_drawn() -> None:
    lines = CountedLines(90)
    async with viewing(lines) as (_, view, pilot):
        await pilot.press("G")
        for count in (1_000, 20_000, 400_000):  # each is drawn wider than all before
            lines.count = count
            view.grown()
            lines.count += 5  # more have come when the width is told
            await pilot.pause()
            assert view.is_at_end
            lines.count -= 5
