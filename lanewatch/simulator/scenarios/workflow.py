"""The lane's Actions workflow: jobs plan, dispatch and wait, and the artifacts that they upload."""

from __future__ import annotations

from lanewatch.simulator.scenarios import actions, papers
from lanewatch.simulator.scenarios.actions import JobScript, JobStep
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane


def run_workflow(lane: Lane, delivery: Delivery, ends: float, *, succeeded: bool) -> None:
    """The run with its three jobs; the last one waits for the PipelineRun and ends at `ends`."""
    times = delivery.times
    actions.play(
        lane,
        delivery,
        times.run,
        [plan_job(delivery), dispatch_job(delivery), wait_job(delivery, ends, succeeded=succeeded)],
    )
    plan, sent = papers.reuse_plan(lane, delivery), papers.dispatch(lane, delivery)
    papers.upload(lane, delivery, times.planned, delivery.plan_name, "reuse-plan.json", plan)
    papers.upload(lane, delivery, times.accepted + 0.9, f"dispatch-{delivery.short}", "dispatch.json", sent)


def file_provenance(lane: Lane, delivery: Delivery, at: float) -> None:
    """The waiting job uploads what TaskRun build-or-reuse wrote."""
    proof = papers.provenance(lane, delivery)
    papers.upload(lane, delivery, at, f"provenance-{delivery.short}", "provenance.json", proof)


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


def dispatch_job(delivery: Delivery) -> JobScript:
    """Posts to the EventListener. Gitea releases it a moment after the plan job ended."""
    times = delivery.times
    begun, ends = times.dispatch, times.accepted + 2.3
    told = ((times.accepted, f"EventListener answered 202, eventID {delivery.event_id}"),)
    steps = (JobStep("Start the PipelineRun", begun + 0.6, ends - 0.3, told),)
    return JobScript("dispatch", times.planned + 1.7, begun, ends, steps)


def wait_job(delivery: Delivery, ends: float, *, succeeded: bool) -> JobScript:
    """Follows the PipelineRun to its end."""
    run, queued = delivery.pipeline_run, delivery.times.accepted + 2.6
    begun = queued + 1.5
    last = f"{run}: Succeeded" if succeeded else f"::error::{run}: Failed: TaskRun build-or-reuse: StepFailed"
    told = ((begun + 1.6, f"watching {run}"), (ends - 0.8, last))
    steps = (JobStep("Wait for the PipelineRun", begun + 0.6, ends - 0.3, told),)
    return JobScript("wait", queued, begun, ends, steps, "success" if succeeded else "failure")
