"""Derives the identifiers that tie the authorities together, from what they said and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from lanewatch.rollout.expected import expected_digest
from lanewatch.rollout.facts import (
    ACTIONS,
    GITOPS,
    NEEDS,
    PLAN,
    PROVENANCE,
    SUBJECT_FIELDS,
    TEKTON,
    Correlation,
    Knowledge,
    Moment,
    Observation,
    Seen,
)
from lanewatch.rollout.freshness import ACTIVE_SECONDS, thresholds
from lanewatch.rollout.reports import (
    ActionsReport,
    GitopsReport,
    PipelineRunState,
    PlanReport,
    ProvenanceReport,
    TektonReport,
)
from lanewatch.rollout.runs import attempt

R = TypeVar("R")

PLAN_REF = "reusePlanArtifactRef"
SNAPSHOT_REF = "snapshotRef"
JOINING_SECONDS = thresholds(ACTIVE_SECONDS).unknown  # as long as an authority may be silent


def correlate(known: Knowledge) -> Correlation:
    """The identifiers known so far. Each step trusts only answers that the identifiers before it do not contradict.

    `snapshot_ref` and `plan_ref` are those that the plan, the dispatch or the PipelineRun names, never a guess.
    """
    found = Correlation(commit=known.pin.commit if known.pin else None)
    actions = heard(known, ACTIONS, ActionsReport, found)
    if actions and actions.run:
        found = _with(found, run_id=actions.run.id, run_attempt=str(attempt(actions.run)))
    event_id = actions.dispatch.event_id if actions and actions.dispatch else None
    found = _with(found, event_id=event_id)
    tekton = heard(known, TEKTON, TektonReport, found)
    run = tekton.run if tekton else None
    if run:
        found = _with(found, pipeline_run_uid=run.uid, pipeline_run_name=run.name)
    found = _with(found, plan_ref=_plan_ref(actions, run))
    plan = heard(known, PLAN, PlanReport, found)
    found = _with(found, snapshot_ref=_snapshot_ref(plan, run))
    found = _built(known, found, plan)
    gitops = heard(known, GITOPS, GitopsReport, found)
    if gitops and gitops.revision:
        found = _with(found, gitops_revision=gitops.revision.sha, published_at=gitops.revision.committed_at)
    return found


def heard(known: Knowledge, authority: str, kind: type[R], current: Correlation) -> R | None:
    """The authority's latest answer to the current question; None where it gave none."""
    observation = answer(known.seen.get(authority), current)
    return observation.report if observation and isinstance(observation.report, kind) else None


def answer(seen: Seen | None, current: Correlation) -> Observation | None:
    """The latest observation that still answers the current question; a failed read is none, whatever it carries."""
    latest = seen.last_ok if seen else None
    return None if latest is None or latest.subject.contradicts(current) else latest


def _with(found: Correlation, **values: object) -> Correlation:
    """`found` with the values that are known; nothing known is ever forgotten here."""
    known = {name: value for name, value in values.items() if value}
    return replace(found, **known) if known else found  # type: ignore[arg-type]


def _plan_ref(actions: ActionsReport | None, run: PipelineRunState | None) -> str | None:
    sent = actions.dispatch.payload.get(PLAN_REF) if actions and actions.dispatch else None
    return (run.params.get(PLAN_REF) if run else None) or sent


def _snapshot_ref(plan: PlanReport | None, run: PipelineRunState | None) -> str | None:
    if plan and plan.plan and not plan.invalid and plan.plan.snapshot_ref:
        return plan.plan.snapshot_ref
    return run.params.get(SNAPSHOT_REF) if run else None


def _built(known: Knowledge, found: Correlation, plan: PlanReport | None) -> Correlation:
    report = heard(known, PROVENANCE, ProvenanceReport, found)
    provenance = report.provenance if report and not report.invalid else None
    planned = plan.plan if plan and not plan.invalid else None
    if report and report.job:
        found = _with(found, builder_job_uid=report.job.uid)
    decision = (provenance.reuse_decision if provenance else "") or (planned.decision if planned else "")
    return _with(found, image_digest=expected_digest(planned, provenance), reuse_decision=decision)


def is_joining(known: Knowledge, authorities: Iterable[str], current: Correlation, now: Moment) -> bool:
    """Whether we began a moment ago and one of these was not asked yet: what seems to go on may have ended long ago."""
    began = known.started_at
    just = began is not None and now.steady - began.steady < JOINING_SECONDS
    return just and any(outstanding(known, authority, current) for authority in authorities)


def outstanding(known: Knowledge, authority: str, current: Correlation) -> bool:
    """Whether the authority can be asked and its last answer was to another question than it would be asked now."""
    if any(getattr(current, need) is None for need in NEEDS[authority]):
        return False
    seen = known.seen.get(authority)
    return seen is None or seen.last.subject != current.only(SUBJECT_FIELDS[authority])
