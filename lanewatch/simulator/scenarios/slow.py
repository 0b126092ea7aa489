"""slow: everything takes too long, and everything goes well in the end: each of the six rollout budgets is broken.

Argo's first sync fails and waits for its retry; the first new Pod's image cannot be pulled for a while.
"""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story
from lanewatch.simulator.scenarios.delivery import Times
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
TIMES = Times(
    snapshot=3.0,
    mirrored=27.0,  # budget 20
    run=28.4,
    taken=53.0,  # 20
    planned=81.0,  # 20
    dispatch=84.0,
    accepted=86.2,
    pipeline=86.5,
    decided=92.0,
    build=95.6,
    built=150.0,
    proven=158.0,  # 70 from the plan
    committed=172.0,
    published=176.0,
    noticed=180.0,
    synced=194.0,
    first_ready=212.0,
    rolled_out=221.0,
    healthy=223.0,  # 50 from the build, 120 from the push
    end=234.0,
)
PULLS = (194.6, 200.8)  # the first new Pod's image: ErrImagePull, ImagePullBackOff, and both again


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE, times=TIMES)
    published = story.up_to_gitops(lane, delivery)
    stages.close_out(lane, delivery, published, tries=2, pulls=PULLS)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered late", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
