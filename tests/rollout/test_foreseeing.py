"""The forecast in the picture: what will break is said before it breaks, what will not is not."""

from __future__ import annotations

from lanewatch.output.status_json import status_document
from lanewatch.output.status_text import status_text
from lanewatch.output.words import expected
from lanewatch.rollout.forecast import Interval
from lanewatch.rollout.picture import picture
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import ACTIONS, MIRROR, PLAN, TEKTON, moment, time, told

EARLY = {MIRROR: story.MIRROR_REPORT, ACTIONS: story.ACTIONS_REPORT, PLAN: story.PLAN_REPORT}


def past(build: float, count: int = 6, decision: str = "built") -> list[Record]:
    """Rollouts whose build took about so long and whose rest took 40 s."""
    return [
        Record(
            "agentrun-jd01-v02", f"{n:040x}", "", "succeeded", time(-9000 - n), decision,
            elapsed_seconds=60.0 + build + n,
            started={"build-or-reuse": 20.0, "tekton-pipelinerun": 20.0},
            finished={"build-or-reuse": 20.0 + build + n, "tekton-pipelinerun": 25.0 + build + n},
        )
        for n in range(count)
    ]  # fmt: skip


LONG_WATCHED = story.learned(story.operator(-60.0))


def seen(second: float, history: list[Record]) -> Rollout:
    known = told({**EARLY, TEKTON: story.TektonReport(())}, second, LONG_WATCHED)
    return picture(story.lane(), known, moment(second), history)


def at_risk(rollout: Rollout) -> list[str]:
    return [one.message for one in rollout.findings if one.id == "at-risk"]


def test_a_lane_that_will_be_in_time_is_not_at_risk() -> None:
    rollout = seen(40, past(30))
    assert rollout.forecast_seconds is not None
    assert 85 < rollout.forecast_seconds < 110
    assert rollout.forecast is not None
    assert rollout.forecast.total is not None
    assert rollout.forecast.total.low <= rollout.forecast_seconds <= rollout.forecast.total.high
    assert "forecast " in status_text(rollout).splitlines()[1]
    assert not at_risk(rollout)


def test_what_will_break_is_said_before_it_does() -> None:
    rollout = seen(40, past(100))
    assert rollout.forecast_seconds is not None
    assert rollout.forecast_seconds > 150
    assert rollout.budget.state == "at-risk"
    stage = rollout.stage("build-or-reuse")
    assert stage is not None
    assert stage.budget.state == "at-risk"
    assert any(
        "build-or-reuse will take" in message and "buildOrReuseSeconds" in message for message in at_risk(rollout)
    )
    assert any("the whole rollout will take" in message for message in at_risk(rollout))


def test_without_enough_history_the_rule_of_80_percent_holds() -> None:
    few = seen(79, past(30, count=4))
    assert few.forecast_seconds is None
    assert "4 of 5 earlier rollouts" in few.forecast_reason
    assert any("above 80 %" in message for message in at_risk(few))


def test_a_forecast_in_time_silences_the_rule_of_80_percent() -> None:
    assert not [one for one in at_risk(seen(79, past(60))) if "build-or-reuse" in one]


def test_an_ended_lane_has_no_forecast() -> None:
    rollout = picture(story.lane(), story.delivered(), moment(story.END), past(30))
    assert rollout.state == "succeeded"
    assert rollout.forecast_seconds is None


def test_a_broken_budget_says_since_when_that_was_certain() -> None:
    """reuse-plan began at 12 and has 20 s: the budget ended at 32, and no clock is a second off from 33 on."""
    known = told({MIRROR: story.MIRROR_REPORT, ACTIONS: story.ACTIONS_REPORT}, 70, LONG_WATCHED)
    (message,) = [
        one.message
        for one in picture(story.lane(), known, moment(70)).findings
        if one.id == "over-budget" and one.stage == "reuse-plan"
    ]
    assert message.endswith("over since 12:00:33Z.")


def test_every_open_stage_shows_when_it_will_end_in_text_and_in_json() -> None:
    rollout = seen(40, past(30))
    end = rollout.expected_end("build-or-reuse")
    assert end is not None
    at, found = end
    assert (at - rollout.now.wall).total_seconds() == found.likely - (rollout.budget.used_seconds or 0.0)
    assert found.low < found.likely < found.high
    row = next(line for line in status_text(rollout).splitlines() if " build-or-reuse" in line)
    assert f"; expected {expected(found_of(rollout))}" in row
    document = status_document(rollout)
    stages = {stage["id"]: stage for stage in document["stages"]}
    assert stages["build-or-reuse"]["expectedEnd"]["samples"] == found.samples
    assert "expectedEnd" not in stages["reuse-plan"]  # it has ended
    assert document["forecast"]["low"] <= document["forecast"]["seconds"] <= document["forecast"]["high"]


def test_what_cannot_be_forecast_says_why_in_json() -> None:
    assert status_document(seen(40, past(30, count=4)))["forecast"] == {
        "reason": "4 of 5 earlier rollouts known with reuseDecision built"
    }


def found_of(rollout: Rollout) -> Interval:
    found = rollout.expected("build-or-reuse")
    assert found is not None
    return found


def test_who_has_just_joined_tells_no_breach_before_all_were_asked() -> None:
    for before, states in ((None, {"unknown"}), (LONG_WATCHED, {"over"})):
        known = told({MIRROR: story.MIRROR_REPORT, ACTIONS: story.ACTIONS_REPORT}, 400, before)
        rollout = picture(story.lane(), known, moment(401))
        plan = rollout.stage("reuse-plan")
        assert plan is not None
        assert {plan.budget.state, rollout.budget.state} == states
        assert any(one.id == "over-budget" for one in rollout.findings) == (states == {"over"})
