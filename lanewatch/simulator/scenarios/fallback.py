"""fallback: no EventListener stands; Actions asks the controlled API, which creates the PipelineRun."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, story
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder, listener=False)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    story.deliver(lane, delivery)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
