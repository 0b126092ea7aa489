"""The forecast: robust with few samples, honest with fewer, and as good as it says on rollouts held back."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from lanewatch.rollout.forecast import LEAST, Forecast, Interval, Progress, forecast, interval, own
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
    assert found.reason == "4 of 5 earlier rollouts known with reuseDecision built"


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


def test_every_stage_that_has_not_ended_is_told_its_end() -> None:
    pending = frozenset({"argo-closeout", "unheard-of"})
    found = forecast(past(90, 95, 100, 105, 110), Progress("built", 30.0, {"build-or-reuse": 20.0}, pending))
    assert found.total is not None
    assert set(found.ends) == {"build-or-reuse", "argo-closeout"}
    assert (found.ends["build-or-reuse"].likely, found.stages["build-or-reuse"].likely) == (60, 40)
    assert found.ends["argo-closeout"] == found.total


def _held_back(records: list[Record], progress: Callable[[Record], Progress]) -> tuple[list[bool], int]:
    """Whether each rollout's end, and its build's, lay where the others said; how many records each forecast had."""
    within, samples = [], 0
    past = own(records, "built")
    for held in past:
        others = [record for record in past if record is not held]
        found = forecast(others, progress(held))
        pairs: list[tuple[Interval | None, float]] = [(found.total, held.elapsed_seconds or 0.0)]
        pairs += [(end, held.finished[stage]) for stage, end in found.ends.items()]
        told = [(end.low <= truth <= end.high, end.samples) for end, truth in pairs if end is not None]
        within += [inside for inside, _ in told]
        samples = min([samples or len(others), *(count for _, count in told)])
    return within, samples


SHAPES: dict[str, Callable[[random.Random], float]] = {
    "even": lambda source: source.uniform(70, 120),
    "skewed": lambda source: 70 + source.expovariate(1 / 20),
    "two kinds": lambda source: source.choice((80, 140)) + source.uniform(0, 5),
}


@pytest.mark.parametrize("count", [5, 8, 19, 40, 90])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("stands", ["at the start", "in its build"])
def test_the_promised_share_of_held_back_rollouts_lies_within(count: int, shape: str, stands: str) -> None:
    """Leave one out, over many histories: the share within is what `coverage` promises, whatever the shape."""
    source = random.Random(count)

    def progress(held: Record) -> Progress:
        """Early in the build, where every past rollout is still like this one: its end is told, and the closeout's."""
        if stands == "at the start":
            return Progress("built", 0.0, {})
        return Progress("built", 22.0, {"build-or-reuse": 20.0}, frozenset({"argo-closeout"}))

    within: list[bool] = []
    for _ in range(60 if count < 40 else 6):
        totals = [SHAPES[shape](source) for _ in range(count + 1)]
        inside, samples = _held_back([record(n, total, total - 60) for n, total in enumerate(totals)], progress)
        assert samples == count
        within += inside
    promised = interval([float(n) for n in range(count)]).coverage
    assert sum(within) / len(within) == pytest.approx(promised, abs=0.06)
    assert count < 19 or promised >= 0.85
    assert count >= LEAST


def test_in_the_middle_of_a_stage_only_those_count_that_took_so_long_and_the_share_still_holds() -> None:
    """At an instant that half of the rollouts never reach in that stage: the interval is of the others alone."""
    source, within = random.Random(7), []
    for _ in range(80):
        totals = sorted(SHAPES["even"](source) for _ in range(21))
        held, *rest = [record(n, total, total - 60) for n, total in enumerate(source.sample(totals, 21))]
        elapsed = 20.0 + (held.duration("build-or-reuse") or 0.0) / 2
        found = forecast(rest, Progress("built", elapsed, {"build-or-reuse": 20.0})).total
        if found is not None and found.samples >= LEAST:
            within.append(found.low <= (held.elapsed_seconds or 0.0) <= found.high)
    assert len(within) > 50
    assert sum(within) / len(within) >= 0.8
