"""The board's turns: who is looked at next, what is kept, and lines for commits that are still in flight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.errors import ConfigurationError, Problem
from lanewatch.watch.board import ENDED_SECONDS, REST_SECONDS, SHARE, Board
from lanewatch.watch.live import LiveSession
from lanewatch.watch.session import Recent, RecentCommit
from tests.tui import pictures
from tests.tui.sessions import lane


@dataclass
class Swept:
    """A session that has settled at once."""

    rollout: Rollout
    commits: tuple[RecentCommit, ...] = ()
    left: bool = False
    lane: Any = field(default_factory=lane)

    def settled(self) -> bool:
        return True

    async def pictures(self) -> AsyncIterator[Rollout]:
        yield self.rollout

    async def recent(self, with_runs: int) -> Recent:
        return Recent(self.commits[:with_runs])

    async def __aenter__(self) -> Swept:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left = True


class World:
    """Opens swept sessions and remembers which; its clock stands until it is moved."""

    def __init__(self, *commits: RecentCommit, rollout: Rollout | None = None) -> None:
        self.now = 100.0
        self.rollout = rollout or pictures.running()
        self.head: str | None = self.rollout.commit
        self.glances = 0
        self.spent = self.cost = 0.0  # seconds of the processor: so far, and of one sweep
        self.opened: list[tuple[str, str | None]] = []
        self.sessions: list[Swept] = []
        self.commits = commits

    def open(self, target: str, commit: str | None) -> LiveSession:
        if target == "broken":
            raise ConfigurationError([Problem("c.yaml", 1, 1, "gitea", "is missing")])
        self.opened.append((target, commit))
        self.spent += self.cost
        self.sessions.append(Swept(self.rollout, self.commits))
        return cast(LiveSession, self.sessions[-1])

    async def head_of(self, target: str) -> str | None:
        self.glances += 1
        return self.head

    def board(self, *targets: str) -> Board:
        return Board(targets, self.open, self.head_of, lambda: self.now, lambda: self.spent)


async def test_the_one_not_looked_at_for_longest_is_next_and_every_session_is_left() -> None:
    world = World()
    board = world.board("a", "b")
    for _ in range(2):
        await board._step()
        world.now += REST_SECONDS
    await board._step()
    assert [target for target, _ in world.opened] == ["a", "b", "a"]
    assert all(session.left for session in world.sessions)
    assert board.lines[0].age(world.now + 2.0) == 2.0
    assert board.lines[0].rollout == pictures.running()


async def test_a_lane_that_cannot_be_opened_says_why_and_harms_no_other() -> None:
    world = World()
    board = world.board("broken", "b")
    await board._step()
    await board._step()
    assert "is missing" in board.lines[0].trouble
    assert board.lines[1].rollout is not None


async def test_older_commits_in_flight_get_lines_until_they_have_ended() -> None:
    flying = RecentCommit("bb" * 20, "older", "Ada", None, "7", "running")
    ended = RecentCommit("cc" * 20, "oldest", "Ada", None, "6", "success")
    world = World(RecentCommit(pictures.COMMIT, "newest", "Ada", None, "8", "running"), flying, ended)
    board = world.board("a")
    await board._step()
    assert [line.commit for line in board.lines] == [None, flying.sha]
    await board._step()
    assert world.opened[-1] == ("a", flying.sha)
    world.commits, world.now = (), world.now + REST_SECONDS
    await board._step()
    assert [line.commit for line in board.lines] == [None]


async def test_a_lane_that_has_ended_is_swept_rarely_and_at_once_where_its_branch_moves_on() -> None:
    """Two hundred lanes that have ended cost two hundred small questions in half a minute, not as many sweeps."""
    world = World(rollout=pictures.done())
    board = world.board("a", "b")
    for _ in range(2):
        await board._step()
    world.now += REST_SECONDS
    await board.glance()
    assert (world.glances, all(line.due > world.now for line in board.lines)) == (2, True)
    world.head = "ff" * 20
    await board.glance()
    assert all(line.due <= world.now for line in board.lines)
    for _ in range(2):
        await board._step()
    await board.glance()  # what the sweep did not take for news is none the next time
    assert all(line.due == world.now + ENDED_SECONDS for line in board.lines)


async def test_a_branch_that_cannot_be_read_makes_no_lane_due() -> None:
    world = World(rollout=pictures.done())
    board = world.board("a")
    await board._step()
    world.head = None
    await board.glance()
    assert board.lines[0].due == world.now + ENDED_SECONDS


async def test_the_person_may_ask_for_all_of_them_now() -> None:
    world = World(rollout=pictures.done())
    board = world.board("a")
    await board._step()
    board.sweep_now()
    await board._step()
    assert len(world.opened) == 2


async def test_many_running_lanes_are_swept_no_faster_than_their_share_of_a_processor_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    world.cost = 0.35
    board = world.board(*"abcdefgh")

    async def waited(seconds: float) -> None:
        world.now += seconds

    monkeypatch.setattr("asyncio.sleep", waited)
    for _ in "abcdefgh":
        await board._step()
    assert (len(world.opened), world.now) == (8, 100.0)
    while world.now < 400.0:
        await board._step()
    assert 0.9 <= (world.spent - 8 * world.cost) / (SHARE * 300.0) <= 1.05
    assert len({target for target, _ in world.opened[8:16]}) == 8
