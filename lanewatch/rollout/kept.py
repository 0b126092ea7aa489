"""What the systems still hold of a past rollout, and what is gone: pruned runs, expired Jobs, no-op commits.

Pure. A past rollout is read like any other; this only says in words why its picture has holes.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.case import Case
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import ACTIONS, GITOPS, MIRROR, PLAN, PROVENANCE, TEKTON, Quality


def gone_of(case: Case) -> tuple[str, ...]:
    """One short phrase for everything of this rollout that is not there any more, or cannot be read."""
    return tuple(_gone(case))


def _gone(case: Case) -> Iterator[str]:
    for authority, what in ((MIRROR, "commit"), (ACTIONS, "run"), (TEKTON, "PipelineRun"), (GITOPS, "gitops")):
        if case.unreadable(authority):
            yield f"{what} not readable: {case.unreadable(authority)}"
    if case.actions is not None and case.run is None:
        yield "no Actions run: pruned, or it never had one"
    if case.run is not None and case.plan is None and not case.unreadable(PLAN):
        yield "no plan: its artifact has expired"
    if case.tekton is not None and not case.tekton.runs:
        yield "no PipelineRun: pruned"
    report = case.provenance_report
    jobs = case.answer(PROVENANCE)
    fact = jobs.fact("builderJobName") if jobs else None
    is_gone = report is not None and report.job is None and fact is not None and fact.quality is Quality.ABSENT
    if is_gone and case.plan is not None and case.plan.decision not in NOT_BUILT:
        yield "no builder Job: its time to live is over"
    if case.provenance is None and case.run is not None and not case.unreadable(PROVENANCE):
        yield "no provenance"
    if case.gitops is not None and case.gitops.revision is None:
        yield "no gitops commit: nothing changed, or it lies too far back"
