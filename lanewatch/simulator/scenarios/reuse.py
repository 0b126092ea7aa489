"""reuse: the image is reused. No Job, no gitops commit, no rollout; the Deployment keeps what it runs."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story
from lanewatch.simulator.scenarios.delivery import Delivery, Times
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "test: a lease is renewed twice"
CHANGE = {"services/agentrun-mgr/lease.test.ts": b"// touches the service, not its image\n"}


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, previous = story.standing_lane(recorder)
    times = Times(proven=38.0)
    delivery = story.begin(lane, "current", 0.0, TITLE, CHANGE, times=times, origin=previous)
    stages.sync_source(lane, delivery)
    stages.run_ci(lane, delivery, None)
    _tell_nothing_changes(lane, delivery, previous)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _tell_nothing_changes(lane: Lane, delivery: Delivery, previous: Delivery) -> None:
    recorder, at = lane.recorder, stages.proven_at(lane, delivery)
    facts = {"gitopsRevision": lane.gitops_head}
    recorder.tell(at, "gitops-publish", "skipped", "nothing changes", **facts)
    recorder.tell(at, "argo-closeout", "succeeded", "already closed out", **facts, argoHealth="Healthy")
    runs = {"runtimeTargetSha": previous.commit, "imageDigest": previous.image.digest}
    recorder.tell(at, "runtime-provenance", "succeeded", "the reused image is what runs", **runs)
    recorder.tell(at + 0.3, "lane", "succeeded", "delivered by reuse", sourceCommit=delivery.commit)
