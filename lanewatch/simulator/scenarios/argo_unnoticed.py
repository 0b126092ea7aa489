"""argo-unnoticed: the gitops commit is there, no webhook arrives, and Argo's poll finds the branch in its cache."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, story
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
POLL = 86.0


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    published = story.up_to_gitops(lane, delivery)
    argo.poll(lane, POLL)
    argo.keep_polling(lane)
    what = "Argo compared the old revision, from its cache"
    recorder.tell(POLL, "argo-closeout", "running", what, gitopsRevision=published.revision)
    return recorder.world(delivery.commit)
