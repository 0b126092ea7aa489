"""The watcher: who is asked when, and what one authority's trouble costs the others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from lanewatch.authorities.interface import Authority, Period
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    NEEDS,
    OPERATOR,
    PLAN,
    RUNTIME,
    SUBJECT_FIELDS,
    Correlation,
    Fact,
    Observation,
    Outcome,
    Quality,
)
from lanewatch.rollout.reports import ActionsReport, ActionsRun, OperatorReport
from lanewatch.watch.demand import Demand
from lanewatch.watch.journal import Journal
from lanewatch.watch.watcher import BELT_SECONDS, PARTIAL_TRIES, Watcher
from tests.jumping_loop import LoopClock, run_jumping

PERIOD = Period(5.0, 30.0)
COMMIT = "3f9c2a7d51e84b06a9d7c0e15b8f6a2d4c1e9b73"


@dataclass
class Scripted:
    """An authority that answers as it is told and remembers when it was asked what."""

    id: str
    answer: Callable[[Correlation], Awaitable[Observation]] | None = None
    period: Period = PERIOD
    asked: list[tuple[float, Correlation]] = field(default_factory=list)
    news: Callable[[], Awaitable[None]] | None = None

    @property
    def needs(self) -> frozenset[str]:
        return NEEDS[self.id]

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[self.id])

    async def read(self, subject: Correlation) -> Observation:
        self.asked.append((LoopClock().now().steady, subject))
        if self.answer is not None:
            return await self.answer(subject)
        return said(self.id, subject)

    async def changed(self) -> None:
        await (asyncio.Event().wait() if self.news is None else self.news())

    @property
    def times(self) -> list[float]:
        return [round(at, 3) for at, _ in self.asked]


def said(authority: str, subject: Correlation) -> Observation:
    return Observation(authority, subject, Outcome.OK, "", LoopClock().now(), 0.0)


Demands = Callable[[str], Demand]


def watched(*authorities: Authority, seconds: float, demand: Demands = lambda _: Demand.RUNNING) -> Watcher:
    """The watcher after so many seconds of watching."""
    return run_jumping(_watching(authorities, seconds, demand))


def settled(*authorities: Authority, seconds: float) -> bool:
    """Whether the sweep is settled after so many seconds."""

    async def main() -> bool:
        return (await _watching(authorities, seconds, lambda _: Demand.RUNNING)).settled()

    return run_jumping(main())


async def _watching(authorities: Sequence[Authority], seconds: float, demand: Demands) -> Watcher:
    watcher = Watcher(authorities, LoopClock(), Journal(), lambda: None, demand)
    watcher.tell(replace(said(OPERATOR, Correlation()), report=OperatorReport(commit=COMMIT)))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await watcher.run()
    return watcher


def test_every_authority_is_asked_on_its_own_period() -> None:
    argo, runtime = Scripted(ARGO), Scripted(RUNTIME, period=Period(2.0, 30.0))
    watched(argo, runtime, seconds=10.5)
    assert argo.times == [0, 5, 10]
    assert runtime.times == [0, 2, 4, 6, 8, 10]


def test_an_authority_whose_stage_has_ended_is_asked_less_often() -> None:
    argo = Scripted(ARGO)
    watched(argo, seconds=61, demand=lambda authority: Demand.FINISHED)
    assert argo.times == [0, 30, 60]


def test_an_authority_that_rests_is_asked_at_once_when_its_stage_runs_again() -> None:
    argo, runtime = Scripted(ARGO), Scripted(RUNTIME, period=Period(2.0, 30.0))

    def again_after_seven_seconds(authority: str) -> Demand:
        late = asyncio.get_running_loop().time() > 7
        return Demand.RUNNING if authority == RUNTIME or late else Demand.FINISHED

    watched(argo, runtime, seconds=10.5, demand=again_after_seven_seconds)
    assert argo.times == [0, 8]  # with the first answer of the other that tells it


def test_a_hung_authority_costs_only_its_own_row() -> None:
    async def hang(_: Correlation) -> Observation:
        return await asyncio.Event().wait()  # type: ignore[return-value]

    hung, fine = Scripted(ARGO, hang), Scripted(RUNTIME)
    watcher = watched(hung, fine, seconds=BELT_SECONDS + 1)
    assert fine.times == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert watcher.knowledge.seen[ARGO].last.outcome is Outcome.TIMEOUT


def test_a_bug_in_one_authority_is_told_in_its_row_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def break_down(_: Correlation) -> Observation:
        raise KeyError("no such")

    broken, fine = Scripted(ARGO, break_down), Scripted(RUNTIME)
    watcher = watched(broken, fine, seconds=6)
    assert watcher.knowledge.seen[ARGO].last.outcome is Outcome.ERROR
    assert "KeyError" in watcher.knowledge.seen[ARGO].last.reason
    assert fine.times == [0, 5]
    assert "raised" in caplog.text


def test_nothing_is_asked_before_its_needs_are_known_and_at_once_when_they_are() -> None:
    run = ActionsRun("41", 7, 1, "in_progress", "", "push", "w", COMMIT, "v0.2", "t", None, None)

    async def find_run(subject: Correlation) -> Observation:
        await asyncio.sleep(3)
        return replace(said(ACTIONS, subject), report=ActionsReport(runs=(run,)))

    actions, plan = Scripted(ACTIONS, find_run), Scripted(PLAN)
    watched(actions, plan, seconds=4)
    assert plan.times == [3]
    assert plan.asked[0][1].run_id == "41"


def test_the_sweep_is_settled_when_everyone_has_answered_for_what_is_known() -> None:
    argo, plan = Scripted(ARGO), Scripted(PLAN)
    assert settled(argo, plan, seconds=1), "the plan cannot be asked yet and does not hold the sweep up"

    async def slowly(subject: Correlation) -> Observation:
        await asyncio.sleep(2)
        return said(ARGO, subject)

    assert not settled(Scripted(ARGO, slowly), seconds=1)
    assert settled(Scripted(ARGO, slowly), seconds=3)


def test_news_wakes_at_once_and_a_burst_of_it_once_a_second() -> None:
    started = False

    async def burst() -> None:
        nonlocal started
        await asyncio.sleep(0.01 if started else 2.5)
        started = True

    argo = Scripted(ARGO, news=burst)
    watched(argo, seconds=5)
    assert argo.times == [0, 2.5, 3.5, 4.5]


def failing(outcome: Outcome) -> Callable[[Correlation], Awaitable[Observation]]:
    async def fail(subject: Correlation) -> Observation:
        return replace(said(ARGO, subject), outcome=outcome)

    return fail


def test_an_authority_that_does_not_answer_is_asked_ever_less_often_but_within_a_quarter_minute() -> None:
    argo = Scripted(ARGO, failing(Outcome.UNREACHABLE), Period(1.0, 30.0))
    watched(argo, seconds=45)
    assert argo.times == [0, 2, 6, 14, 28, 42]


def test_at_rest_it_is_asked_within_twenty() -> None:
    argo = Scripted(ARGO, failing(Outcome.UNREACHABLE), Period(1.0, 30.0))
    watched(argo, seconds=75, demand=lambda _: Demand.RESTING)
    assert argo.times == [0, 2, 6, 14, 30, 50, 70]


def test_an_authority_that_refuses_is_asked_every_half_minute() -> None:
    argo = Scripted(ARGO, failing(Outcome.DENIED), Period(1.0, 15.0))
    watched(argo, seconds=65)
    assert argo.times == [0, 30, 60]


def test_what_a_finished_lane_could_not_read_of_an_answer_is_asked_again_soon_but_not_for_ever() -> None:
    """It stayed unknown for ten minutes after a server had failed for seconds while the configuration was edited."""

    async def partly(subject: Correlation) -> Observation:
        lacking = Fact("builderJobName", None, Quality.INVALID, ARGO, "jobs", reason="HTML where JSON expected")
        return replace(said(ARGO, subject), facts=(lacking,))

    argo = Scripted(ARGO, partly, Period(1.0, 600.0))
    watched(argo, seconds=1300, demand=lambda _: Demand.FINISHED)
    assert argo.times == [*range(0, 30 * (PARTIAL_TRIES + 1), 30), 900]
