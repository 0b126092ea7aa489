"""tekton-timeout and tekton-cancelled: the PipelineRun is stopped while the builder Job runs, which goes on alone."""

from __future__ import annotations

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, stages, story
from lanewatch.simulator.scenarios.delivery import Times
from lanewatch.simulator.scenarios.taskrun import Halt
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
TIMES = Times(built=190.0)  # beyond the story's end
LIMIT = 60.0
LIMIT_TOLD = "1m0s"
CANCELLED = 51.0


def time_out(recorder: Recorder) -> World:
    """The world of tekton-timeout. The clock starts at the PipelineRun's startTime, 0.1 s after its creation."""
    return _write(recorder, Halt(TIMES.pipeline + 0.1 + LIMIT, LIMIT_TOLD), "PipelineRun timed out")


def cancel(recorder: Recorder) -> World:
    """The world of tekton-cancelled."""
    return _write(recorder, Halt(CANCELLED), "PipelineRun was cancelled")


def _write(recorder: Recorder, halt: Halt, what: str) -> World:
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE, times=TIMES)
    stages.sync_source(lane, delivery)
    stages.run_ci(lane, delivery, stages.Published("", ""), stages.Course(halt=halt))
    ended = halt.at + 0.1
    last, facts = f"{what}, builder Job runs on", {"builderJobName": delivery.job_name}
    stages.end_badly(delivery, recorder, ended, "failed", last, f"tekton-pipelinerun: {what}", **facts)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)
