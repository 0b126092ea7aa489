"""rolled-back: delivered and good; then gitops reverts to the last good source commit, and the runtime follows."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
LATER = 70.0  # from the one gitops commit to the other


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, previous = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    story.deliver(lane, delivery)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    _go_back(lane, delivery, previous)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _go_back(lane: Lane, delivery: Delivery, previous: Delivery) -> None:
    """The old template again: its ReplicaSet is still there and gets a new revision number."""
    recorder, times = lane.recorder, delivery.times.later("committed", LATER)
    back = replace(previous, times=times)
    subject = f"deploy {lane.names.workload} {delivery.short}"
    published = stages.publish(lane, back, message=f'Revert "{subject}"')
    stages.close_out(lane, back, published)
    facts = {"runtimeTargetSha": previous.commit, "gitopsRevision": published.revision}
    what = f"runtime went back to {previous.short}, by commit {published.revision[:12]}"
    recorder.tell(times.healthy, "runtime-provenance", "failed", what, **facts)
    recorder.tell(times.healthy, "lane", "failed", what, **facts)
