"""Several clocks: bounds of each, durations across them, and the width that is shown (reliability reference 2.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.rollout.clocks import (
    INCONSISTENT_SECONDS,
    OUR_CLOCK,
    UNBOUNDED,
    Clocks,
    Stamp,
    heard_date,
    is_inconsistent,
    skew_at,
)
from lanewatch.rollout.facts import Fact, HostClock, Quality, Skew
from tests.rollout.story import START, moment

FACT = Fact("t", None, Quality.GOOD, "a", "s")


def stamp(second: float, host: str = OUR_CLOCK, early: float = 0.0, late: float = 0.0) -> Stamp:
    return Stamp(START + timedelta(seconds=second), host, FACT, early, late)


def clock(low: float, high: float) -> HostClock:
    return heard_date(None, Skew(low, high), moment(0))


CLOCKS = Clocks({"ahead": clock(4.5, 5.5), "wide": clock(-2, 2), "close": clock(-0.1, 0.1)}, moment(0))


def test_within_one_host_a_duration_is_raw() -> None:
    span = CLOCKS.between(stamp(10, "ahead"), stamp(17, "ahead"))
    assert span is not None
    assert (span.seconds, span.low, span.high, span.uncertainty) == (7, 7, 7, 0)


def test_across_hosts_both_are_moved_and_the_width_is_shown() -> None:
    span = CLOCKS.between(stamp(15, "ahead"), stamp(20, "wide"))
    assert span is not None
    assert span.seconds == pytest.approx(10)
    assert span.uncertainty == pytest.approx(2.5, abs=0.2)
    assert span.low == pytest.approx(7.5, abs=0.2)
    assert span.high == pytest.approx(12.5, abs=0.2)


def test_across_hosts_the_width_is_at_least_a_second() -> None:
    span = CLOCKS.between(stamp(10, "close"), stamp(12))
    assert span is not None
    assert span.uncertainty == 1


def test_a_host_that_was_never_heard_has_a_second_of_width() -> None:
    span = CLOCKS.between(stamp(10, "unheard"), stamp(12, "unheard too"))
    assert span is not None
    assert span.uncertainty == 2


def test_an_end_before_its_start_is_zero_within_the_width_and_nothing_beyond() -> None:
    near = CLOCKS.between(stamp(10, "close"), stamp(9.5))
    assert near is not None
    assert near.seconds == 0
    assert CLOCKS.between(stamp(10, "close"), stamp(5)) is None
    assert CLOCKS.between(stamp(10), stamp(9)) is None


def test_a_start_that_may_be_early_or_late_bounds_one_side_only() -> None:
    late = CLOCKS.between(stamp(10, early=UNBOUNDED), stamp(20))
    early = CLOCKS.between(stamp(10, late=UNBOUNDED), stamp(20))
    assert late is not None
    assert early is not None
    assert (late.low, late.high) == (10, UNBOUNDED)
    assert (early.low, early.high) == (0, 10)


def test_unknown_ends_have_no_duration() -> None:
    assert CLOCKS.between(None, stamp(1)) is None
    assert CLOCKS.between(stamp(1), None) is None
    assert CLOCKS.until_now(None) is None


def test_order_across_hosts_is_sure_only_beyond_the_width() -> None:
    assert CLOCKS.is_before(stamp(10, "close"), stamp(12))
    assert not CLOCKS.is_before(stamp(10, "close"), stamp(10.9))
    assert not CLOCKS.is_before(stamp(12, "close"), stamp(10))


def test_samples_narrow_the_bounds_and_the_truth_stays_inside() -> None:
    known = heard_date(heard_date(None, Skew(-0.2, 0.9), moment(0)), Skew(-0.7, 0.4), moment(10))
    skew = skew_at(known, moment(10))
    assert skew.low == pytest.approx(-0.2, abs=0.01)
    assert skew.high == pytest.approx(0.4, abs=0.01)


def test_bounds_widen_as_clocks_drift() -> None:
    known = clock(0, 1)
    now, later = skew_at(known, moment(0)), skew_at(known, moment(3600))
    assert later.low == pytest.approx(now.low - 0.18)
    assert later.high == pytest.approx(now.high + 0.18)


@given(st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(0, 1000)), min_size=1, max_size=6), st.randoms())
def test_samples_in_any_order_give_the_same_bounds(samples: list[tuple[float, float]], shuffle: object) -> None:
    def folded(ordered: list[tuple[float, float]]) -> HostClock:
        known = None
        for middle, at in ordered:
            known = heard_date(known, Skew(middle - 0.6, middle + 0.6), moment(at))
        assert known is not None
        return known

    mixed = list(samples)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = folded(samples), folded(mixed)
    assert first.low == pytest.approx(second.low)
    assert first.high == pytest.approx(second.high)


def test_a_date_that_runs_away_is_inconsistent_for_a_minute_and_blanks_durations() -> None:
    known = heard_date(clock(0, 1), Skew(30, 31), moment(10))
    assert is_inconsistent(known, moment(10))
    assert not is_inconsistent(known, moment(10 + INCONSISTENT_SECONDS))
    clocks = Clocks({"odd": known}, moment(10))
    assert clocks.between(stamp(1, "odd"), stamp(5)) is None
    assert clocks.between(stamp(1, "odd"), stamp(5, "odd")) is not None


def test_after_a_step_the_bounds_hold_both_clocks() -> None:
    known = heard_date(clock(0, 1), Skew(30, 31), moment(10))
    skew = skew_at(known, moment(10))
    assert skew.low <= 0
    assert skew.high >= 31


def test_a_host_that_is_heard_for_hours_is_not_inconsistent_for_its_drift() -> None:
    known = clock(-0.05, 0.05)
    for hour in range(1, 12):
        drifted = 20e-6 * 3600 * hour
        known = heard_date(known, Skew(drifted - 0.05, drifted + 0.05), moment(3600 * hour))
    assert known.inconsistent_at is None
