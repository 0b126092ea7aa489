"""The stories that the embedded lane can tell. One module each; `SCENARIOS` is the table of contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lanewatch.simulator.names import configuration_folder, lane_names
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import build
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
