"""plan-missing: the plan job ends well but uploads no artifact; the dispatch job waits for it and will for ever."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story, workflow
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    stages.sync_source(lane, delivery)
    workflow.run_without_plan(lane, delivery)
    times, facts = delivery.times, {"actionsRunId": delivery.run_id}
    recorder.tell(times.run, "actions-dispatch", "running", "run and jobs created", **facts)
    recorder.tell(times.taken, "actions-dispatch", "succeeded", "a runner took the plan job", **facts)
    recorder.tell(times.taken, "reuse-plan", "running", "the plan job runs")
    recorder.tell(times.planned + 1.4, "reuse-plan", "running", "the plan job ended without a plan", **facts)
    argo.poll(lane, 86.0)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
