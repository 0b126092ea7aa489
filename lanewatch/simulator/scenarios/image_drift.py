"""image-drift: gitops asks for a mutable tag, someone pushes another image over it, and that is what the Pods run."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, builder, stages, story
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
TAG = "v0.2"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    published = story.up_to_gitops(lane, delivery, f"{lane.names.image}:{TAG}", TAG)
    other = builder.built_image(lane, delivery, content="rebuilt by hand")
    recorder.push(delivery.times.published + 0.6, lane.names.image_repository, other, TAG)
    stages.close_out(lane, delivery, published, other.digest)
    drift = {"built": delivery.image.digest, "running": other.digest}
    recorder.tell(delivery.times.healthy, "lane", "unknown", "the Pods run another image than was built", **drift)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
