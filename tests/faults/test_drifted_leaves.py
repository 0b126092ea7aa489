"""One leaf that drifted takes nothing else with it, and nobody is told what it did not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.rollout.facts import ACTIONS, ARGO
from lanewatch.simulator.faults import APPLICATION, Fault
from lanewatch.simulator.faults_content import drifted, each, leaf
from tests.faults.lane import FaultyLane, faulty_lane
from tests.faults.playing import converged, settled, unaffected
from tests.jumping_loop import run_jumping

NULL = drifted(each("items", leaf("status.health.status", None)))
RENAMED = drifted(each("items", leaf("status.health", {"state": "Healthy"})))
UNSET = drifted(each("jobs", leaf("started_at", "1970-01-01T00:00:00Z")))


@pytest.mark.parametrize(("lay", "told"), [(NULL, "expected text, got null"), (RENAMED, "is missing")])
def test_a_finished_lane_whose_health_argo_no_longer_tells_is_not_running_again(
    lay: object, told: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with faulty_lane(tmp_path) as one:
            await settled(one)
            before = one.standing()
            one.layer.arm(Fault("S01", "health drifted", lay, "kubernetes", APPLICATION))  # type: ignore[arg-type]
            for second in range(25):
                if second == 10:  # the last list is too old by now to be taken for an answer
                    one.session.sweep_now()
                await one.watch(1)
                assert states(one) == {"succeeded"}
                unaffected(one.session.rollout, {ARGO})
            assert one.layer.fired["S01"] > 0
            assert any(f"$.status.health.status: {told}" in line for line in one.lines()), one.lines()
            health = one.session.rollout.fields["argoHealth"]
            sync = one.session.rollout.fields["argoSync"]
            assert health.age_seconds is not None
            assert sync.age_seconds is not None
            assert (sync.fact.value, sync.age_seconds < health.age_seconds) == ("Synced", True), "told anew with it"
            one.layer.disarm()
            await converged(one, before)

    run_jumping(story())


@pytest.mark.parametrize("at", [200.0, 60.0])
def test_a_run_whose_start_is_told_as_1970_is_not_waiting_for_a_runner(at: float, tmp_path: Path) -> None:
    async def story() -> None:
        async with faulty_lane(tmp_path, at=at) as one:
            one.layer.arm(Fault("V01", "start unset", UNSET, path=r"/jobs$"))
            await settled(one)
            assert one.layer.fired["V01"] > 0
            dispatch = one.session.rollout.stage("actions-dispatch")
            assert dispatch is not None
            assert (dispatch.state, dispatch.says) == ("succeeded", "run 322")
            assert (dispatch.finished_at, dispatch.budget.state) == (None, "unknown"), "the time alone is not known"
            others = [stage.state for stage in one.session.rollout.stages if stage.authority != ACTIONS]
            assert "pending" not in others[:2]

    run_jumping(story())


def states(one: FaultyLane) -> set[str]:
    return {stage.state for stage in one.session.rollout.stages}
