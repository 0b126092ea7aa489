"""Bars on their axis, to the eighth of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.bar import Axis, Bar, Line, drawn, labels

AXIS = Axis(100.0)


def bar(start: float, end: float, **more: object) -> str:
    return drawn(Bar(start, end, "red", **more), AXIS, 10).plain  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 100, "██████████"),
        (0, 50, "█████     "),
        (0, 51.25, "█████▏    "),
        (0, 55, "█████▌    "),
        (20, 40, "  ██      "),
        (25, 40, "  ▐█      "),
        (24, 40, "  ██      "),
        (20, 20, "  ▏       "),
        (0, 0, "▏         "),
        (100, 100, "         ▐"),
        (120, 150, "         ▐"),
        (-20, 10, "█         "),
    ],
)
def test_a_bar_starts_at_a_half_and_ends_at_an_eighth(start: float, end: float, expected: str) -> None:
    assert bar(start, end) == expected


def test_the_rest_of_the_budget_of_a_running_bar_is_a_track() -> None:
    assert bar(20, 40, budget_end=75, open=True) == "  ██░░░┃  "


def test_a_finished_bar_has_no_track() -> None:
    assert bar(20, 40, budget_end=75) == "  ██      "


def test_what_is_over_the_budget_looks_different_and_its_end_is_marked() -> None:
    assert bar(10, 80, budget_end=50, open=True) == " ████┃▓▓  "


def test_the_lines_of_the_axis_shine_through_where_nothing_is_drawn() -> None:
    axis = Axis(100.0, (Line(60, "╎", ""), Line(85, "│", ""), Line(500, "x", "")))
    assert drawn(None, axis, 10).plain == "      ╎ │ "
    assert drawn(Bar(0, 70, ""), axis, 10).plain == "███████ │ "


@pytest.mark.parametrize(
    ("limit", "width", "expected"),
    [
        (156.0, 42, "0s      30      60      90      120       "),
        (156.0, 20, "0s     60      120  "),
        (156.0, 10, "0s     120"),
        (7200.0, 30, "0s     1800    3600   5400    "),
        (2.0, 20, "0s                  "),
    ],
)
def test_labels_stand_where_there_is_room(limit: float, width: int, expected: str) -> None:
    assert labels(Axis(limit), width).plain == expected


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.none() | st.floats(-1e6, 1e6), st.booleans(), st.integers(1, 80))
def test_a_bar_of_any_numbers_fills_its_width_and_is_seen(
    start: float, end: float, budget_end: float | None, open_: bool, width: int
) -> None:
    content = drawn(Bar(start, end, "red", budget_end, open_), AXIS, width)
    assert content.cell_length == width
    assert content.plain.strip()


@given(st.floats(0.001, 1e9), st.integers(1, 200))
def test_labels_of_any_axis_fill_its_width(limit: float, width: int) -> None:
    assert labels(Axis(limit), width).cell_length == width
