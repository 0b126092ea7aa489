"""Waits between two tries: 0.8 to 30 s, doubling, spread, and short again after what went well."""

from __future__ import annotations

import random

from lanewatch.clients.backoff import Backoff, dice


def test_waits_double_from_0_8_to_30_seconds_and_are_spread_over_the_upper_half() -> None:
    many = [Backoff(random.Random(seed)) for seed in range(200)]
    for delay in (0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0):
        waits = [one.next() for one in many]
        assert delay / 2 <= min(waits) < 0.55 * delay
        assert 0.95 * delay < max(waits) <= delay


def test_a_thousand_failures_are_no_longer_a_wait_and_success_begins_anew() -> None:
    backoff = Backoff(random.Random(1))
    assert max(backoff.next() for _ in range(1000)) <= 30.0
    backoff.reset()
    assert backoff.next() <= 0.8


def test_two_waiters_are_not_in_step() -> None:
    assert Backoff(dice()).next() != Backoff(dice()).next()
