"""A configuration that names another lane: nothing of the former is taken for it, and each has a journal of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock, Mock

from lanewatch.rollout.facts import MIRROR, OPERATOR
from lanewatch.rollout.record import Record
from lanewatch.watch.configuration import Configured
from lanewatch.watch.keeping import JournalKeeper
from lanewatch.watch.live import Connected, LiveSession
from tests.clients.conftest import StillClock
from tests.rollout import story

OTHER = "agentrun-elsewhere"


def connected(commit: str) -> Connected:
    """Clients that ask nothing."""
    return Connected((), story.operator(0, commit=commit), Mock(), Mock(), Mock(), AsyncMock())


async def until(session: LiveSession, holds: Callable[[], bool]) -> None:
    async for _ in session.pictures():
        if holds():
            return


def journals(folder: Path) -> dict[str, str]:
    """What is kept, by target."""
    return {path.name.split("-2")[0].rsplit("-", 1)[0]: path.read_text() for path in folder.glob("*.jsonl")}


async def test_another_lane_begins_its_own_journal_history_and_knowledge(tmp_path: Path) -> None:
    asked_for: list[str] = []

    def past(target: str) -> Sequence[Record]:
        asked_for.append(target)
        return ()

    lane = story.lane()
    keeper = JournalKeeper(lane.target, "here", tmp_path)
    async with LiveSession(lane, StillClock(), lambda: connected(story.A), keeper=keeper, past=past) as session:
        await until(session, lambda: OPERATOR in session.knowledge.seen)
        session.choose(story.B)
        assert session._watcher is not None
        session._watcher.tell(story.says(MIRROR, story.MIRROR_REPORT, 1.0))
        other = Configured(replace(lane, target=OTHER), lambda: connected(story.A), (), ())
        assert await session._apply(other) == ""
        await until(session, lambda: OPERATOR in session.knowledge.seen)
        assert (session.lane.target, session.rollout.target) == (OTHER, OTHER)
        assert MIRROR not in session.knowledge.seen, "the former lane's mirror is not this one's"
        assert session.rollout.commit == story.A, "the commit that was chosen was of the former lane"
        assert len(session.entries) == 1
    assert asked_for == [lane.target, OTHER]
    kept = journals(tmp_path)
    assert set(kept) == {lane.target, OTHER}
    assert story.MIRROR_REPORT.repository in kept[lane.target]
    assert story.MIRROR_REPORT.repository not in kept[OTHER]


async def test_the_same_lane_keeps_its_journal_and_the_commit_that_was_chosen(tmp_path: Path) -> None:
    lane = story.lane()
    keeper = JournalKeeper(lane.target, "here", tmp_path)
    async with LiveSession(lane, StillClock(), lambda: connected(story.A), keeper=keeper) as session:
        await until(session, lambda: OPERATOR in session.knowledge.seen)
        session.choose(story.B)
        before = len(session.entries)
        assert await session._apply(Configured(lane, lambda: connected(story.A), (), ())) == ""
        await until(session, lambda: len(session.entries) > before)
        assert session.rollout.commit == story.B
        assert session._keeper is keeper
    assert set(journals(tmp_path)) == {lane.target}
