"""Everything that a person must know, each kind by one small function (CONTRACTS 3, 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lanewatch.rollout.findings import (
    closeout,
    conflicts,
    contradictions,
    failures,
    pipeline,
    proof,
    runs,
    source,
    stalled,
    times,
)
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding

FindingRule = Callable[[View], Iterable[Finding]]

RULES: tuple[FindingRule, ...] = (
    failures.failed,
    failures.superseded,
    failures.unsaid,
    conflicts.conflicts,
    conflicts.disagreements,
    contradictions.contradicted,
    proof.missing_evidence,
    source.not_found,
    source.branch_moved,
    source.mirror_behind,
    source.skipped_by_marker,
    source.snapshot_lost,
    runs.no_runner,
    runs.actions_disabled,
    runs.plan_missing,
    runs.no_pipeline_run,
    runs.run_ended_later,
    runs.job_without_provenance,
    runs.job_outlives_run,
    pipeline.step_died,
    pipeline.not_picked_up,
    pipeline.end_unnoticed,
    pipeline.not_stopped,
    runs.no_publish,
    closeout.argo_unnoticed,
    closeout.argo_troubled,
    closeout.argo_waits_for_a_person,
    closeout.pods_in_trouble,
    closeout.unhealthy,
    stalled.likely_cause,
    times.budgets,
    times.slow_reads,
    proof.unreadable,
    proof.partly_unreadable,
    proof.certificates,
    proof.clocks,
    source.upstream_unreadable,
    source.newer,
    source.plan_source_unread,
    runs.several,
    pipeline.hidden_in_success,
    closeout.read_in_mirror,
)

_ORDER = {"error": 0, "warning": 1, "info": 2}


def find(view: View) -> tuple[Finding, ...]:
    """All findings, most severe first, in the order of the rules within one severity."""
    found = [finding for rule in RULES for finding in rule(view)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
