"""Numbers and identifiers as words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lanewatch.rollout.facts import Fact, Quality, Scalar
from tui import wording


@pytest.mark.parametrize(("value", "text"), [(None, "?"), (0, "0.0"), (8.24, "8.2"), (120, "120.0"), (3600.4, "3600")])
def test_seconds(value: float | None, text: str) -> None:
    assert wording.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (-0.4, "0s"), (2.9, "2s"), (99, "99s"), (100, "1m"), (3599, "59m"), (3600, "1h"), (200000, "2d")],
)
def test_age(value: float | None, text: str) -> None:
    assert wording.age(value) == text


@pytest.mark.parametrize(
    ("value", "quality", "text"),
    [
        (None, Quality.UNKNOWN, "?"),
        (None, Quality.ABSENT, "–"),
        (None, Quality.DENIED, "?"),
        (True, Quality.GOOD, "true"),
        (False, Quality.GOOD, "false"),
        (0, Quality.GOOD, "0"),
        (71.4, Quality.GOOD, "71.4 s"),
        ("Synced", Quality.STALE, "Synced"),
        (("a", "b"), Quality.GOOD, "a, b"),
        ((), Quality.GOOD, "none"),
    ],
)
def test_value(value: Scalar | tuple[str, ...], quality: Quality, text: str) -> None:
    assert wording.value(Fact("x", value, quality, "a", "s"), quality) == text


def test_budget_commit_and_time() -> None:
    moment = datetime(2026, 7, 5, 14, 2, 31, tzinfo=UTC)
    assert (wording.whole(120.0), wording.whole(105.7)) == ("120", "105.7")
    assert (wording.short("3f9c2e1b7a"), wording.short(None)) == ("3f9c2e1", "?")
    assert wording.clock(moment, local=False) == "14:02:31Z"
    assert wording.day_and_clock(moment, local=False) == "2026-07-05 14:02:31Z"
    assert wording.day_and_clock(None, local=True) == "?"
