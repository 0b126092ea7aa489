"""crash-loop: synced at R, the new Pod's container exits again and again; the deadline is not reached yet."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, story, stuck, workload
from lanewatch.simulator.world import World

TITLE = "feat: leases of 45 seconds"
SPELLS = ((77.4, 79.2), (80.1, 82.0), (93.0, 94.9), (116.0, 117.8))


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    published = story.up_to_gitops(lane, delivery)
    argo.sync(lane, delivery, published.revision, published.image, healthy=False)
    recorder.tell(delivery.times.noticed + 1.2, "runtime-provenance", "running", "Argo's operation began")
    stuck.crash(lane, workload.rolling_of(lane, delivery, image=published.image, digest=delivery.image.digest), SPELLS)
    for count, (_, ended) in enumerate(SPELLS, 1):
        recorder.tell(ended, "runtime-provenance", "running", f"exit {count} of the new Pod, with code 1")
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
