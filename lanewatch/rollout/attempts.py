"""Which of several attempts is the current one, and what belongs to those before it (CONTRACTS 3, gitea reference 3.6).

Up to Gitea 1.26 a rerun keeps run, job ids and created_at, and sets the other times back to nothing until a runner
takes the job again; from 1.27 an attempt has jobs of its own.
"""

from __future__ import annotations

from datetime import datetime

from lanewatch.rollout.clocks import Clocks, Stamp
from lanewatch.rollout.facts import ACTIONS, TEKTON, Fact, Knowledge, Quality
from lanewatch.rollout.reports import ActionsRun, PipelineRunState, TektonReport
from lanewatch.rollout.runs import attempt, attempt_started, first_created, first_started, is_rerun_in_place


def is_queued_again(known: Knowledge, run: ActionsRun, tekton: TektonReport | None) -> bool:
    """Whether a rerun in place waits for its runner: no job has started, yet the run ended or started something."""
    if run.attempt > 0 or not run.jobs or first_started(run) is not None:
        return False
    ended_before = any(key.startswith(f"run-ended:{run.id}:") for key in known.first_seen)
    return ended_before or bool(tekton and tekton.runs)


def is_later_attempt(known: Knowledge, run: ActionsRun, tekton: TektonReport | None) -> bool:
    return attempt(run) > 1 or is_queued_again(known, run, tekton)


def current_pipeline_run(
    known: Knowledge, clocks: Clocks, run: ActionsRun | None, tekton: TektonReport | None
) -> PipelineRunState | None:
    """The newest PipelineRun, unless it surely was created before the latest attempt began."""
    newest = tekton.run if tekton else None
    if newest is None or run is None or not is_later_attempt(known, run, tekton):
        return newest
    began = attempt_started(run) if is_rerun_in_place(run) else first_created(run)
    if is_queued_again(known, run, tekton):
        return None
    if began is None or newest.created_at is None:
        return newest
    created, start = _stamp(known, TEKTON, newest.created_at), _stamp(known, ACTIONS, began)
    return None if clocks.is_before(created, start) else newest


def _stamp(known: Knowledge, authority: str, at: datetime) -> Stamp:
    seen = known.seen.get(authority)
    host = seen.last_ok.host if seen and seen.last_ok else ""
    return Stamp(at, host, Fact("time", at.isoformat(), Quality.GOOD, authority, "", at))
