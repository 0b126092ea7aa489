"""actions-dispatch (actions-run-api): a run exists for the commit and a runner took its first job."""

from __future__ import annotations

from datetime import timedelta

from lanewatch.rollout.attempts import is_queued_again
from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import ACTIONS, MIRROR, TEKTON
from lanewatch.rollout.newer import newer_run
from lanewatch.rollout.reports import ActionsReport, ActionsRun
from lanewatch.rollout.runs import (
    BADLY,
    attempt_started,
    bad_job,
    bad_step,
    epoch,
    first_created,
    has_ended,
    is_rerun_in_place,
    is_taken,
    last_end,
    verdict,
)
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages.traces import no_longer_there
from lanewatch.rollout.wording import cut, short

BELIEVED_AFTER = 10.0  # seconds on the server's clock after which an ended run needs no second read
SECOND_READ_AFTER = 1.0  # seconds between two reads that are to agree


def judge(case: Case) -> Signal:
    actions = case.actions
    if actions is None:
        return Signal("pending", "no answer yet", waiting=True)
    if actions.run is None:
        return _without_run(case)
    return _of_run(case, actions, actions.run)


def is_believed(case: Case, run: ActionsRun) -> bool:
    """Whether an ended run may be believed: it ended a while ago, or a second read agreed."""
    return has_ended(run) and (_ended_long_ago(case, run) or _read_again(case, run))


def _without_run(case: Case) -> Signal:
    marker = skip_marker(case)
    if marker:
        return Signal("skipped", f"no run: {marker}", f"the commit says {marker}: no run by design")
    newer = newer_run(case)
    if newer:
        return Signal("skipped", f"superseded by {short(newer)}", f"superseded by {short(newer)}", superseded_by=newer)
    gone = no_longer_there(case, ACTIONS)
    if gone is not None:
        return gone
    if case.signal(MIRROR).is_done:
        return Signal("pending", "no run yet", waiting=True)
    return Signal("pending", "waiting for the mirror", waiting=True)


def skip_marker(case: Case) -> str:
    """The marker in the commit's message that keeps Actions from running, "" where there is none."""
    commit = case.mirror.commit if case.mirror else None
    return commit.skip_marker if commit else ""


def _of_run(case: Case, actions: ActionsReport, run: ActionsRun) -> Signal:
    queued_again = is_queued_again(case.known, run, case.tekton)
    kept = is_rerun_in_place(run) or queued_again
    created = None if kept else case.stamp(ACTIONS, first_created(run), "first job createdAt")
    taken = None if queued_again else case.stamp(ACTIONS, attempt_started(run), "first job startedAt")
    told = _told_otherwise(case, actions)
    if told:
        return Signal("unknown", cut(told), told, created, conflict="sourceCommit", final=True)
    believed = is_believed(case, run)
    awaits = frozenset({ACTIONS}) if has_ended(run) and not believed else frozenset()
    if has_ended(run) and verdict(run) in BADLY and case.pipeline_run is None and not case.unreadable(TEKTON):
        if not believed:
            return Signal("running", cut(how_it_ended(run)), "", created, awaits=awaits)
        if case.read_since(TEKTON, f"run-ended:{run.id}:{epoch(run)}"):
            return _ended_badly(case, run, created)
        awaits = frozenset({TEKTON})  # it may have made a PipelineRun before it ended
    if taken is not None or (is_taken(run) and not queued_again):
        return Signal("succeeded", _succeeded(case, run), "", created, taken, final=True, awaits=awaits)
    return Signal("running", _queued(actions, run), "", created, awaits=awaits)


def _told_otherwise(case: Case, actions: ActionsReport) -> str:
    """A sha told in two ways: the run of this commit sent another one on."""
    sent = actions.dispatch.payload.get("sourceCommit", "") if actions.dispatch else ""
    return f"dispatch.json names {short(sent)}" if sent and case.commit and sent != case.commit else ""


def _ended_badly(case: Case, run: ActionsRun, created: Stamp | None) -> Signal:
    reason, ended = how_it_ended(run), case.stamp(ACTIONS, last_end(run), "last job completedAt")
    if verdict(run) == "cancelled":
        newer = newer_run(case)
        reason = f"superseded by {short(newer)}" if newer else reason
        return Signal("cancelled", cut(reason), reason, created, ended, superseded_by=newer, final=True)
    return Signal("failed", cut(reason), reason, created, ended, final=True)


def how_it_ended(run: ActionsRun) -> str:
    """run 4127 failure: job NAME, step NAME."""
    job = bad_job(run)
    where = f": job {job.name}" if job else ""
    step = bad_step(job) if job else ""
    return f"run {run.number} {verdict(run)}{where}{f', step {step}' if step else ''}"


def _succeeded(case: Case, run: ActionsRun) -> str:
    if has_ended(run) and is_believed(case, run) and verdict(run) in BADLY:
        return f"run {run.number}, ended: {verdict(run)}"
    return f"run {run.number}"


def _queued(actions: ActionsReport, run: ActionsRun) -> str:
    if any(job.status == "queued" for job in run.jobs):
        label = actions.runner_label
        return f"waiting for a runner ({label})" if label and actions.runner_online is False else "waiting for a runner"
    return f"run {run.number} is blocked" if run.jobs else f"run {run.number} has no job yet"


def _ended_long_ago(case: Case, run: ActionsRun) -> bool:
    seen, ended = case.seen(ACTIONS), last_end(run)
    if seen is None or seen.last_ok is None or seen.last_ok_at is None or ended is None:
        return False
    if case.actions is not None and case.actions.server_time is not None:
        passed = timedelta(seconds=seen.last_ok_at.steady - seen.last_ok.read_at.steady)
        return (case.actions.server_time + passed - ended).total_seconds() >= BELIEVED_AFTER
    stamp = case.stamp(ACTIONS, ended, "run completedAt")
    span = case.clocks.until_now(stamp)
    waited = case.now.steady - seen.last_ok_at.steady
    return span is not None and span.low - waited >= BELIEVED_AFTER


def _read_again(case: Case, run: ActionsRun) -> bool:
    sight, seen = case.sight(f"run-ended:{run.id}:{epoch(run)}"), case.seen(ACTIONS)
    answered = seen.last_ok_at if seen else None
    return sight is not None and answered is not None and answered.steady - sight.at.steady >= SECOND_READ_AFTER
