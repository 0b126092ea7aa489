"""hostile: a delivery that goes well while everyone who may write a text writes escapes, markup and secrets into it."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, poison, source, story
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
BRANCH = "refs/heads/feature/\u202etxt.\u200b\u009b31m-(/x)"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    words, secrets = poison.planted(recorder)
    key, lines = poison.private_key(recorder)
    recorder.secrets += [*secrets, *lines]
    lane, _ = story.standing_lane(recorder, words)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    story.deliver(lane, delivery)
    recorder.move(0.0, source.upstream(lane), BRANCH, delivery.commit)
    recorder.move(delivery.times.mirrored, source.mirrored(lane), BRANCH, delivery.commit)
    _annotate(lane, delivery, words)
    _leak(lane, delivery, key)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _annotate(lane: Lane, delivery: Delivery, words: poison.Poison) -> None:
    """Poisoned annotations on the objects that a drill-down shows."""
    note = {"metadata": {"annotations": {"agentrun.lane/note": words("written by a stranger")}}}
    at = delivery.times.healthy + 1.0
    for kind in ("PipelineRun", "Job", "Deployment", "Application"):
        for place, whole in list(lane.recorder.live.items()):
            if place[1] == kind:
                lane.recorder.patch(at, whole, note)


def _leak(lane: Lane, delivery: Delivery, key: str) -> None:
    """The builder prints a private key, line by line."""
    pods = [place for place in lane.recorder.live if place[1] == "Pod" and delivery.job_name in place[3]]
    for _, _, namespace, name in pods:
        at = delivery.times.built - 1.0
        lane.recorder.log(at, ("container", namespace, name, "buildkit"), key.encode() + b"\n")
