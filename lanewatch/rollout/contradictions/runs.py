"""Runs against runs: what Actions says of a rollout, what Tekton says of it, and what the plan asked for."""

from __future__ import annotations

from lanewatch.rollout.contradictions.comparing import AGREES, Comparison, Scene, contradicts, lagging, unknown
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import ACTIONS, PLAN, PROVENANCE, TEKTON, Quality
from lanewatch.rollout.runs import has_ended, last_end, verdict
from lanewatch.rollout.stages.actions import is_believed

CANCEL_SECONDS = 30.0  # a cancelled run may leave Tekton so long to stop: grace period of a Pod
START_SECONDS = 15.0  # from the plan to the Job that a pipeline's first task starts


def success_of_a_failure(scene: Scene) -> Comparison:
    """The Actions run succeeded ↔ the PipelineRun failed."""
    run, pipeline = scene.case.run, scene.case.pipeline_run
    if run is None or not is_believed(scene.case, run):
        return unknown("the Actions run has not ended, or cannot be read")
    if pipeline is None or pipeline.condition is None or pipeline.condition.status not in ("True", "False"):
        return unknown("the PipelineRun has not ended, or cannot be read")
    if verdict(run) != "success" or pipeline.condition.status == "True":
        return AGREES
    return contradicts(
        f"Actions calls run {run.number} a success, but PipelineRun {pipeline.name} failed. Believe Tekton.",
        scene.side(ACTIONS, f"run {run.number} success", "actionsRunId"),
        scene.side(TEKTON, f"{pipeline.name} {pipeline.condition.reason}", "pipelineRunName"),
    )


def cancelled_but_running(scene: Scene) -> Comparison:
    """The Actions run was cancelled ↔ its PipelineRun still runs."""
    run, pipeline = scene.case.run, scene.case.pipeline_run
    if run is None or not has_ended(run):
        return unknown("the Actions run has not ended, or cannot be read")
    if verdict(run) != "cancelled":
        return AGREES
    if scene.case.tekton is None:
        return unknown("Tekton cannot be read")
    if pipeline is None or (pipeline.condition is not None and pipeline.condition.status in ("True", "False")):
        return AGREES
    return lagging(
        scene,
        f"Run {run.number} was cancelled, PipelineRun {pipeline.name} goes on and will publish unless it is cancelled",
        (
            scene.side(ACTIONS, f"run {run.number} cancelled", "actionsRunId"),
            scene.side(TEKTON, f"{pipeline.name} runs", "pipelineRunName"),
        ),
        scene.case.stamp(ACTIONS, last_end(run), "last job completedAt"),
        CANCEL_SECONDS,
    )


def skipped_but_built(scene: Scene) -> Comparison:
    """The plan skips the build ↔ a builder Job exists."""
    plan, report = scene.case.plan, scene.case.provenance_report
    if plan is None or report is None:
        return unknown("no plan" if plan is None else "builder Jobs cannot be read")
    if plan.decision not in NOT_BUILT:
        return AGREES
    if report.job is None:
        return AGREES if _jobs_were_read(scene) else unknown("builder Jobs cannot be read")
    if report.job.correlated_by == "name":
        return unknown(f"Job {report.job.name} is only named like this commit")
    return contradicts(
        f"The plan says {plan.decision}, yet builder Job {report.job.name} exists.",
        scene.side(PLAN, f"skipImageBuild {str(plan.skip_image_build).lower()}", "skipImageBuild"),
        scene.side(PROVENANCE, f"Job {report.job.name} {report.job.state}", "builderJobName"),
    )


def built_without_job(scene: Scene) -> Comparison:
    """The plan orders a build ↔ no builder Job exists."""
    plan, report = scene.case.plan, scene.case.provenance_report
    if plan is None or report is None:
        return unknown("no plan" if plan is None else "builder Jobs cannot be read")
    if plan.decision in NOT_BUILT or report.job is not None or report.results.get("builderJobName"):
        return AGREES
    if not _jobs_were_read(scene):
        return unknown("builder Jobs cannot be read")
    if scene.case.signal(TEKTON).state in ("pending", "failed", "cancelled", "skipped"):
        return AGREES  # it did not come to a build
    return lagging(
        scene,
        f"The plan orders a build of {', '.join(plan.build_services)}, there is no builder Job",
        (
            scene.side(PLAN, f"buildServices {', '.join(plan.build_services)}", "buildServices"),
            scene.side(PROVENANCE, "no builder Job", "builderJobName"),
        ),
        scene.case.signal(PLAN).finished,
        START_SECONDS,
    )


def _jobs_were_read(scene: Scene) -> bool:
    """Whether the cluster answered that there is no Job, and did not merely stay silent."""
    answer = scene.case.answer(PROVENANCE)
    fact = answer.fact("builderJobName") if answer else None
    return fact is not None and fact.quality in (Quality.ABSENT, Quality.GOOD)
