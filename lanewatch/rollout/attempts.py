"""Which of several attempts is the current one, and what belongs to those before it (CONTRACTS 3, gitea reference 3.6).

Up to Gitea 1.26 a rerun keeps run, job ids and created_at, and sets the other times back to nothing until a runner
takes the job again; from 1.27 an attempt has jobs of its own.
"""

from __future__ import annotations

from datetime import datetime

from lanewatch.rollout.clocks import Clocks, Stamp
from lanewatch.rollout.facts import ACTIONS, TEKTON, Fact, Knowledge, Quality
from lanewatch.rollout.reports import ActionsReport, ActionsRun, TektonReport
from lanewatch.rollout.runs import (
    attempt,
    attempt_started,
    first_created,
    first_started,
    has_ended,
    is_rerun_in_place,
    is_taken,
)


def is_queued_again(known: Knowledge, run: ActionsRun, tekton: TektonReport | None) -> bool:
    """Whether a rerun in place waits for its runner: it had ended or started something, and nobody took it since."""
    if run.attempt > 0 or not run.jobs or has_ended(run):
        return False
    if attempt(run) <= _ended_attempts(known, run):
        return True
    return first_started(run) is None and not is_taken(run) and bool(tekton and tekton.runs)


def _ended_attempts(known: Knowledge, run: ActionsRun) -> int:
    """The latest attempt of this run that was seen ended, 0 where none was."""
    ended = f"run-ended:{run.id}:"
    epochs = [key.removeprefix(ended) for key in known.first_seen if key.startswith(ended)]
    return max((int(epoch.partition(":")[0]) for epoch in epochs), default=0)


def is_later_attempt(known: Knowledge, run: ActionsRun, tekton: TektonReport | None) -> bool:
    return attempt(run) > 1 or is_queued_again(known, run, tekton)


def is_of_earlier_attempt(
    known: Knowledge,
    clocks: Clocks,
    actions: ActionsReport | None,
    tekton: TektonReport | None,
    created_at: datetime | None,
) -> bool:
    """Whether a PipelineRun of that age surely was there before the latest attempt, or run, of Actions began."""
    run = actions.run if actions else None
    if actions is None or run is None:
        return False
    if is_queued_again(known, run, tekton):
        return True
    if attempt(run) == 1 and len(actions.runs) == 1:
        return False
    began = attempt_started(run) if is_rerun_in_place(run) else first_created(run)
    if began is None or created_at is None:
        return False
    return clocks.is_before(_stamp(known, TEKTON, created_at), _stamp(known, ACTIONS, began))


def _stamp(known: Knowledge, authority: str, at: datetime) -> Stamp:
    seen = known.seen.get(authority)
    host = seen.last_ok.host if seen and seen.last_ok else ""
    return Stamp(at, host, Fact("time", at.isoformat(), Quality.GOOD, authority, "", at))
