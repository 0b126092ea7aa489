"""rerun: the first attempt's PipelineRun cannot fetch the plan; somebody runs the Actions run again, and it delivers.

As Gitea up to 1.26 does it: run id, job ids, created_at and artifact ids stay, the first attempt's logs are lost.
"""

from __future__ import annotations

from dataclasses import replace

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, builder, stages, story
from lanewatch.simulator.scenarios.actions import Played
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
AGAIN = 52.0  # when somebody asks for it
TAKEN = 42.3  # how much later a runner takes its first job, and everything after that


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    stages.sync_source(lane, delivery)
    first = stages.run_ci(lane, delivery, stages.Published("", ""), stages.Course(fetch_code=1))
    ended = delivery.times.decided
    stages.end_badly(delivery, recorder, ended, "failed", "the PipelineRun failed", "tekton-pipelinerun failed")
    second = _again(lane, delivery)
    recorder.tell(AGAIN, "lane", "running", "the run was asked for again", actionsRunId=delivery.run_id)
    _deliver(lane, second, first)
    recorder.tell(second.times.healthy, "lane", "succeeded", "delivered by attempt 2", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _again(lane: Lane, delivery: Delivery) -> Delivery:
    """The same commit and run, dispatched anew: another event, another PipelineRun, another image."""
    times = replace(delivery.times.later("taken", TAKEN), run=AGAIN)
    name = lane.names.run_prefix + lane.recorder.suffix("run", "again")
    event = lane.recorder.uid("event", "again")
    second = replace(delivery, name="again", times=times, pipeline_run=name, event_id=event)
    return replace(second, image=builder.built_image(lane, second))


def _deliver(lane: Lane, second: Delivery, first: Played) -> None:
    stages.push_images(lane, second)
    published = stages.publish(lane, second)
    stages.run_ci(lane, second, published, stages.Course(earlier=first))
    stages.close_out(lane, second, published)
