"""The lane's Actions workflow: jobs plan, dispatch and wait, and the artifacts that they upload."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.simulator.scenarios import actions, papers
from lanewatch.simulator.scenarios.actions import NEVER, JobScript, JobStep, Played
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane

SUCCEEDED = "Succeeded"


def run_workflow(
    lane: Lane, delivery: Delivery, ends: float, outcome: str = SUCCEEDED, earlier: Played | None = None
) -> Played:
    """The run with its three jobs; the last one waits for the PipelineRun, whose end it tells at `ends`.

    earlier: the run that this one is a rerun of.
    """
    times = delivery.times
    scripts = [plan_job(delivery), dispatch_job(lane, delivery), wait_job(delivery, ends, outcome)]
    played = actions.play(lane, delivery, times.run, scripts, earlier)
    plan, sent = papers.reuse_plan(lane, delivery), papers.dispatch(lane, delivery)
    papers.upload(lane, delivery, times.planned, delivery.plan_name, "reuse-plan.json", plan)
    papers.upload(lane, delivery, times.accepted + 0.9, f"dispatch-{delivery.short}", "dispatch.json", sent)
    return played


def file_provenance(lane: Lane, delivery: Delivery, at: float) -> None:
    """The waiting job uploads what TaskRun build-or-reuse wrote."""
    proof = papers.provenance(lane, delivery)
    papers.upload(lane, delivery, at, f"provenance-{delivery.short}", "provenance.json", proof)


def queue_workflow(lane: Lane, delivery: Delivery) -> None:
    """The run and its jobs, which no runner ever takes."""
    jobs = [JobScript("plan", delivery.times.run, NEVER, NEVER, ()), *_blocked("dispatch", "wait")]
    actions.play(lane, delivery, delivery.times.run, jobs)


def run_without_plan(lane: Lane, delivery: Delivery) -> None:
    """The plan job ends well and uploads nothing; the dispatch job is taken and waits for the plan."""
    times, plan = delivery.times, plan_job(delivery)
    file = "out/reuse-plan.json"
    nothing = f"::warning::No files were found with the provided path: {file}. No artifacts will be uploaded."
    plan = replace(plan, steps=(*plan.steps[:-1], replace(plan.steps[-1], lines=((times.planned, nothing),))))
    waits = tuple((times.dispatch + after, f"waiting for artifact {delivery.plan_name}") for after in (1.4, 31.4, 61.4))
    step = JobStep("Start the PipelineRun", times.dispatch + 0.6, NEVER, waits)
    dispatch = JobScript("dispatch", times.planned + 1.7, times.dispatch, NEVER, (step,))
    actions.play(lane, delivery, times.run, [plan, dispatch, *_blocked("wait")])


def cancel_workflow(lane: Lane, delivery: Delivery, at: float) -> None:
    """The run is cancelled while its plan job runs: the jobs that were blocked end with it and never start."""
    plan = replace(plan_job(delivery), ends=at, conclusion="cancelled")
    others = [replace(job, ends=at, conclusion="cancelled") for job in _blocked("dispatch", "wait")]
    actions.play(lane, delivery, delivery.times.run, [plan, *others])


def _blocked(*names: str) -> list[JobScript]:
    """Jobs whose `needs` never end."""
    return [JobScript(name, NEVER, NEVER, NEVER, ()) for name in names]


def plan_job(delivery: Delivery) -> JobScript:
    """Ends a moment after the plan artifact is there."""
    begun, planned = delivery.times.taken, delivery.times.planned
    checkout = (
        (begun + 0.8, "::group::Fetching the repository"),
        (begun + 2.4, f"HEAD is now at {delivery.commit[:7]}"),
        (begun + 2.5, "::endgroup::"),
    )
    planning = (
        (begun + 3.4, f"reuse plan for {delivery.commit}"),
        (planned - 1.8, f"decision {delivery.decision}, {delivery.env_identity}"),
    )
    uploading = ((planned, f"Artifact {delivery.plan_name} has been successfully uploaded"),)
    steps = (
        JobStep("Check out the snapshot", begun + 0.6, begun + 3.1, checkout),
        JobStep("Plan reuse", begun + 3.1, planned - 1.0, planning),
        JobStep("Upload the plan", planned - 1.0, planned + 1.1, uploading),
    )
    return JobScript("plan", delivery.times.run, begun, planned + 1.4, steps)


def dispatch_job(lane: Lane, delivery: Delivery) -> JobScript:
    """Posts to the EventListener, else to the controlled API. Gitea releases it a moment after the plan job ended."""
    times = delivery.times
    begun, ends = times.dispatch, times.accepted + 2.3
    said = f"EventListener answered 202, eventID {delivery.event_id}"
    if not lane.listener:
        said = f"no EventListener: the controlled API answered 201, PipelineRun {delivery.pipeline_run}"
    told = ((times.accepted, said),)
    steps = (JobStep("Start the PipelineRun", begun + 0.6, ends - 0.3, told),)
    return JobScript("dispatch", times.planned + 1.7, begun, ends, steps)


def wait_job(delivery: Delivery, ends: float, outcome: str) -> JobScript:
    """Follows the PipelineRun to its end."""
    run, queued = delivery.pipeline_run, delivery.times.accepted + 2.6
    begun = queued + 1.5
    succeeded = outcome == SUCCEEDED
    last = f"{run}: {outcome}" if succeeded else f"::error::{run}: {outcome}"
    told = ((begun + 1.6, f"watching {run}"), (ends - 0.8, last))
    steps = (JobStep("Wait for the PipelineRun", begun + 0.6, ends - 0.3, told),)
    return JobScript("wait", queued, begun, ends, steps, "success" if succeeded else "failure")
