"""What one watched lane costs all its servers: every request that reached one, streams included, in ten minutes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.clients.patience import Patience
from lanewatch.rollout.facts import MIRROR
from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.http import Logged
from lanewatch.simulator.world import RefChange
from tests.faults.lane import FaultyLane, all_answer, faulty_lane
from tests.jumping_loop import run_jumping
from tests.simulator.stories import commit_of, fresh

RUNNING_PER_SECOND = 2.0
FINISHED_PER_SECOND = 0.1
MINUTES = 10
WAITING_SECONDS = 180
MOVED_AT = 700.0  # seconds: the lane has rested for long
ROLLED_BACK_AT = 139.0  # the second at which the story rolled-back publishes the old commit again


async def counted(one: FaultyLane, seconds: int) -> list[Logged]:
    before = len(one.served.record.entries)
    await one.watch(seconds)
    return list(one.served.record.entries[before:])


def test_a_cold_sweep_asks_each_thing_once(tmp_path: Path) -> None:
    """Whatever it learns on the way: only the snapshot ref is asked for again, by the name that the plan gives it.

    And how the program is, where what it runs had been read before it was known what should run.
    """

    async def story() -> Counter[tuple[object, ...]]:
        async with faulty_lane(tmp_path, at=200.0, attended=False) as one:
            assert await one.until(lambda rollout: one.session.settled() and all_answer(rollout), 3)
            asked = one.served.record.entries
            return Counter((one.server, one.path, one.query) for one in asked)

    asked = run_jumping(story())
    twice = [str(path) for (_, path, _), times in asked.items() if times > 1]
    assert sum("/snapshots/" in path for path in twice) == 1
    assert all("/snapshots/" in path or path.endswith("/health") for path in twice), twice
    assert 30 < sum(asked.values()) < 45
    assert max(asked.values()) <= 3


@pytest.mark.parametrize(("upstream", "fault"), [(False, ""), (False, "H06"), (False, "V06"), (True, "")])
def test_a_finished_lane_is_asked_once_in_ten_seconds(tmp_path: Path, upstream: bool, fault: str) -> None:
    """Also where one of its servers fails all the time."""
    random.seed(1)  # the periods' jitter

    async def story() -> int:
        async with faulty_lane(tmp_path, at=400.0, attended=False, upstream=upstream) as one:
            assert await one.until(lambda rollout: one.session.settled() and all_answer(rollout), 30)
            await one.watch(60)  # streams are open now
            if fault:
                one.layer.arm(known_faults()[fault])
            return len(await counted(one, MINUTES * 60))

    asked = run_jumping(story())
    assert 0 < asked <= FINISHED_PER_SECOND * MINUTES * 60, asked


@pytest.mark.parametrize(("upstream", "crowd", "seconds"), [(False, 2000, 31), (True, 2000, 31), (True, 0, 48)])
def test_a_branch_that_moves_on_a_finished_lane_is_noticed_within_half_a_minute(
    tmp_path: Path, upstream: bool, crowd: int, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upstream too; where that has too many refs, so that git takes two requests, within three quarters of a minute."""
    monkeypatch.setattr("lanewatch.clients.git.CROWD", crowd)
    world = fresh("build", tmp_path)
    heads = [change for change in world.refs if change.ref == "refs/heads/v0.2" and change.sha]
    before = next(change.sha for change in heads if change.sha != commit_of(world))
    moved = [RefChange(MOVED_AT, name, "refs/heads/v0.2", before) for name in {change.repository for change in heads}]
    world = replace(world, refs=(*world.refs, *moved))

    async def story() -> tuple[float, int]:
        async with faulty_lane(tmp_path, world=world, at=MOVED_AT - 300.0, attended=False, upstream=upstream) as one:
            await one.watch(299)
            assert one.session.rollout.state == "succeeded"
            seen = await one.until(lambda _: any("no longer part" in line for line in one.lines()), 100)
            assert seen, one.lines()
            return len(one.pictures) - 300.0, one.session.knowledge.seen[MIRROR].cost.requests

    noticed, charged = run_jumping(story())
    assert noticed <= seconds
    assert charged > 15, "the looks are charged to the row"


