"""env-reuse: the environment image stands, only the service image is built. A later gitops commit changes nothing."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, gitops, source, story
from lanewatch.simulator.scenarios.delivery import Times
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "feat: leases of 45 seconds"
CHANGE = {"services/agentrun-mgr/lease.ts": b"export const leaseSeconds = 45\n"}
TIMES = Times().later("built", -10.0)  # no environment to build
NOTE = 92.0


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, CHANGE, times=TIMES)
    story.deliver(lane, delivery)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    _explain(lane)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _explain(lane: Lane) -> None:
    """Somebody commits a README to the gitops branch: Argo is Synced at it without an operation."""
    later = gitops.annotate(lane, NOTE, "docs: who writes this branch")
    source.mirror(lane, NOTE + 2.4, {gitops.branch_ref(lane): later})
    argo.pass_over(lane, NOTE + 3.6, later)
