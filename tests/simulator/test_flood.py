"""The large story holds a million lines, each once, half of them within half a second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lanewatch.simulator.scenarios import SCENARIOS, TOLD, build_world, flood


def test_the_flood_is_told_by_name_but_not_held_against_every_invariant() -> None:
    assert set(TOLD) - set(SCENARIOS) == {"policy-broken", "flood"}


def test_lines_are_numbered_in_the_order_in_which_they_are_printed(tmp_path: Path) -> None:
    times = list(flood.seconds())
    assert times == sorted(times)
    assert len(times) * flood.EACH == flood.LINES
    assert sum(flood.BURST[0] <= at < flood.BURST[1] for at in times) * flood.EACH == flood.LINES // 2
    world = build_world("flood", seed=1, start=datetime(2026, 7, 16, tzinfo=UTC), repositories=tmp_path)
    portions = [chunk.data for chunk in world.logs if chunk.stream[-1] == "buildkit" and b" line 0" in chunk.data]
    assert len(portions) == len(times)
    for number, data in enumerate(portions):
        assert data.startswith(b"#7 2.104 line %07d: " % (number * flood.EACH))
