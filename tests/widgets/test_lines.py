"""What goes first when a line has no room."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.content import Content

from widgets.lines import Choice, ChoiceLine, EndsLine, Rule

LEFT = ("running", "3f9c2e1", "fix: lease renewal", "71 of 120", "forecast 108")


def ends(left: Sequence[str], right: Sequence[str], width: int, shrinks: int | None = 2) -> str:
    line = EndsLine()
    line.show([Content(text) for text in left], [Content(text) for text in right], shrinks=shrinks)
    return line.rows(width)[0].plain


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (86, " running   3f9c2e1   fix: lease renewal   71 of 120   forecast 108       mode   12:00 "),
        (80, " running   3f9c2e1   fix: lease rene…   71 of 120   forecast 108   mode   12:00 "),
        (70, " running   3f9c2e1   fix: …   71 of 120   forecast 108   mode   12:00 "),
        (69, " running   3f9c2e1   71 of 120   forecast 108           mode   12:00 "),
        (60, " running   3f9c2e1   71 of 120   forecast 108         12:00 "),
        (40, " running   3f9c2e1   71 of 120    12:00 "),
        (28, " running   3f9c2e1    12:00 "),
        (18, " running    12:00 "),
        (12, " run… 12:00 "),
    ],
)
def test_parts_shrink_and_go_in_order(width: int, expected: str) -> None:
    assert ends(LEFT, ("mode", "12:00"), width) == expected


def test_empty_parts_leave_no_gap() -> None:
    assert ends(("a", "", "b"), (), 12) == " a   b      "


def test_a_rule_fills_its_width_and_drops_its_ending_first() -> None:
    rule = Rule()
    rule.show("fields", "end")
    assert rule.rows(24)[0].plain == "── fields ─────── end ──"
    assert rule.rows(14)[0].plain == "── fields ────"


def test_keys_are_left_out_from_the_right_but_the_last_ones_stay() -> None:
    line = ChoiceLine()
    line.show([Choice("a", "a", "alpha"), Choice("b", "b", "beta")], [Choice("q", "q", "quit")])
    assert line.rows(40)[0].plain.split() == ["a", "alpha", "b", "beta", "q", "quit"]
    assert line.rows(20)[0].plain.split() == ["a", "alpha", "q", "quit"]
    assert line.rows(9)[0].plain.split() == ["q", "quit"]


@pytest.mark.parametrize("active", range(6))
@pytest.mark.parametrize("width", [12, 20, 40, 80])
def test_the_active_tab_is_always_there(active: int, width: int) -> None:
    line = ChoiceLine()
    line.show([Choice(str(index), "", f"tab-{index}", index == active) for index in range(6)])
    text = line.rows(width)[0].plain
    assert f"tab-{active}" in text
    assert len(text) <= width
