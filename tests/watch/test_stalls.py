"""A loop that stood still is told, for a while; one that is a little late is not."""

from __future__ import annotations

import pytest

from lanewatch.watch.stalls import TOLD_SECONDS, Stalls


@pytest.mark.parametrize(
    ("late", "told"), [(0.0, ""), (2.9, ""), (3.5, "UI stalled 3.5 s"), (60.0, "UI stalled 60.0 s")]
)
def test_a_tick_that_comes_late_is_a_stall_beyond_three_seconds(late: float, told: str) -> None:
    now = 100.0
    stalls = Stalls(1.0, lambda: now)
    stalls.tick()
    now += 1.0 + late
    stalls.tick()
    assert stalls.trouble == told
    now += TOLD_SECONDS + 1
    assert stalls.trouble == ""
