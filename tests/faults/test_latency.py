"""One server at fault costs other rows nothing: they are read as often as without. `latency` measures all faults."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lanewatch.rollout.facts import GITOPS
from tests.faults import rows
from tests.faults.latency import MOST, UNMEASURED, Gaps, healthy, measurable, measured, worst
from tests.faults.table import ROWS


@pytest.fixture(scope="module")
def without() -> Mapping[str, Gaps]:
    return healthy()


@pytest.mark.parametrize("id", ["N04", "N09", "H04", "H05"])
def test_rows_that_a_fault_does_not_touch_are_read_as_often(id: str, without: Mapping[str, Gaps]) -> None:
    """The gitops branch waited for an Application that hung; Pods waited while Applications were throttled."""
    under = measured(ROWS[id].play)
    assert len(under) == 7
    assert GITOPS in under
    assert worst(without, under).ratio <= MOST


def test_every_fault_is_measured_or_the_page_tells_why_not() -> None:
    page = rows.DOCUMENT.read_text()
    for why, ids in UNMEASURED.items():
        assert f"- {', '.join(ids)}: {why}\n" in page
        assert all(id in ROWS for id in ids)
    assert f"{len(measurable())} of the {len(ROWS)} faults were measured" in page
    assert f"none of them is over {MOST} ×" in page
