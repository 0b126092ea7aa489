"""Cells: what fits, what was cut, what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

from widgets.painting import changed_cells, fitted, painted, shortened, shortened_middle

RED, BLUE = RichStyle(color="red"), RichStyle(color="blue")
TEXTS = st.text(st.sampled_from("ab構🚀 …é"), max_size=30)


def strip(*runs: tuple[str, RichStyle]) -> Strip:
    return Strip([Segment(text, style) for text, style in runs])


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("abc", "abc", []),
        ("abc", "abd", [(2, 3)]),
        ("0123456789", "x12345678y", [(0, 1), (9, 10)]),
        ("0123456789", "x123y56789", [(0, 5)]),
        ("abc", "abcd", [(3, 4)]),
        ("構b", "構c", [(2, 3)]),
        ("構b", "xyb", [(0, 2)]),
    ],
)
def test_the_cells_that_changed(old: str, new: str, runs: list[tuple[int, int]]) -> None:
    assert changed_cells(strip((old, RED)), strip((new, RED))) == runs


def test_a_change_of_style_is_a_change() -> None:
    assert changed_cells(strip(("abcdef", RED)), strip(("ab", RED), ("cd", BLUE), ("ef", RED))) == [(2, 4)]


def test_the_cut_of_segments_does_not_matter() -> None:
    assert changed_cells(strip(("abcd", RED)), strip(("ab", RED), ("cd", RED))) == []


@given(TEXTS, st.integers(0, 40))
def test_a_fitted_text_has_its_width(text: str, width: int) -> None:
    assert cell_len(fitted(text, width)) == width
    assert cell_len(fitted(text, width, right=True)) == width


@given(TEXTS, st.integers(0, 40))
def test_a_shortened_text_is_never_too_wide_and_says_that_it_was_cut(text: str, width: int) -> None:
    for cut in (shortened(text, width), shortened_middle(text, width)):
        assert cell_len(cut) <= width
        assert cut == text or "…" in cut or width == 0


def test_an_identifier_keeps_both_ends() -> None:
    assert shortened_middle("sha256:0123456789abcdef", 11) == "sha25…bcdef"


@given(TEXTS, st.integers(1, 40))
def test_a_painted_row_has_its_width(text: str, width: int) -> None:
    assert painted(Content(text), width, Style.null(), lambda style: Style.null()).cell_length == width
