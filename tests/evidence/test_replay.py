"""A bundle played back: the same summary, any instant of its past, what lay behind the stages, and the same bundle."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from lanewatch.evidence.bundle import read_bundle
from lanewatch.evidence.export import export
from lanewatch.evidence.files import find
from lanewatch.evidence.replay import FRAME_SECONDS, ReplaySession, open_replay
from lanewatch.output.status_json import status_json
from lanewatch.rollout.facts import Handle
from lanewatch.rollout.picture import project
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.past import STRIDE, Past
from tests.evidence.made import JOB_TEXT, entries, material, written
from tests.jumping_loop import run_jumping
from tests.rollout import story

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("replay"))


def test_at_its_end_it_shows_the_summary_byte_for_byte(bundle: Path) -> None:
    assert status_json(open_replay(bundle).rollout).encode() == (bundle / "data/summary.json").read_bytes()


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"},
    ],
)
def test_neither_hash_seed_nor_zone_nor_locale_changes_a_byte(bundle: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "lanewatch.cli", "evidence", "replay", "--print", str(bundle)]
    done = subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **environment}, capture_output=True, check=True)
    assert done.stdout == (bundle / "data/summary.json").read_bytes()


def test_every_instant_of_the_past_is_what_the_journal_projected_then(bundle: Path) -> None:
    session = open_replay(bundle)
    for second in (59, 59.5, 63, 68.5, 84, 90):
        session.seek(story.moment(second).steady)
        read = [entry for entry in entries() if entry.read_at.steady <= story.moment(second).steady]
        assert session.rollout == project(story.lane(), read, story.moment(second))
    for beyond in (-5.0, 1e9):
        session.seek(beyond)
        assert session.past.begin <= session.at <= session.past.end.steady


def test_a_long_past_is_the_same_in_any_order_of_looking() -> None:
    told = [replace(entries()[-1], read_at=story.moment(100 + second / 10)) for second in range(3 * STRIDE)]
    past = Past(story.lane(), [*entries(), *told], story.moment(200))
    fresh = Past(story.lane(), [*entries(), *told], story.moment(200))
    steps = [story.moment(second).steady for second in (60, 176, 61, 130, 90, 199)]
    assert [past.rollout(at) for at in steps] == [fresh.rollout(at) for at in reversed(steps)][::-1]


def test_it_plays_at_its_speed_and_stands_still_at_the_end(bundle: Path) -> None:
    async def watch() -> list[Rollout]:
        session = open_replay(bundle, start=0.0, speed=10.0)
        seen: list[Rollout] = []
        session.start()
        async for rollout in session.pictures():
            seen.append(rollout)
            if rollout.now == story.moment(90):
                await session.close()
        return seen

    seen = run_jumping(watch())
    times = [rollout.now.steady for rollout in seen]
    assert times[0] == story.moment(59).steady
    assert {round(after - before, 3) for before, after in pairwise(times[:-1])} == {10 * FRAME_SECONDS}
    assert (seen[0].state, seen[-1].state) == ("pending", "succeeded")


async def test_it_opens_what_the_bundle_holds_and_says_what_it_does_not(bundle: Path) -> None:
    session = open_replay(bundle)

    def handle(locator: str) -> Handle:
        return Handle("object", "", locator, "it")

    opened = await session.open(handle("k8s:ci/batch/v1/jobs/ci/build"))
    assert "\n".join(opened.lines).encode() + b"\n" == JOB_TEXT
    assert (await session.open(handle("k8s-log:ci/ci/gone/buildkit"))).note == "not found"
    assert (await session.open(handle("k8s:ci/core/v1/pods/ci/other"))).note == "not in the bundle"


async def test_exporting_a_replay_gives_the_same_bundle(bundle: Path, tmp_path: Path) -> None:
    again = await export(open_replay(bundle), tmp_path)
    assert again.name == bundle.name
    assert find(again).kept == find(bundle).kept


async def test_exporting_an_earlier_instant_gives_what_was_known_then(bundle: Path, tmp_path: Path) -> None:
    session = ReplaySession(read_bundle(bundle), start=4.0)
    earlier = open_replay(await export(session, tmp_path))
    assert earlier.rollout == session.rollout
    assert earlier.rollout.now == story.moment(63)


def test_a_bundle_of_the_first_schema_still_plays(tmp_path: Path) -> None:
    """Kept for ever as it was first written. Today's rules may judge otherwise; they must still read it."""
    session = open_replay(Path(__file__).with_name("first-schema.tar"))
    assert session.rollout.target == material().lane.target
    assert session.rollout.commit == story.A
    assert len(session.entries) == len(entries())
    assert {stage.id for stage in session.rollout.stages} == {stage.id for stage in story.lane().stages}
