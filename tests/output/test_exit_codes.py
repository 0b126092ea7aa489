"""How a stage ended, as the exit code of who waited for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.output.exit_codes import of_stage
from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import StageState
from tests.tui import pictures


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", 0), ("reused", 0), ("skipped", 0), ("failed", 5), ("cancelled", 5), ("unknown", 7), ("running", 8),
     ("pending", 8)],
)  # fmt: skip
def test_failed_unknown_and_pending_never_share_a_code(state: StageState, code: int) -> None:
    stage = replace(pictures.running().stages[0], state=state, quality=Quality.GOOD)
    assert of_stage(stage) == code


def test_an_unknown_that_rests_on_a_contradiction_is_told_from_one_that_does_not() -> None:
    stage = replace(pictures.running().stages[0], state="unknown", quality=Quality.CONFLICT)
    assert of_stage(stage) == 6
