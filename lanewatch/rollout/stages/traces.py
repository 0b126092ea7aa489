"""What is no longer there although it was: runs and PipelineRuns that were deleted or pruned, plans that expired.

Servers keep runs, objects and artifacts for a while (tekton reference 9, gitea reference 5). Who looks later finds what
came of them: that is no wait that will end, and no failure. What can no longer be read is unknown, and says what proves
that it was there. Only once nothing of this commit is under way: a delivery in progress leaves traces of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import ACTIONS, NEEDS, PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.runs import has_ended
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.wording import cut, short


@dataclass(frozen=True, slots=True)
class Trace:
    """`key`: the sight after which the authority's silence means something."""

    key: str
    reason: str


def no_longer_there(case: Case, authority: str, start: Stamp | None = None) -> Signal | None:
    """How a stage stands whose authority has nothing (any more) to say; None where nothing shows that it had."""
    if case.run is not None and not has_ended(case.run):
        return None
    trace = next(_TRACES[authority](case), None)
    if trace is None or case.unreadable(authority):
        return None
    can_be_asked = all(getattr(case.correlation, need) is not None for need in NEEDS[authority])
    if can_be_asked and not case.read_since(authority, trace.key):
        return Signal("running", "looking for it again", "", start, awaits=frozenset({authority}))
    return Signal("unknown", cut(trace.reason), trace.reason, start)


def _of_the_run(case: Case) -> Iterator[Trace]:
    """A PipelineRun of the commit ended, or its deployment is published, and Actions list no run of it."""
    run = case.pipeline_run
    if run is not None and run.condition is not None and run.condition.status in ("True", "False"):
        reason = f"no run is left: PipelineRun {run.name} ended without one, or it was deleted"
        yield Trace(f"pipelinerun-ended:{run.uid}", reason)
    yield from _published(case, "no run is left")


def _of_the_plan(case: Case) -> Iterator[Trace]:
    """A PipelineRun went by a plan to its good end, or the run that had the plan is gone itself."""
    report, run = case.plan_report, case.pipeline_run
    if report is not None and report.expired:
        yield Trace("", report.expired)
    if run is not None and run.condition is not None and run.condition.status == "True":
        unread = case.run is None and case.unreadable(ACTIONS)
        told = "its run cannot be read" if unread else "no plan is left"
        yield Trace(f"pipelinerun-ended:{run.uid}", f"{told}: PipelineRun {run.name} succeeded by one")
    if case.run is None and case.signal(ACTIONS).state == "unknown" and any(_of_the_run(case)):
        yield Trace("", "no plan is left, nor the run that made it")


def _of_the_provenance(case: Case) -> Iterator[Trace]:
    if not _lists_runs(case):
        yield from _published(case, "no provenance is left")


def _of_the_pipeline_run(case: Case) -> Iterator[Trace]:
    """Its provenance names it, or its gitops commit stands, and no PipelineRun of the commit is listed."""
    report = case.provenance_report
    found = report.provenance if report and not report.invalid and report.origin != "oci-attestation" else None
    if _lists_runs(case):
        return
    if found is not None and found.pipeline_run_name and found.source_commit == case.commit:
        key = f"provenance:{found.source_commit}:{found.image_digest}:{found.reuse_decision}"
        yield Trace(key, f"PipelineRun {found.pipeline_run_name} is no longer there: pruned, or deleted")
    yield from _published(case, "no PipelineRun is left")


def _lists_runs(case: Case) -> bool:
    return case.tekton is None or bool(case.tekton.runs)


def _published(case: Case, what: str) -> Iterator[Trace]:
    published = case.gitops.revision if case.gitops else None
    if published is not None:
        yield Trace(f"published:{published.sha}", f"{what}: gitops commit {short(published.sha)} came of it")


_TRACES = {ACTIONS: _of_the_run, PLAN: _of_the_plan, PROVENANCE: _of_the_provenance, TEKTON: _of_the_pipeline_run}
