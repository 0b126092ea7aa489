"""mirror-stuck: upstream moved, the mirror tries and does not get it. The last good rollout goes on serving."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, source, story
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
ATTEMPTS = (31.0, 92.0, 152.0)


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    for at in ATTEMPTS:
        source.touch_mirror(lane, at)
        recorder.tell(at, "mirror-sync", "running", "a sync attempt failed", sourceCommit=delivery.commit)
    argo.poll(lane, 86.0)
    argo.keep_polling(lane)
    return recorder.world(None)
