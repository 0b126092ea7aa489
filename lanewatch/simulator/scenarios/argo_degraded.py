"""argo-degraded: synced at R, but the new Pod never becomes ready; at the deadline the Deployment gives up."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, story, stuck, workload
from lanewatch.simulator.world import World

TITLE = "feat: leases in their own table"
DEADLINE = 60  # progressDeadlineSeconds of this lane's Deployment: the default of 600 s is a long story


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder, deadline=DEADLINE)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    published = story.up_to_gitops(lane, delivery)
    argo.sync(lane, delivery, published.revision, published.image, healthy=False)
    recorder.tell(delivery.times.noticed + 1.2, "runtime-provenance", "running", "Argo's operation began")
    rolling = workload.rolling_of(lane, delivery, image=published.image, digest=delivery.image.digest)
    gave_up = stuck.never_ready(lane, rolling)
    recorder.tell(gave_up, "runtime-provenance", "failed", "ProgressDeadlineExceeded: the new Pod answers 503")
    argo.become(lane, gave_up + 0.9, "Degraded")
    facts = {"gitopsRevision": published.revision, "argoHealth": "Degraded"}
    recorder.tell(gave_up + 0.9, "argo-closeout", "failed", "Degraded at R", **facts)
    recorder.tell(gave_up + 0.9, "lane", "failed", "the new Pod never became ready", **facts)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
