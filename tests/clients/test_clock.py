"""The two clocks, and what a Date header says about a server's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from lanewatch.clients.clock import PacedClock, SystemClock
from lanewatch.clients.meter import Exchange, Meter, echo, metering, record
from lanewatch.clients.skew import http_date, retry_after_seconds, skew_of
from lanewatch.rollout.facts import Moment, Skew

NOON = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)


def at(seconds: float) -> Moment:
    return Moment(NOON + timedelta(seconds=seconds), seconds)


def test_the_system_clock_reads_both() -> None:
    first, second = SystemClock().now(), SystemClock().now()
    assert second.steady >= first.steady
    assert first.wall.tzinfo is UTC


@pytest.mark.parametrize(
    ("clocks", "counts_suspend"),
    [
        ({"CLOCK_MONOTONIC": 1, "CLOCK_MONOTONIC_RAW": 4, "CLOCK_BOOTTIME": 7}, 7),  # Linux
        ({"CLOCK_MONOTONIC": 6, "CLOCK_MONOTONIC_RAW": 4, "CLOCK_UPTIME_RAW": 8}, 4),  # macOS
    ],
)
def test_ages_are_measured_by_a_clock_that_goes_on_while_the_machine_sleeps(
    clocks: dict[str, int], counts_suspend: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the numbers that the platforms give their clocks; all others stop."""
    slept = SimpleNamespace(clock_gettime=lambda clock: 2400.0 if clock == counts_suspend else 0.0, **clocks)
    monkeypatch.setattr("lanewatch.clients.clock.time", slept)
    assert SystemClock(wall=lambda: NOON).now().steady == 2400.0


def test_a_paced_clock_runs_its_wall_faster_and_its_steady_not() -> None:
    steady = [100.0]
    clock = PacedClock(NOON, 10.0, lambda: steady[0])
    assert clock.now() == Moment(NOON, 100.0)
    steady[0] = 103.0
    assert clock.now() == Moment(NOON + timedelta(seconds=30), 103.0)


def test_one_date_bounds_the_skew() -> None:
    headers = {"date": "Sun, 05 Jul 2026 12:00:10 GMT"}
    assert skew_of(headers, at(4), at(5)) == Skew(5.0, 7.0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"date": "yesterday"}, {"date": "Sun, 05 Jul 2026 12:00:10 GMT", "age": "1"}, {"date": "", "via": "proxy"}],
)
def test_what_says_nothing_about_a_clock(headers: dict[str, str]) -> None:
    assert skew_of(headers, at(0), at(1)) is None


def test_http_dates() -> None:
    assert http_date("Sun, 05 Jul 2026 12:00:00 GMT") == NOON
    assert http_date("Sun, 99 Jul 2026 12:00:00 GMT") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Sun, 05 Jul 2026 12:00:30 GMT", 30.0),
        ("Sun, 05 Jul 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(text, at(0)) == seconds


def exchange(host: str, low: float, high: float) -> Exchange:
    return Exchange("GET", host, "/", 0.0, 1.0, 200, 10, Skew(low, high))


def test_bounds_of_one_host_are_intersected() -> None:
    meter = Meter([exchange("a", 0, 2), exchange("b", 9, 10), exchange("a", 1, 3)])
    assert meter.skew("a") == Skew(1, 2)
    assert meter.skew("b") == Skew(9, 10)
    assert meter.skew("c") is None
    assert Meter([exchange("a", 0, 1), exchange("a", 5, 6)]).skew("a") == Skew(5, 6)


def test_what_is_shared_costs_nothing_and_names_its_host() -> None:
    with metering() as outer, metering() as inner:
        echo([exchange("a", 0, 1)])
    assert inner.cost().requests == outer.cost().requests == 0
    assert (inner.host(), inner.skew("a")) == ("a", Skew(0, 1))
    record(exchange("a", 0, 1))  # without a meter nothing is counted
    assert len(outer.exchanges) == 1
