"""The authority that the contributors' page writes out is a whole one: its lines are run against the simulator."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from pathlib import Path
from typing import Any

from lanewatch.authorities.interface import Authority
from lanewatch.authorities.reading import Witness
from lanewatch.clients.opening import open_clients
from lanewatch.rollout.facts import Correlation, Outcome, Quality
from lanewatch.simulator import handover
from lanewatch.simulator.git_repository import git_environment
from lanewatch.simulator.serving import served
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from tests.doctor.examined_lane import SameClock
from tests.e2e.lanes import REPOSITORY
from tests.simulator.small_world import Steady
from tests.simulator.stories import commit_of, fresh

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text()
MOST_LINES = 60


def written() -> tuple[str, dict[str, Any]]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(compile(code, "docs/architecture.md", "exec"), namespace)
    return code, namespace


def test_it_is_as_short_as_the_page_says_and_has_all_that_an_authority_has() -> None:
    code, namespace = written()
    assert len(code.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(code))
    wanted = {name for name, _ in inspect.getmembers(Authority) if not name.startswith("_")}
    assert wanted | {"id", "needs"} <= set(dir(namespace["ReleaseAuthority"]))


def _set(repository: Path, ref: str, commit: str) -> None:
    subprocess.run(["git", "-C", repository, "update-ref", ref, commit], check=True, env=git_environment({}))


async def test_it_reads_the_tag_and_says_where(tmp_path: Path) -> None:
    _, namespace = written()
    lane, world = load_spec().lane(), fresh("build", tmp_path)
    clock, commit = Steady(world.end).clock(), commit_of(world)
    async with served(world, clock) as place:
        told = handover.connections(world, place, tmp_path, lane.workload, lane.repository)
        handover.write_whole(tmp_path / "connections.yaml", handover.as_yaml(told))
        own = SameClock(clock)
        clients = open_clients(load_connections(tmp_path / "connections.yaml"), own, tmp_path / "cache")
        authority = namespace["ReleaseAuthority"](lane, clients.gitea, own, Witness("release-tag", clients.redactor))
        subject = authority.subject(Correlation(commit=commit))
        before = await authority.read(subject)
        assert (before.outcome, before.facts[0].quality) == (Outcome.OK, Quality.ABSENT)
        mirror = world.repositories / "gitea" / f"{lane.repository}.git"
        tag = f"refs/tags/deployed/{lane.target}"
        _set(mirror, tag, commit)
        after = await authority.read(subject)
        await clients.close()
    (fact,) = after.facts
    assert (fact.name, fact.value, fact.quality) == ("deployedCommit", commit, Quality.GOOD)
    assert tag in fact.source
    assert after.raw_digest.startswith("sha256:")
    assert after.cost.requests == 2
