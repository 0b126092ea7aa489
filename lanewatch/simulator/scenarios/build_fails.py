"""build-fails: the builder Job's Pod exits with an error, and with it the TaskRun, the PipelineRun, the Actions run."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story
from lanewatch.simulator.scenarios.delivery import Times
from lanewatch.simulator.world import World

TITLE = "feat: renew leases from their own module"
CHANGE = {**story.CHANGE, "services/agentrun-mgr/main.ts": b"import { renew } from './lease/renewal'\n"}


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, CHANGE, times=Times(built=47.0))
    stages.sync_source(lane, delivery)
    stages.run_ci(lane, delivery, stages.Published("", ""), stages.Course(code=1))  # never comes to the gitops task
    failed = stages.proven_at(lane, delivery, code=1)
    what, facts = "the builder Job failed", {"builderJobName": delivery.job_name}
    stages.end_badly(delivery, recorder, failed, "failed", what, "build-or-reuse failed", **facts)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