def test_a_lane_is_asked_less_than_twice_a_second_from_its_push_to_its_end(tmp_path: Path) -> None:
    async def story() -> tuple[int, int]:
        async with faulty_lane(tmp_path, "build", 0.0, attended=False) as one:
            assert await one.until(lambda rollout: one.session.settled() and all_answer(rollout), 30)
            asked, seconds = 0, 0
            while one.session.rollout.state != "succeeded":
                asked, seconds = asked + len(await counted(one, 1)), seconds + 1
            return asked, seconds

    asked, seconds = run_jumping(story())
    assert 60 < seconds < 150
    assert asked <= RUNNING_PER_SECOND * seconds, asked / seconds


@pytest.mark.parametrize(
    ("scenario", "fault"),
    [("argo-unnoticed", ""), ("runner-offline", ""), ("runner-offline", "V03"), ("argo-unnoticed", "A03")],
)
def test_a_lane_that_goes_on_running_is_asked_less_than_twice_a_second(
    tmp_path: Path, scenario: str, fault: str
) -> None:
    """Also under the fault that costs most, and (A03) where nothing may be watched."""
    random.seed(1)

    async def story() -> float:
        async with faulty_lane(tmp_path, scenario, 150.0, attended=False) as one:
            if fault:
                one.layer.arm(
                    replace(known_faults()[fault], path="", watch=True) if fault == "A03" else known_faults()[fault]
                )
            await one.watch(30)
            asked = len(await counted(one, WAITING_SECONDS)) / WAITING_SECONDS
            assert one.session.rollout.state == "running"
            assert not fault or one.layer.fired[fault] > 0
            return asked

    assert run_jumping(story()) <= RUNNING_PER_SECOND


def test_a_rollback_of_a_finished_lane_is_told_by_its_streams_within_three_seconds(tmp_path: Path) -> None:
    async def story() -> float:
        async with faulty_lane(tmp_path, "rolled-back", ROLLED_BACK_AT - 90, attended=False) as one:
            assert await one.until(lambda rollout: rollout.state == "succeeded", 60)
            assert await one.until(lambda rollout: rollout.state != "succeeded", 120)
            return len(one.pictures) - 90.0

    assert run_jumping(story()) <= 3


@pytest.mark.parametrize("fault", ["H06", "N05"])
def test_under_an_outage_of_everything_one_request_in_ten_is_a_second_try(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the whole stack: no layer above the transport tries again on its own."""
    random.seed(1)
    second_tries = 0
    may_repeat = Patience._may_repeat

    def counting(patience: Patience, deadline: float) -> bool:
        nonlocal second_tries
        second_tries += (granted := may_repeat(patience, deadline))
        return granted

    monkeypatch.setattr(Patience, "_may_repeat", counting)

    async def story() -> tuple[int, int, int]:
        async with faulty_lane(tmp_path, "runner-offline", 150.0, attended=False) as one:
            await one.watch(30)
            healthy = len(await counted(one, 120))
            for server in ("gitea", "kubernetes", "registry", "health"):
                wide = {"id": server, "server": server, "path": "", "watch": None}
                one.layer.arm(replace(known_faults()[fault], **wide))  # type: ignore[arg-type]
            broken = len(await counted(one, 120))
            assert sum(one.layer.fired.values()) == broken, "something was answered all the same"
            return healthy, broken, len(one.served.record.entries)

    healthy, broken, total = run_jumping(story())
    assert 0 < second_tries <= 0.1 * total, (second_tries, total)
    assert broken <= 1.5 * healthy, "without streams lists are asked for, each row for its own"
    assert broken <= RUNNING_PER_SECOND * 120
