"""build-or-reuse (provenance-artifact): a valid provenance of this rollout; the builder Job only tells progress."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.digests import is_another_image
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.newer import newer_of, newer_run
from lanewatch.rollout.reports import BuilderJob, Provenance, ProvenanceReport
from lanewatch.rollout.rollout import StageState
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages.endings import bad_ending
from lanewatch.rollout.stages.steps import blame, is_cancelled, run_ended_as, step_under_way
from lanewatch.rollout.stages.traces import no_longer_there
from lanewatch.rollout.wording import cut, short


def judge(case: Case) -> Signal:
    report = case.provenance_report
    start = case.signal(PLAN).finished or _job_start(case, report)
    found = _ours(case, report)
    contradiction = _contradiction(case, report, found) if found else ""
    if report is not None and found is not None and not contradiction and (found.image_digest or found.reuse_decision):
        return _done(case, report, found, start)
    failed = _failed(case, report, start)
    if contradiction and (failed is None or failed.state == "unknown"):
        return Signal("unknown", cut(contradiction), contradiction, start, conflict="reuseDecision", final=True)
    return failed or no_longer_there(case, PROVENANCE, start) or _under_way(case, report, start)


def _ours(case: Case, report: ProvenanceReport | None) -> Provenance | None:
    """The valid provenance of this attempt.

    An attestation proves only where its image came from: for another commit it says nothing of this rollout. What names
    an earlier PipelineRun or Actions run of this commit was written by an earlier attempt.
    """
    found = report.provenance if report and not report.invalid else None
    if report is None or found is None:
        return None
    if report.origin == "oci-attestation":
        return found if found.source_commit == case.commit else None
    earlier_runs = {run.id for run in case.actions.runs[1:]} if case.actions else set()
    if found.pipeline_run_name in case.earlier_pipeline_runs or found.actions_run_id in earlier_runs:
        return None
    return found


def _contradiction(case: Case, report: ProvenanceReport | None, found: Provenance) -> str:
    """A commit, run, PipelineRun or digest other than observed. An attestation names none of this rollout's ids."""
    known, run = case.correlation, case.pipeline_run
    if found.source_commit != known.commit:
        return f"provenance names commit {short(found.source_commit)}"
    if report is not None and report.origin == "oci-attestation":
        return ""
    if found.actions_run_id and known.run_id and found.actions_run_id != known.run_id:
        return f"provenance names run {found.actions_run_id}, observed {known.run_id}"
    if found.pipeline_run_name and run and found.pipeline_run_name != run.name:
        return f"provenance names {found.pipeline_run_name}, observed {run.name}"
    result = run.results.get("imageDigest", "") if run else ""
    if result and report is not None and report.digests is not None and is_another_image(result, report.digests):
        return f"provenance names {short(found.image_digest)}, the PipelineRun {short(result)}"
    return ""


def _done(case: Case, report: ProvenanceReport, found: Provenance, start: Stamp | None) -> Signal:
    key = f"provenance:{found.source_commit}:{found.image_digest}:{found.reuse_decision}"
    finished = case.stamp(PROVENANCE, report.recorded_at, "provenance recordedAt") or case.live(PROVENANCE, key)
    if found.reuse_decision in NOT_BUILT:
        origin = f" of {short(found.reused_from_commit)}" if found.reused_from_commit else ""
        return Signal("reused", f"{found.reuse_decision}{origin}", "", start, finished, final=True)
    says = (
        f"{found.reuse_decision or 'built'} {short(found.image_digest)}" if found.image_digest else found.reuse_decision
    )
    return Signal("succeeded", says, "", start, finished, final=True)


def _failed(case: Case, report: ProvenanceReport | None, start: Stamp | None) -> Signal | None:
    job = job_of(case, report)
    if job is not None and job.state == "failed":
        reason = how_it_failed(job)
        ended = case.stamp(PROVENANCE, job.finished_at, "Job failed")
        return Signal("failed", cut(reason), f"builder Job {job.name}: {reason}", start, ended, final=True)
    task = report.builder_task if report else None
    if task is not None and task.condition is not None and task.condition.status == "False":
        state: StageState = "cancelled" if is_cancelled(task.condition, task.cancelled_because) else "failed"
        reason = blame(task)
        ran = case.pipeline_run is not None and is_cancelled(case.pipeline_run.condition, "")
        because = TEKTON if state == "cancelled" and ran else ""
        end = case.stamp(PROVENANCE, task.completed_at or task.condition.changed_at, "TaskRun completionTime")
        says = Signal(
            state, cut(reason), f"TaskRun {task.name}: {reason}", start, end, consequence_of=because, final=True
        )
        return _with_newer(case, says)
    return _pipeline_ended(case, job, start)


