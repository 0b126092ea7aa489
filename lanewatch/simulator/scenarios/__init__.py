"""The stories that the embedded lane can tell. One module each; `SCENARIOS` is the table of contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lanewatch.simulator.names import configuration_folder, lane_names
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import (
    argo_unnoticed,
    build,
    build_fails,
    hostile,
    image_drift,
    mirror_stuck,
    reuse,
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
    "hostile": Scenario("escapes, markup and secrets in names, messages, logs", 104.0, hostile.write),
    "build-fails": Scenario("the builder Job fails", 54.0, build_fails.write),
    "image-drift": Scenario("all green, but the Pods run another image", 104.0, image_drift.write),
    "mirror-stuck": Scenario("upstream moved, the mirror does not sync", 180.0, mirror_stuck.write),
    "argo-unnoticed": Scenario("published, Argo still compares the old revision", 180.0, argo_unnoticed.write),
}


def build_world(
    name: str, *, seed: int, start: datetime, repositories: Path, configuration: Path | None = None
) -> World:
    """The world of scenario `name`, its git repositories written below `repositories`.

    `start` is the push: UTC, whole seconds. Raises KeyError for a name that is not in SCENARIOS.
    """
    scenario = SCENARIOS[name]
    names = lane_names(configuration or configuration_folder())
    return scenario.write(Recorder(name, seed, start, scenario.end, names, repositories))
