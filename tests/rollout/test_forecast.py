"""The forecast: robust with few samples, honest with fewer, and as good as it says on rollouts held back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from lanewatch.rollout.forecast import Forecast, Progress, coverage, forecast, interval
from lanewatch.rollout.record import Record
from tests.rollout.story import time


def record(number: int, total: float, build: float = 30.0, decision: str = "built", **changes: object) -> Record:
    told: dict[str, object] = {
        "started": {"reuse-plan": 10.0, "build-or-reuse": 20.0, "argo-closeout": 20.0 + build},
        "finished": {"reuse-plan": 20.0, "build-or-reuse": 20.0 + build, "argo-closeout": total},
        "elapsed_seconds": total,
    }
    return Record(
        "t", f"{number:040x}", f"{number}/1", "succeeded", time(0) + timedelta(hours=number), decision,
        **{**told, **changes},  # type: ignore[arg-type]
    )  # fmt: skip


def past(*totals: float) -> list[Record]:
    return [record(number, total, total - 60) for number, total in enumerate(totals)]


def expected(records: list[Record], elapsed: float = 0.0, **running: float) -> Forecast:
    return forecast(records, Progress("built", elapsed, {name.replace("_", "-"): at for name, at in running.items()}))


def test_fewer_than_five_are_no_forecast_and_say_so() -> None:
    found = expected(past(90, 95, 100, 105))
    assert found.total is None
    assert found.reason == "4 own rollouts of reuseDecision built, 5 are needed"


def test_the_median_bears_an_odd_rollout() -> None:
    found = expected(past(90, 95, 100, 105, 900)).total
    assert found is not None
    assert (found.likely, found.low, found.high, found.samples) == (100, 90, 900, 5)
    assert found.coverage == pytest.approx(4 / 6)


def test_only_rollouts_of_the_same_decision_and_delivered_ones_count() -> None:
    records = [*past(90, 95, 100, 105, 110), record(9, 30, decision="reused-image"), record(10, 20)]
    failed = [Record("t", "f" * 40, "", "failed", time(0), "built", elapsed_seconds=5.0)]
    found = expected([*records, *failed]).total
    assert found is not None
    assert found.samples == 6


def test_what_has_taken_long_already_will_not_be_short() -> None:
    found = expected(past(90, 95, 100, 105, 110), elapsed=65.0, build_or_reuse=20.0)
    assert found.total is not None
    assert found.total.low >= 105
    assert found.stages["build-or-reuse"].low >= 45


def test_slower_than_ever_is_not_forecast() -> None:
    found = expected(past(90, 95, 100, 105, 110), elapsed=200.0, build_or_reuse=20.0)
    assert found.total is None
    assert found.reason == "slower than every rollout that was seen"


@pytest.mark.parametrize("count", [5, 8, 19, 40, 100])
@pytest.mark.parametrize("shape", ["even", "skewed", "two kinds"])
def test_the_promised_share_of_held_back_rollouts_lies_within(count: int, shape: str) -> None:
    """Leave one out, over many histories: the share within is what `coverage` promises, whatever the shape."""
    source = random.Random(count)
    draws = {
        "even": lambda: source.uniform(70, 120),
        "skewed": lambda: 70 + source.expovariate(1 / 20),
        "two kinds": lambda: source.choice((80, 140)) + source.uniform(0, 5),
    }
    within = held = 0
    for _ in range(60 if count < 40 else 6):
        inside, all_ = coverage([record(n, draws[shape]()) for n in range(count + 1)], "built")
        within, held = within + inside, held + all_
    promised = interval([float(n) for n in range(count)]).coverage
    assert within / held == pytest.approx(promised, abs=0.06)
    assert count < 19 or promised >= 0.85
