"""A lane's real git repositories, for the scripts that run on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.world import World
from tests.producers.scripts import LANE
from tests.simulator.stories import fresh


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Before anything of the rollout is published: the commit is upstream, gitops is at the delivery before."""
    built = fresh("build", tmp_path)
    RefMover(built).apply(30.0)
    return built


@pytest.fixture
def upstream(world: World) -> Path:
    return world.repositories / "upstream" / f"{LANE.repository}.git"
