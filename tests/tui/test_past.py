"""The past on the screen: the journal walked back and forth, and what it tells of one stage."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.facts import MIRROR, Correlation, Moment, Observation, Outcome
from tests.tui import pictures
from tests.tui.driven import started
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tui.screens.stage import StageScreen


def read_at(seconds: float, reason: str) -> Observation:
    moment = Moment(pictures.at(seconds), 1000.0 - 71.4 + seconds)
    return Observation(MIRROR, Correlation(), Outcome.DENIED, reason, moment, 0.1)


def recorded() -> ManualSession:
    """A session that has read three things, the last one 11.4 s ago."""
    session = ManualSession(pictures.running())
    session.entries = [read_at(20.0, "first"), read_at(40.0, "second"), read_at(60.0, "third")]
    return session


async def test_rewind_shows_the_lane_as_it_was_known_and_says_so() -> None:
    async with started(recorded()) as driven:
        assert "PAST" not in frame(driven.app)
        third = await driven.press("left_square_bracket")
        assert "PAST, as known 11 s ago: change 3 of 3" in third
        assert "denied: third" in third
        second = await driven.press("left_square_bracket")
        assert "change 2 of 3" in second
        assert "denied: second" in second
        assert "14:01:59Z" in second  # 40 s after t0
        assert "change 3 of 3" in await driven.press("right_square_bracket")
        assert "PAST" not in await driven.press("right_square_bracket")


async def test_home_and_end_are_the_first_reading_and_live() -> None:
    async with started(recorded()) as driven:
        assert "change 1 of 3" in await driven.press("home")
        assert "change 1 of 3" in await driven.press("left_square_bracket")
        assert "PAST" not in await driven.press("end")


async def test_recording_goes_on_in_the_past_and_what_came_is_walked_into() -> None:
    session = recorded()
    async with started(session) as driven:
        await driven.press("left_square_bracket")
        session.entries.append(read_at(75.0, "fourth"))
        session.publish(replace(session.rollout, now=Moment(pictures.at(80.0), 1008.6)))
        await driven.pilot.pause()
        text = frame(driven.app)
        assert "1 newer read since" in text
        assert "denied: third" in text
        assert "denied: fourth" in await driven.press("right_square_bracket")
        assert "PAST" not in await driven.press("right_square_bracket")


async def test_the_past_goes_through_the_drill_down_too() -> None:
    async with started(recorded()) as driven:
        assert "last read" in await driven.press("left_square_bracket", "left_square_bracket", "f")
        text = frame(driven.app)
        assert "PAST" in text
        assert "denied" in text
        history = await driven.press("i")
        assert "second" in history
        assert "third" not in history


async def test_an_empty_journal_has_no_past() -> None:
    async with started() as driven:
        assert "PAST" not in await driven.press("left_square_bracket", "home")


async def test_the_history_tells_what_changed_and_when() -> None:
    session = ManualSession(pictures.running())
    first = replace(read_at(20.0, ""), outcome=Outcome.OK, facts=(pictures.fact("snapshotRef", "a", MIRROR),))
    later = replace(read_at(40.0, ""), outcome=Outcome.OK, facts=(pictures.fact("snapshotRef", "b", MIRROR),))
    session.entries = [first, later, read_at(60.0, "403: no right")]
    async with started(session) as driven:
        text = await driven.press("1", "i")
        assert "+20.0 s" in text
        assert "snapshotRef  a\n" in text
        assert "snapshotRef  a → b" in text
        assert "denied: 403: no right" in text


async def test_a_history_of_thousands_shows_the_newest_and_counts_the_rest() -> None:
    session = ManualSession(pictures.running())
    session.entries = [read_at(float(number), f"number {number}") for number in range(500)]
    async with started(session) as driven:
        assert "300 earlier readings are not shown here" in await driven.press("1", "i")
        text = await driven.press("G")
        assert "number 499" in text
        session.entries.append(read_at(501.0, "number 501"))
        session.publish(replace(session.rollout, now=Moment(pictures.at(520.0), 1449.0)))
        await driven.until("number 501")


async def test_leaving_a_stage_returns_to_its_row_in_the_past() -> None:
    async with started(recorded()) as driven:
        await driven.press("6", "left_square_bracket", "f")
        assert isinstance(driven.app.screen, StageScreen)
        await driven.press("escape")
        assert driven.cursor == "gitops-publish"
        assert "PAST" in frame(driven.app)
