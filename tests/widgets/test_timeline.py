"""The timeline's columns and its cursor, without an app."""

from __future__ import annotations

import pytest

from widgets.bar import Axis
from widgets.timeline import Columns, Timeline, TimelineRow

NAMES = ["mirror-sync", "tekton-pipelinerun", "runtime-provenance"]


def row(name: str, **more: object) -> TimelineRow:
    values: dict[str, object] = {
        **{"id": name, "glyph": "✔", "word": "succeeded", "style": "", "name": name, "bar": None, "used": "8.2"},
        **{"budget": "20", "used_style": "", "bracket": "", "says": "fine", "says_style": "", "age": "2s"},
        **{"age_style": "", **more},
    }
    return TimelineRow(**values)  # type: ignore[arg-type]


def timeline(*rows: TimelineRow) -> Timeline:
    made = Timeline()
    made.show(Axis(156.0), rows)
    return made


@pytest.mark.parametrize("width", range(60, 241))
def test_columns_fill_the_width(width: int) -> None:
    columns = Columns.fit(width, NAMES)
    parts = (columns.name + 1, columns.word, columns.bar, columns.used, 3, columns.says, columns.age)
    assert 3 + sum(parts) + 1 == width
    assert columns.bar >= 8
    assert columns.says >= 6
    drawn = timeline(*(row(name) for name in NAMES)).rows(width)
    assert all(line.cell_length <= width for line in drawn)


def test_a_state_that_is_news_says_its_word_where_there_is_no_column_for_it() -> None:
    made = timeline(row("a", word="failed", says="exit 1", tells_word=True), row("b"))
    assert "failed: exit 1" in made.rows(100)[1].plain
    assert "succeeded" not in made.rows(100)[2].plain
    assert "failed    " in made.rows(120)[1].plain
    assert "failed: " not in made.rows(120)[1].plain


def test_the_cursor_starts_at_the_first_row_and_stays_with_its_stage() -> None:
    made = timeline(row("a"), row("b"), row("c"))
    assert made.cursor == "a"
    made.select("c")
    made.show(Axis(156.0), (row("c"), row("a")))
    assert made.cursor == "c"
    made.show(Axis(156.0), (row("a"),))
    assert made.cursor == "a"


def test_a_stage_that_is_not_there_cannot_be_chosen() -> None:
    made = timeline(row("a"))
    made.select("nowhere")
    assert made.cursor == "a"


def test_no_rows_at_all() -> None:
    made = timeline()
    made.action_move(1)
    made.action_move_to(0)
    made.action_choose()
    assert made.cursor == ""
    assert len(made.rows(80)) == 1
