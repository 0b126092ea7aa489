"""Every invariant can fail: for each the product is broken once, so that it, or what follows from it, must see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lanewatch.authorities.application import ApplicationAuthority
from lanewatch.rollout import stages
from lanewatch.rollout.facts import PROVENANCE, RUNTIME, Correlation, Entry, Knowledge, Observation, Outcome
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.signal import Signal
from lanewatch.watch.live import LiveSession
from lanewatch.watch.watcher import Watcher
from tests.explore.plan import OPEN, SWEEP, Disturbance, Plan
from tests.explore.running import Looked, run

Patch = pytest.MonkeyPatch

STUCK = Plan(7, "argo-unnoticed", 185.0, 0.0, (Disturbance(SWEEP, "", 2.0, 0.0),))
SILENT = replace(STUCK, disturbances=(Disturbance("N05", "kubernetes", 2.0, 120.0),))
OPENED = replace(STUCK, disturbances=(Disturbance(OPEN, "", 12.0, 0.0),))
MOVING = Plan(7, "build", 60.0, 0.0, ())
ENDED = Plan(7, "build", 109.0, 0.0, (Disturbance("H06", "gitea", 10.0, 20.0), Disturbance(SWEEP, "", 12.0, 0.0)))


def nothing_ages(patch: Patch) -> None:
    patch.setattr("lanewatch.rollout.cells.quality_at", lambda fact, age, limits: fact.quality)


def every_age_is_nought(patch: Patch) -> None:
    patch.setattr("lanewatch.rollout.picture.age_of", lambda seen, now: 0.0)


def silence_changes_nothing(patch: Patch) -> None:
    for name in ("heard_in_time", "heard_while_others_go_on"):
        patch.setattr(stages, name, heard_or_not)


def heard_or_not(case: object, authority: str, signal: Signal) -> Signal:
    return signal


def always(authority: str, signal: Signal) -> Callable[[Patch], None]:
    def breaks(patch: Patch) -> None:
        patch.setitem(stages.RULES, authority, lambda case: signal)

    return breaks


def a_read_that_fails_repeats_the_last_answer(patch: Patch) -> None:
    read, kept = ApplicationAuthority.read, list[Observation]()

    async def repeated(authority: ApplicationAuthority, subject: Correlation) -> Observation:
        found = await read(authority, subject)
        if found.outcome is Outcome.OK:
            kept[:] = [found]
        return replace(kept[0], read_at=found.read_at)

    patch.setattr(ApplicationAuthority, "read", repeated)


def who_fails_is_never_asked_again(patch: Patch) -> None:
    seconds = Watcher._seconds
    patch.setattr(Watcher, "_seconds", lambda watcher, turn: 3600.0 if turn.failures else seconds(watcher, turn))


def something_is_forgotten(patch: Patch) -> None:
    def forgetful(known: Knowledge, entry: Entry) -> Knowledge:
        return replace(learn(known, entry), started_at=None)

    patch.setattr("lanewatch.watch.watcher.learn", forgetful)


def more_is_kept_than_may_be(patch: Patch) -> None:
    patch.setattr("tests.explore.invariants.MOST_ENTRIES", 20)


def a_reader_raises(patch: Patch) -> None:
    def raises(*_: object) -> object:
        raise ValueError("not thought of")

    patch.setattr("lanewatch.authorities.application.application_report", raises)


def a_task_is_left(patch: Patch) -> None:
    project, left = LiveSession._project, set[asyncio.Task[None]]()

    def leaving(session: LiveSession) -> None:
        project(session)
        if not left:
            left.add(asyncio.get_running_loop().create_task(asyncio.sleep(3600.0)))

    patch.setattr(LiveSession, "_project", leaving)


def nobody_is_asked_twice(patch: Patch) -> None:
    patch.setattr(Watcher, "_seconds", lambda watcher, turn: 3600.0)
    patch.setattr(Watcher, "_wake_the_needed", lambda watcher, awaited: None)
    patch.setattr("lanewatch.clients.shared_lists.SharedLists.hear", lambda lists, question: None)


def nothing_opens(patch: Patch) -> None:
    async def open(session: LiveSession, handle: object) -> Any:
        raise RuntimeError("not thought of")

    patch.setattr(Looked, "open", open)


BROKEN: tuple[tuple[str, Callable[[Patch], None], Plan], ...] = (
    ("old as live", nothing_ages, SILENT),
    ("age", every_age_is_nought, STUCK),
    ("silence", silence_changes_nothing, SILENT),
    ("silent server", a_read_that_fails_repeats_the_last_answer, SILENT),
    ("end state", who_fails_is_never_asked_again, ENDED),
    ("false succeeded", always(RUNTIME, Signal("succeeded", "")), STUCK),
    ("false failed", always(RUNTIME, Signal("failed", "", "broken", final=True)), STUCK),
    ("false cancelled", always(RUNTIME, Signal("cancelled", "", "by hand", final=True)), STUCK),
    ("false skipped", always(RUNTIME, Signal("skipped", "")), STUCK),
    ("false superseded", always(RUNTIME, Signal("skipped", "", superseded_by="9" * 40)), STUCK),
    ("false reused", always(PROVENANCE, Signal("reused", "", final=True)), STUCK),
    ("replay", something_is_forgotten, STUCK),
    ("bounded", more_is_kept_than_may_be, STUCK),
    ("bug", a_reader_raises, STUCK),
    ("traceback", a_reader_raises, STUCK),
    ("tasks", a_task_is_left, STUCK),
    ("late", nobody_is_asked_twice, MOVING),
    ("opening", nothing_opens, OPENED),
)


@pytest.mark.parametrize(("invariant", "breaks", "plan"), BROKEN, ids=[one[0] for one in BROKEN])
def test_a_product_that_breaks_an_invariant_is_caught(
    invariant: str, breaks: Callable[[Patch], None], plan: Plan, monkeypatch: Patch
) -> None:
    breaks(monkeypatch)
    assert invariant in run(plan).broken
