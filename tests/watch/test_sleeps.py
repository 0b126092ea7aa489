"""A machine that slept is noticed: everything is read again at once, and its age is honest until then (fault P06)."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.watch.sleeps import TOLD_SECONDS, Sleeps
from tests.faults.lane import all_answer, faulty_lane
from tests.jumping_loop import run_jumping


@pytest.mark.parametrize(
    ("slept", "told"),
    [(0.0, ""), (1.9, ""), (30.0, "slept for 30 s: everything"), (2400.0, "slept for 40 min: everything")],
)
def test_what_only_the_clock_that_counts_a_suspend_has_counted_was_slept(slept: float, told: str) -> None:
    steady, seconds = 500.0, 100.0
    sleeps = Sleeps(lambda: steady, lambda: seconds)
    steady, seconds = steady + 1.0 + slept, seconds + 1.0
    assert sleeps.woke() is bool(told)
    assert told in sleeps.trouble
    assert bool(sleeps.trouble) is bool(told)
    assert not sleeps.woke()
    seconds += TOLD_SECONDS
    assert sleeps.trouble == ""


def test_a_blocked_loop_is_no_sleep() -> None:
    steady, seconds = 500.0, 100.0
    sleeps = Sleeps(lambda: steady, lambda: seconds)
    steady, seconds = steady + 60.0, seconds + 60.0
    assert not sleeps.woke()


def test_a_finished_lane_is_read_whole_within_seconds_of_waking(tmp_path: Path) -> None:
    """It would else be asked after minutes: a finished lane rests."""

    async def story() -> None:
        async with faulty_lane(tmp_path, at=400.0, attended=False) as one:
            assert await one.until(lambda rollout: one.session.settled() and all_answer(rollout), 30)
            await one.watch(60)
            one.clock.slept += 2400.0
            one.session._project()
            ages = [read.age_seconds or 0.0 for read in one.session.rollout.reads]
            assert min(ages) >= 2400.0, "what was read before the machine slept is as old as that"
            await one.watch(4)
            assert max(read.age_seconds or 0.0 for read in one.session.rollout.reads) < 5
            assert any("this machine slept for 40 min" in line for line in one.lines())
            assert {stage.state for stage in one.session.rollout.stages} == {"succeeded"}

    run_jumping(story())
