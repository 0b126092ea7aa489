"""The whole picture of a lane, from push to healthy Pods."""

from __future__ import annotations

from tests.rollout.story import delivered, seen_at, states


def test_a_delivered_lane_is_succeeded() -> None:
    rollout = seen_at(delivered())
    assert set(states(rollout).values()) == {"succeeded"}, [(s.id, s.state, s.says, s.reason) for s in rollout.stages]
    assert rollout.state == "succeeded", rollout.evidence
    assert not rollout.evidence.missing
    assert rollout.elapsed_seconds == 82
