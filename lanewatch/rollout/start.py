"""When the rollout started: t0, from the best witness there is (CONTRACTS 2)."""

from __future__ import annotations

from datetime import timedelta

from lanewatch.rollout.attempts import is_queued_again
from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import OUR_CLOCK, UNBOUNDED, Stamp
from lanewatch.rollout.facts import ACTIONS, MIRROR, OPERATOR, Fact, Moment, Quality
from lanewatch.rollout.runs import attempt_started as attempt_job_started
from lanewatch.rollout.runs import first_created, is_rerun_in_place

SCHEDULE_SECONDS = 600.0  # a mirror sync may be this late: Gitea's cron tick
FUTURE_SECONDS = 5.0  # a committer date so far ahead of its first sight is no time


def started(case: Case) -> Stamp | None:
    """t0. A time that may be late gives a lower bound of every duration, one that may be early an upper bound."""
    return _told(case) or _seen(case) or _committed(case) or _first_job(case)


def attempt_started(case: Case, t0: Stamp | None) -> Stamp | None:
    """Where budgets run from: the latest attempt's start, which is t0 for the first one."""
    run = case.run
    if run is None:
        return t0
    if is_queued_again(case.known, run, case.tekton):
        return None
    if is_rerun_in_place(run):
        return case.stamp(ACTIONS, attempt_job_started(run), "first job startedAt of the latest attempt")
    if run.attempt > 1 or (case.actions is not None and len(case.actions.runs) > 1):
        return case.stamp(ACTIONS, first_created(run), "first job createdAt of the latest attempt")
    return t0


def _told(case: Case) -> Stamp | None:
    at = case.operator.pushed_at if case.operator else None
    if at is None:
        return None
    return Stamp(at, OUR_CLOCK, Fact("t0", at.isoformat(), Quality.GOOD, OPERATOR, "pushed-at", at, final=True))


def _seen(case: Case) -> Stamp | None:
    """Our own sight of the head as it changed. The mirror's head changes later than the push."""
    upstream = case.live(MIRROR, f"upstream:{case.commit}")
    if upstream is not None:
        return upstream
    if case.sight(f"upstream:{case.commit}") is not None:
        return None
    mirror = case.live(MIRROR, f"head:{case.commit}")
    if mirror is None:
        return None
    fact = Fact(
        "t0",
        mirror.at.isoformat(),
        Quality.ESTIMATED,
        MIRROR,
        "seen in the mirror",
        mirror.at,
        "pushed earlier than seen",
    )
    return Stamp(mirror.at, OUR_CLOCK, fact, early=UNBOUNDED)


def _committed(case: Case) -> Stamp | None:
    commit = case.mirror.commit if case.mirror else None
    at = commit.committed_at if commit else None
    first = _first_sight(case)
    if at is None or first is None:
        return None
    interval = (case.mirror.target.mirror_interval_seconds or 0.0) if case.mirror and case.mirror.target else 0.0
    before = first.wall - at
    if not timedelta(seconds=-FUTURE_SECONDS) <= before <= timedelta(seconds=interval + SCHEDULE_SECONDS):
        return None
    fact = Fact("t0", at.isoformat(), Quality.ESTIMATED, MIRROR, "committer date", at, "may be earlier than the push")
    return Stamp(at, "committer", fact, late=UNBOUNDED)


def _first_sight(case: Case) -> Moment | None:
    keys = (f"upstream:{case.commit}", f"head:{case.commit}", f"mirrored:{case.commit}")
    sights = [sight.at for sight in map(case.sight, keys) if sight is not None]
    return min(sights, key=lambda moment: moment.steady, default=None)


def _first_job(case: Case) -> Stamp | None:
    if case.run is None or is_rerun_in_place(case.run):
        return None
    return case.stamp(
        ACTIONS,
        first_created(case.run),
        "first job createdAt",
        Quality.ESTIMATED,
        "later than the push",
        early=UNBOUNDED,
    )