def _pipeline_ended(case: Case, job: BuilderJob | None, start: Stamp | None) -> Signal | None:
    """The PipelineRun ended and left no provenance; read after its end, else it may still come."""
    run = case.pipeline_run
    ended = run_ended_as(case)
    if ended == "":
        return None
    key = f"pipelinerun-ended:{run.uid}" if run else ""
    if not case.unreadable(PROVENANCE) and not case.read_since(PROVENANCE, key):
        return Signal("running", "looking for provenance", "", start, awaits=frozenset({PROVENANCE}))
    still = ", builder Job still running" if job is not None and job.state == "running" else ""
    if ended == "True":
        reason = f"the PipelineRun succeeded without provenance{still}"
        return Signal("unknown", "no provenance", reason, start, final=True)
    cancelled = is_cancelled(run.condition if run else None, "")
    says = bad_ending(run).says if run else ""
    reason = f"the PipelineRun {f'was {says}' if cancelled else f'failed: {says}'}{still}"
    ended_at = run.completed_at or (run.condition.changed_at if run.condition else None) if run else None
    end = case.stamp(TEKTON, ended_at, "PipelineRun completionTime")
    state: StageState = "cancelled" if cancelled else "failed"
    return _with_newer(case, Signal(state, cut(reason), reason, start, end, consequence_of=TEKTON, final=True))


def _with_newer(case: Case, signal: Signal) -> Signal:
    """A cancelled stage with the newer commit that overtook it, if there is one."""
    return replace(signal, superseded_by=newer_pipeline_run(case)) if signal.state == "cancelled" else signal


def newer_pipeline_run(case: Case) -> str:
    """The newer commit of the branch that has a PipelineRun or an Actions run of its own, "" where there is none."""
    return newer_of(case, [commit for _, commit in case.tekton.other_runs] if case.tekton else []) or newer_run(case)


def _under_way(case: Case, report: ProvenanceReport | None, start: Stamp | None) -> Signal:
    job = job_of(case, report)
    if job is not None and job.state == "complete":
        return Signal("running", "Job complete, no provenance yet", "", start)
    if job is not None:
        return Signal("running", cut(job.progress or _pod_says(job)), "", start)
    task = report.builder_task if report else None
    if task is not None and task.condition is not None:
        return Signal("running", cut(step_under_way(task)), "", start)
    if case.signal(PLAN).is_done:
        decision = case.plan.decision if case.plan else ""
        return Signal("running", f"plan says {decision}" if decision else "waiting", "", start, waiting=True)
    return Signal("pending", "", waiting=True)


def _pod_says(job: BuilderJob) -> str:
    pod = job.pods[-1] if job.pods else None
    if job.reason == "Suspended":
        return f"Job {job.name} is suspended"
    if pod is None:
        return f"Job {job.name} has no Pod yet"
    return f"pod {pod.reason or pod.phase}" if pod.phase != "Running" else f"building in {pod.name}"


def how_it_failed(job: BuilderJob) -> str:
    """exit 1 in pod NAME: message."""
    pod = next((pod for pod in reversed(job.pods) if pod.exit_code), None)
    if pod is None:
        return ": ".join(word for word in (job.reason, job.message) if word) or "failed"
    detail = pod.message or (pod.reason if pod.reason != "Error" else "") or job.reason
    return f"exit {pod.exit_code} in pod {pod.name}{f': {detail}' if detail else ''}"


def job_of(case: Case, report: ProvenanceReport | None) -> BuilderJob | None:
    """The builder Job of this attempt: one that started before the current PipelineRun belongs to an earlier one."""
    job, run = report.job if report else None, case.pipeline_run
    if job is None or not case.earlier_pipeline_runs:
        return job
    began, created = job.started_at, run.created_at if run else None
    return None if run is None or (began is not None and created is not None and began < created) else job


def _job_start(case: Case, report: ProvenanceReport | None) -> Stamp | None:
    job = job_of(case, report)
    return case.stamp(PROVENANCE, job.started_at, "Job startTime") if job else None
