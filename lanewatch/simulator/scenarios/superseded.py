"""superseded: a newer commit cancels the run of this one by the workflow's `concurrency`, and is delivered instead.

Gitea up to 1.25 did so by itself; 1.26, which the lane shows, does it only where the workflow asks for it.
"""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story, workflow
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
NEWER = "fix: lease renewal, for real"
NEWER_PUSH = 10.0
NEWER_CHANGE = {"services/agentrun-mgr/lease.ts": b"export const leaseSeconds = 60\n"}


def write(recorder: Recorder) -> World:
    """The world of this story: it is about the older commit."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, {**story.CHANGE, **_concurrency(lane)})
    stages.sync_source(lane, delivery)
    cancelled = NEWER_PUSH + delivery.times.run  # when the newer commit's run is made
    workflow.cancel_workflow(lane, delivery, cancelled)
    newer = story.begin(lane, "newer", NEWER_PUSH, NEWER, NEWER_CHANGE, told=False)
    story.deliver(lane, newer)
    _tell(lane, delivery, newer, cancelled)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _concurrency(lane: Lane) -> dict[str, bytes]:
    """The workflow, with the lines that let a newer run cancel an older one."""
    one = b"concurrency: {group: agentrun-jd01-v02, cancel-in-progress: true}\n"
    return {lane.names.workflow: lane.files[lane.names.workflow] + one}


def _tell(lane: Lane, delivery: Delivery, newer: Delivery, cancelled: float) -> None:
    recorder, times = lane.recorder, delivery.times
    facts: dict[str, object] = {"supersededBy": newer.commit}
    recorder.tell(times.run, "actions-dispatch", "running", "run and jobs created", actionsRunId=delivery.run_id)
    recorder.tell(times.taken, "actions-dispatch", "succeeded", "a runner took the plan job")
    recorder.tell(times.taken, "reuse-plan", "running", "the plan job runs")
    recorder.tell(cancelled, "actions-dispatch", "cancelled", "the newer commit's run cancelled this one", **facts)
    for stage in ("reuse-plan", "build-or-reuse", "tekton-pipelinerun"):
        recorder.tell(cancelled, stage, "skipped", f"superseded by {newer.short}", **facts)
    what = f"superseded by {newer.short}"
    stages.end_badly(delivery, recorder, cancelled, "superseded", what, what, **facts)
