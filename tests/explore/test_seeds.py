"""A fixed set of seeds, and the plans that once broke an invariant. `make explore SEEDS=N` runs as many as you like."""

from __future__ import annotations

import pytest

from lanewatch.rollout.rollout import Rollout
from tests.explore import shrinking
from tests.explore.__main__ import told
from tests.explore.invariants import ANSWERED, Checker
from tests.explore.kept import KEPT
from tests.explore.plan import EDIT, FORCE, ROTATE, SKEW, Disturbance, Plan, drawn
from tests.explore.running import run

SEEDS = (4, 5, 10, 19, 24, 33, 36, 39, 43, 58, 71, 89)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed(seed: int) -> None:
    result = run(drawn(seed))
    assert not result.broken, told(result)
    assert result.checks > 1000


@pytest.mark.parametrize("name", KEPT)
def test_a_plan_that_once_broke_an_invariant(name: str) -> None:
    result = run(KEPT[name])
    assert not result.broken, told(result)


def test_what_goes_wrong_beside_the_wire_is_felt_and_hurts_nothing() -> None:
    ours = (
        Disturbance(EDIT, "", 2.0, 8.0),
        Disturbance(ROTATE, "", 4.0, 0.0),
        Disturbance(FORCE, "", 6.0, 0.0),
        Disturbance(SKEW, "kubernetes", 9.0, -250.0),
    )
    result = run(Plan(1, "build", 20.0, 0.0, ours))
    assert not result.broken, told(result)
    assert result.kinds == {EDIT, ROTATE, FORCE, SKEW}


def test_a_broken_invariant_is_found_told_and_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a false invariant: every read is answered."""

    def all_answered(checker: Checker, rollout: Rollout) -> None:
        outcomes = [read.outcome for read in rollout.reads]
        checker.hold("answered", all(one in (None, *ANSWERED) for one in outcomes), str(outcomes))

    monkeypatch.setattr(Checker, "_no_bug", all_answered)
    monkeypatch.setattr(shrinking, "MOST_RUNS", 3)
    harmless, deadly = Disturbance("S04", "", 1.0, 4.0), Disturbance("N05", "kubernetes", 2.0, 90.0)
    found = run(Plan(7, "argo-unnoticed", 185.0, 0.0, (harmless, deadly)))
    assert "answered" in found.broken
    smallest = shrinking.shrunk(found)
    assert [one.what for one in smallest.plan.disturbances] == ["N05"]
    assert smallest.plan.disturbances[0].seconds < deadly.seconds
    assert told(smallest).startswith("SEED=7 scenario argo-unnoticed from second 185.0")


def test_a_seed_always_means_the_same_plan() -> None:
    assert drawn(12) == drawn(12)
    assert len({drawn(seed) for seed in range(50)}) == 50
