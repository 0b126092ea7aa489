"""Walking the journal: a long one never holds the screen up, is folded once, and its pictures hold the forecast."""

from __future__ import annotations

import asyncio

import pytest

from lanewatch.rollout.facts import MIRROR, TEKTON, Confirmation, Entry, Knowledge, Moment
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.reports import Report, TektonReport
from lanewatch.watch import past
from tests.rollout import story
from tests.rollout.test_foreseeing import EARLY
from tests.rollout.test_foreseeing import past as past_rollouts
from tests.tui import pictures
from tests.tui.sessions import ManualSession
from tui.rewind import rewind_of

ENTRIES = 5000


def long_journal(count: int = ENTRIES) -> ManualSession:
    session = ManualSession(pictures.running())
    first = story.says(MIRROR, story.MIRROR_REPORT, 0.0)
    session.entries = [first]
    for number in range(1, count):
        moment = Moment(story.time(number / 100), story.STEADY + number / 100)
        session.entries.append(Confirmation(MIRROR, moment, 0.1))
    return session


async def test_a_long_journal_is_folded_a_stride_at_a_time_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[int] = [0]  # entries in each turn of the loop

    def counted(known: Knowledge, entry: Entry) -> Knowledge:
        folded[-1] += 1
        return learn(known, entry)

    async def others() -> None:
        while True:
            folded.append(0)
            await asyncio.sleep(0)

    monkeypatch.setattr(past, "learn", counted)
    session = long_journal()
    rewind, beside = rewind_of(session), asyncio.create_task(others())
    await asyncio.sleep(0)
    await rewind.back()
    assert max(folded) <= past.STRIDE
    assert sum(folded) <= ENTRIES
    rewind.live()
    folded[:] = [0]
    session.entries.append(story.says(MIRROR, story.MIRROR_REPORT, 60.0))
    await rewind.back()
    rewind.rollout()
    assert sum(folded) <= past.STRIDE  # what was folded before serves on
    beside.cancel()


async def test_the_past_holds_the_forecast_of_the_records() -> None:
    reports: dict[str, Report | None] = {**EARLY, TEKTON: TektonReport(())}  # type: ignore[dict-item]
    known = story.told(reports, 40)
    session = ManualSession(picture(story.lane(), known, story.moment(41)))
    session.entries = [seen.last for seen in known.seen.values()]
    session.history = past_rollouts(30)
    rewind = rewind_of(session)
    await rewind.start()
    assert not rewind.is_live
    seconds = rewind.rollout().forecast_seconds
    assert seconds is not None
    assert 85 < seconds < 110
