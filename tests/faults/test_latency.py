"""One server at fault costs other rows nothing: they are read as often as without. `latency` measures all faults."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lanewatch.rollout.facts import GITOPS
from tests.faults.latency import MOST, Gaps, measured, ratios


@pytest.fixture(scope="module")
def healthy() -> Mapping[str, Gaps]:
    return measured()


@pytest.mark.parametrize("id", ["N07", "N09", "H04", "H05"])
def test_rows_that_a_fault_does_not_touch_are_read_as_often(id: str, healthy: Mapping[str, Gaps]) -> None:
    """The gitops branch waited for an Application that hung or was throttled: three times as long between two reads."""
    found = ratios(healthy, measured(id))
    assert len(found) >= 3
    assert id == "N07" or GITOPS in found
    assert max(found.values()) <= MOST, found
