"""The journal: what repeats is kept small, and nothing grows without bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lanewatch.rollout.facts import ACTIONS, ARGO, Confirmation, Correlation, Cost, Moment, Observation, Outcome
from lanewatch.rollout.reports import ActionsReport
from lanewatch.watch.journal import Journal
from tests.jumping_loop import EPOCH


def read(second: float, reason: str = "", authority: str = ARGO) -> Observation:
    moment = Moment(EPOCH + timedelta(seconds=second), second)
    return Observation(authority, Correlation(), Outcome.OK, reason, moment, 0.1, cost=Cost(requests=1))


def test_a_read_that_repeats_the_last_one_is_a_confirmation() -> None:
    journal = Journal()
    kept = [journal.append(read(second)) for second in (0, 5)]
    assert isinstance(kept[0], Observation)
    assert kept[1] == Confirmation(ARGO, read(5).read_at, 0.1, Cost(requests=1), None)


def test_a_server_clock_that_moves_on_is_no_news() -> None:
    journal = Journal()
    for second in (0, 5):
        at = EPOCH + timedelta(seconds=second)
        kept = journal.append(replace(read(second, authority=ACTIONS), report=ActionsReport((), server_time=at)))
    assert isinstance(kept, Confirmation)


def test_a_change_is_an_observation_and_so_is_the_way_back() -> None:
    journal = Journal()
    kept = [journal.append(read(second, reason)) for second, reason in enumerate(("", "refused", ""))]
    assert all(isinstance(entry, Observation) for entry in kept)


def test_the_cap_drops_old_confirmations_before_anything_that_happened() -> None:
    journal = Journal(most=40)
    for second in range(200):
        journal.append(read(second, reason=str(second // 50)))
    assert len(journal.entries) <= 40
    told = [entry.reason for entry in journal.entries if isinstance(entry, Observation)]
    assert told == ["0", "1", "2", "3"]


def test_the_cap_holds_when_everything_is_news() -> None:
    journal = Journal(most=40)
    for second in range(500):
        journal.append(read(second, reason=str(second)))
    assert len(journal.entries) <= 40
    assert journal.entries[-1].read_at.steady == 499
