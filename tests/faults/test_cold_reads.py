"""Who looks at a finished lane for the first time while a server fails is told no more than was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.simulator.faults import known_faults
from tests.faults.lane import faulty_lane
from tests.jumping_loop import run_jumping


@pytest.mark.parametrize(
    ("fault", "budget", "plan"), [("H07", "unknown", "its run cannot be read"), ("N09", "unknown", "")]
)
def test_nothing_is_told_of_what_was_never_read(fault: str, budget: str, plan: str, tmp_path: Path) -> None:
    """No plan is gone whose run cannot be read, and no lane is over its budget that may have ended long ago."""

    async def story() -> None:
        async with faulty_lane(tmp_path, at=300.0) as one:
            one.layer.arm(known_faults()[fault])
            await one.watch(30)
            rollout = one.session.rollout
            stage = rollout.stage("reuse-plan")
            assert stage is not None
            assert stage.reason.startswith(plan)
            assert "no plan is left" not in stage.reason
            assert (rollout.state, rollout.budget.state) == ("unknown", budget)
            assert not [finding for finding in rollout.findings if finding.id in ("over-budget", "at-risk")]

    run_jumping(story())
