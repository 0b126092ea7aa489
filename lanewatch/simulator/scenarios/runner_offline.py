"""runner-offline: the run waits for a runner with the lane's label, and the only one went away."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import actions, argo, stages, story, workflow
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
GONE = -400.0


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    actions.runner(lane, GONE, "offline")
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    stages.sync_source(lane, delivery)
    workflow.queue_workflow(lane, delivery)
    what, facts = "no runner takes the plan job", {"actionsRunId": delivery.run_id}
    recorder.tell(delivery.times.run, "actions-dispatch", "running", what, **facts)
    argo.poll(lane, 86.0)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
