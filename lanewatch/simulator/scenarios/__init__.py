"""The stories that the embedded lane can tell, one module each: `SCENARIOS`, and in `TOLD` those aside as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lanewatch.simulator.names import configuration_folder, lane_names
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import (
    argo_degraded,
    argo_unnoticed,
    build,
    build_fails,
    crash_loop,
    env_reuse,
    fallback,
    flood,
    halted,
    hostile,
    image_drift,
    mirror_stuck,
    plan_missing,
    policy_broken,
    rerun,
    reuse,
    rolled_back,
    runner_offline,
    slow,
    superseded,
)
from lanewatch.simulator.world import World


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story: a line that says what happens, its last second, and the function that writes it down.

    end: the second of the last event; of a story that never ends, the second that `--at end` means.
    """

    description: str
    end: float
    write: Callable[[Recorder], World]


SCENARIOS: dict[str, Scenario] = {
    "build": Scenario("everything is built, and everything goes well", 104.0, build.write),
    "reuse": Scenario("the image is reused: no Job, no gitops commit, no rollout", 43.0, reuse.write),
    "env-reuse": Scenario("the env image is reused, the service image is built", 96.5, env_reuse.write),
    "rerun": Scenario("attempt 1 failed, attempt 2 delivered", 146.3, rerun.write),
    "slow": Scenario("each of the six rollout budgets is broken, and it succeeds", 234.0, slow.write),
    "hostile": Scenario("escapes, markup and secrets in names, messages, logs", 104.0, hostile.write),
    "fallback": Scenario("no EventListener: the controlled API starts the PipelineRun", 104.0, fallback.write),
    "build-fails": Scenario("the builder Job fails", 54.0, build_fails.write),
    "tekton-timeout": Scenario("the PipelineRun times out, its builder Job runs on", 91.5, halted.time_out),
    "tekton-cancelled": Scenario("the PipelineRun is cancelled, its builder Job runs on", 56.0, halted.cancel),
    "argo-degraded": Scenario("synced, but the new Pods never get ready: Degraded", 134.5, argo_degraded.write),
    "rolled-back": Scenario("succeeded, then gitops reverts to the last good", 174.0, rolled_back.write),
    "image-drift": Scenario("all green, but the Pods run another image", 104.0, image_drift.write),
    "superseded": Scenario("a newer commit overtakes and cancels the run", 114.0, superseded.write),
    "mirror-stuck": Scenario("upstream moved, the mirror does not sync", 180.0, mirror_stuck.write),
    "runner-offline": Scenario("the run waits for a runner, and none is online", 180.0, runner_offline.write),
    "plan-missing": Scenario("the plan job succeeds but uploads no plan", 120.0, plan_missing.write),
    "argo-unnoticed": Scenario("published, Argo still compares the old revision", 180.0, argo_unnoticed.write),
    "crash-loop": Scenario("the new Pods crash, the deadline is not reached yet", 150.0, crash_loop.write),
}

# Beside the lane's own stories: a world of 100 MB, and one whose cluster is set up against the spec.
ASIDE: dict[str, Scenario] = {
    "policy-broken": Scenario(
        "everything is delivered, against every rule of the spec's planes", 104.0, policy_broken.write
    ),
    "flood": Scenario("as build, with a million log lines (100 MB; slow to start)", 104.0, flood.write),
}
TOLD = {**SCENARIOS, **ASIDE}


def build_world(
    name: str, *, seed: int, start: datetime, repositories: Path, configuration: Path | None = None
) -> World:
    """The world of scenario `name`, its git repositories written below `repositories`.

    `start` is the push: UTC, whole seconds. Raises KeyError for a name that is not in TOLD.
    """
    scenario = TOLD[name]
    names = lane_names(configuration or configuration_folder())
    return scenario.write(Recorder(name, seed, start, scenario.end, names, repositories))
