"""ci-builder-consumes-reuse-plan: the build got this plan, these very bytes, and built what it orders and no more."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.gate.env_unchanged import no_job
from lanewatch.rollout.gate.verdict import (
    WAIT,
    Exam,
    Link,
    Verdict,
    awaited,
    broken,
    chained,
    ended_badly,
    holds,
    not_exercised,
    open_link,
    unread_log,
    without_plan,
    worse,
)
from lanewatch.rollout.reports import PipelineRunState, PlanReport, ReusePlan
from lanewatch.rollout.wording import short

CHECK = "ci-builder-consumes-reuse-plan"
PLAN_REF = "reusePlanArtifactRef"
PLAN_DIGEST = "reusePlanDigest"


def judge(exam: Exam) -> Verdict:
    case = exam.scene.case
    missing = without_plan(CHECK, exam)
    if case.plan is None or case.plan_report is None or missing is not None:
        return missing or not_exercised(CHECK, "no plan")
    if case.pipeline_run is None:
        why = case.unreadable(TEKTON) or "no PipelineRun yet"
        return Verdict(CHECK, "unknown", f"What the builder got is not known: {why}.", awaited(exam, TEKTON))
    links = (
        _ref(exam, case.plan_report, case.pipeline_run),
        _digest(exam, case.plan_report, case.pipeline_run),
        _decision(exam, case.plan),
        *_built(exam, case.plan),
    )
    what = ", ".join(case.plan.build_services) or "nothing"
    verdict = chained(CHECK, links, f"The build got this plan and built {what}, as ordered.")
    return worse(verdict, ended_badly(exam, PROVENANCE, TEKTON))


def _ref(exam: Exam, report: PlanReport, run: PipelineRunState) -> Link:
    """The plan that was read is the one that the PipelineRun, or the Job itself, was given."""
    carried = exam.built.plan_ref or run.params.get(PLAN_REF, "")
    ground = exam.scene.side(TEKTON, f"{run.name} {PLAN_REF} {carried or 'absent'}", "pipelineRunName")
    if not carried:
        return broken(f"PipelineRun {run.name} carries no {PLAN_REF}", ground)
    if carried != report.ref:
        return broken(f"PipelineRun {run.name} carries {carried}, the plan is {report.ref}", ground)
    return holds("it carries the plan's ref", ground)


def _digest(exam: Exam, report: PlanReport, run: PipelineRunState) -> Link:
    """The bytes: a digest that is carried, or a ref that holds one, or an artifact unchanged since before the run."""
    carried = exam.built.plan_digest or run.params.get(PLAN_DIGEST, "")
    ground = exam.scene.side(PLAN, f"plan {report.digest or 'without digest'}", "planArtifact")
    if carried and report.digest:
        said = f"it carries plan {short(carried)}, the plan is {short(report.digest)}"
        return holds("it carries the plan's digest", ground) if carried == report.digest else broken(said, ground)
    if "@sha256:" in report.ref:
        return holds("the ref names the digest", ground)
    artifact = report.artifact
    written = max((at for at in (artifact.created_at, artifact.updated_at) if at), default=None) if artifact else None
    case = exam.scene.case
    was, made = case.stamp(PLAN, written, "artifact updatedAt"), case.stamp(TEKTON, run.created_at, "created")
    if was is None or made is None or not case.clocks.is_before(was, made):
        return open_link("no digest is carried, and the plan may have changed since", f"a param {PLAN_DIGEST}", ground)
    return holds("no digest is carried, but the plan is unchanged since before the run", ground)


def _decision(exam: Exam, plan: ReusePlan) -> Link:
    """What was done is what was decided."""
    found = exam.scene.case.provenance
    if found is None:
        return open_link("no provenance yet", awaited(exam, PROVENANCE))
    ground = exam.scene.side(PROVENANCE, f"reuseDecision {found.reuse_decision}", "reuseDecision")
    if not found.reuse_decision:
        return open_link("provenance tells no reuseDecision", "a provenance with reuseDecision", ground)
    if found.reuse_decision != plan.decision:
        return broken(f"the plan says {plan.decision}, provenance {found.reuse_decision}", ground)
    return holds("plan and provenance decide alike", ground)


def _built(exam: Exam, plan: ReusePlan) -> Iterator[Link]:
    """Exactly buildServices: by the images that the builder's log says were pushed."""
    if plan.decision in NOT_BUILT:
        if plan.build_services:
            ground = exam.scene.side(PLAN, f"buildServices {', '.join(plan.build_services)}", "buildServices")
            yield broken(f"the plan skips the build, yet orders {', '.join(plan.build_services)}", ground)
        yield no_job(exam)
        return
    report = exam.scene.case.provenance_report
    job = report.job if report else None
    if not exam.built.is_read:
        yield unread_log(exam)
        return
    pushed = ", ".join(sorted(exam.built.services())) or "nothing"
    ground = exam.scene.side(PROVENANCE, f"{f'Job {job.name}' if job else 'no Job'} pushed {pushed}", "builderJobName")
    services, ordered = exam.built.services(), frozenset(plan.build_services)
    extra = services - ordered - (_environment(services) if not plan.reuse_env_image else frozenset())
    lacking = ordered - services
    if extra:
        yield broken(f"the builder built {', '.join(sorted(extra))}, which nobody ordered", ground)
    if lacking and job is not None and job.state == "complete":
        yield broken(f"the builder did not build {', '.join(sorted(lacking))}", ground)
    elif lacking:
        yield open_link(f"{', '.join(sorted(lacking))} not built yet", WAIT, ground)
    if not extra and not lacking:
        yield holds("it built exactly what was ordered", ground)


def _environment(services: frozenset[str]) -> frozenset[str]:
    """The environment image, which a plan orders by reuseEnvImage false and not by name."""
    return frozenset(name for name in services if name.endswith("-env"))
