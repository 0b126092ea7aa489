"""The stages of a delivery, one function each, which scenarios compose.

Each writes what the systems show at its seconds, and tells the ledger what truly happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanewatch.simulator.scenarios import actions, argo, builder, gitops, papers, pipeline, source, tasks, workload
from lanewatch.simulator.scenarios.actions import JobScript, JobStep
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane


@dataclass(frozen=True, slots=True)
class Published:
    """What gitops asks for after a delivery."""

    revision: str
    image: str


def sync_source(lane: Lane, delivery: Delivery) -> None:
    """mirror-sync: the branch and the snapshot ref arrive in the mirror together."""
    times, names = delivery.times, lane.names
    delivery.tell(lane.recorder, times.push, "mirror-sync", "running", "pushed upstream", sourceCommit=delivery.commit)
    source.mirror(
        lane, times.mirrored, {f"refs/heads/{names.branch}": delivery.commit, delivery.snapshot_ref: delivery.commit}
    )
    delivery.tell(
        lane.recorder,
        times.mirrored,
        "mirror-sync",
        "succeeded",
        "the mirror holds commit and snapshot ref",
        snapshotRef=delivery.snapshot_ref,
    )


def run_actions(lane: Lane, delivery: Delivery, ends: float, *, succeeded: bool = True) -> None:
    """actions-dispatch and reuse-plan: the run with its three jobs, plan and dispatch artifacts. Ends at `ends`."""
    times, recorder = delivery.times, lane.recorder
    actions.play(lane, delivery, times.run, _jobs(delivery, ends, succeeded=succeeded))
    papers.upload(
        lane, delivery, times.planned, delivery.plan_name, "reuse-plan.json", papers.reuse_plan(lane, delivery)
    )
    sent = papers.dispatch(lane, delivery)
    papers.upload(lane, delivery, times.accepted + 0.9, f"dispatch-{delivery.short}", "dispatch.json", sent)
    delivery.tell(
        recorder, times.run, "actions-dispatch", "running", "run and jobs created", actionsRunId=delivery.run_id
    )
    delivery.tell(recorder, times.taken, "actions-dispatch", "succeeded", "a runner took the plan job")
    delivery.tell(recorder, times.taken, "reuse-plan", "running", "the plan job runs")
    delivery.tell(
        recorder, times.planned, "reuse-plan", "succeeded", "plan uploaded", reusePlanArtifactRef=delivery.plan_ref
    )
    delivery.tell(recorder, times.planned, "build-or-reuse", "running", "the plan is there")
    delivery.tell(recorder, times.planned, "tekton-pipelinerun", "running", "waiting for the dispatch")


def run_pipeline(lane: Lane, delivery: Delivery, published: Published | None, *, code: int = 0) -> float:
    """build-or-reuse and tekton-pipelinerun; returns the end of the PipelineRun. `code` fails the build."""
    recorder, run = lane.recorder, pipeline.triggered(lane, delivery)
    if delivery.origin is None:
        log = builder.FAILED_LOG if code else builder.build_log(lane, delivery)
        builder.run_builder(lane, delivery, builder.Build(log, code))
    steps = [
        tasks.plan_artifacts(delivery),
        tasks.build_or_reuse(lane, delivery, code=code),
        tasks.gitops_publish(delivery, published.revision if published else None, published.image if published else ""),
    ]
    children, ends = pipeline.run_tasks(lane, run, delivery.times.pipeline + 0.1, steps)
    proven = proven_at(lane, delivery, code=code)
    facts = {"pipelineRunName": delivery.pipeline_run, "reuseDecision": delivery.decision}
    if code:
        what = "the builder Job failed"
        delivery.tell(recorder, proven, "build-or-reuse", "failed", what, builderJobName=delivery.job_name)
        delivery.tell(recorder, ends, "tekton-pipelinerun", "failed", "TaskRun build-or-reuse failed", **facts)
        return ends
    state = "reused" if delivery.origin else "succeeded"
    delivery.tell(
        recorder,
        proven,
        "build-or-reuse",
        state,
        "provenance written",
        imageDigest=delivery.image.digest,
        envIdentity=delivery.env_identity,
        builderJobName=None if delivery.origin else delivery.job_name,
        **facts,
    )
    delivery.tell(recorder, ends, "tekton-pipelinerun", "succeeded", f"{len(children)} TaskRuns done", **facts)
    return ends


def file_provenance(lane: Lane, delivery: Delivery) -> None:
    """The waiting job uploads what TaskRun build-or-reuse wrote, as an artifact."""
    at, proof = proven_at(lane, delivery) + 2.8, papers.provenance(lane, delivery)
    papers.upload(lane, delivery, at, f"provenance-{delivery.short}", "provenance.json", proof)


def proven_at(lane: Lane, delivery: Delivery, *, code: int = 0) -> float:
    """When TaskRun build-or-reuse is done."""
    return tasks.build_or_reuse(lane, delivery, code=code).stops + 0.35


def push_images(lane: Lane, delivery: Delivery, *tags: str) -> None:
    """The registry gets what the builder Job pushed."""
    at = delivery.times.built - 0.4
    lane.recorder.push(at, lane.names.image_repository, delivery.image, f"v0.2-{delivery.short}", *tags)
    if delivery.env_identity not in lane.env_images:
        env = builder.built_image(lane, delivery, dockerfile="Dockerfile.env")
        lane.env_images[delivery.env_identity] = env
        repository = lane.names.image_repository.rsplit("/", 1)[0] + "/agentrun-env"
        lane.recorder.push(at - 6.0, repository, env, delivery.env_identity)


def publish(lane: Lane, delivery: Delivery, image: str = "") -> Published:
    """gitops-publish: the commit upstream, a few seconds later in the mirror that Argo reads."""
    times, recorder = delivery.times, lane.recorder
    image = image or f"{lane.names.image}@{delivery.image.digest}"
    revision = gitops.publish(lane, times.committed, image, delivery.commit)
    source.mirror(lane, times.published, {gitops.branch_ref(lane): revision})
    begun = proven_at(lane, delivery)
    delivery.tell(recorder, begun, "gitops-publish", "running", "rendering the manifests")
    delivery.tell(
        recorder, times.committed, "gitops-publish", "succeeded", "gitops commit pushed", gitopsRevision=revision
    )
    return Published(revision, image)


def close_out(lane: Lane, delivery: Delivery, published: Published, digest: str = "") -> float:
    """argo-closeout and runtime-provenance; the Pods run `digest`. Returns when the last old Pod is gone."""
    times, recorder = delivery.times, lane.recorder
    running = digest or delivery.image.digest
    rolling = workload.rolling_of(lane, delivery, image=published.image, digest=running)
    argo.sync(lane, delivery, published.revision, published.image)
    gone = workload.roll(lane, rolling)
    _serve(lane, delivery)
    delivery.tell(recorder, times.committed, "argo-closeout", "running", "waiting for Argo to notice the commit")
    delivery.tell(recorder, times.noticed + 1.2, "runtime-provenance", "running", "Argo's operation began")
    rolled = rolling.ready[-1] + 0.6
    delivery.tell(
        recorder,
        rolled,
        "runtime-provenance",
        "succeeded",
        "rollout complete",
        runtimeTargetSha=delivery.commit,
        imageDigest=running,
    )
    delivery.tell(
        recorder,
        times.healthy,
        "argo-closeout",
        "succeeded",
        "Synced and Healthy",
        gitopsRevision=published.revision,
        argoHealth="Healthy",
    )
    return gone


def _serve(lane: Lane, delivery: Delivery) -> None:
    """During a rollout the Service answers from old and new Pods in turn."""
    times, before = delivery.times, lane.serving
    workload.serves(lane, times.first_ready + 0.5, delivery.commit)
    workload.serves(lane, times.first_ready + 3.6, before)
    workload.serves(lane, times.rolled_out - 0.2, delivery.commit)
    lane.serving = delivery.commit


def _jobs(delivery: Delivery, ends: float, *, succeeded: bool) -> list[JobScript]:
    times, run = delivery.times, delivery.pipeline_run
    planned, sent, waits = times.planned + 1.4, times.accepted + 2.3, times.accepted + 4.1
    last = f"{run}: Succeeded" if succeeded else f"::error::{run}: Failed: TaskRun build-or-reuse: StepFailed"
    return [
        JobScript(
            "plan",
            times.run,
            times.taken,
            planned,
            (
                JobStep(
                    "Check out the snapshot",
                    times.taken + 0.6,
                    times.taken + 3.1,
                    (
                        (times.taken + 0.8, "::group::Fetching the repository"),
                        (times.taken + 2.4, f"HEAD is now at {delivery.commit[:7]}"),
                        (times.taken + 2.5, "::endgroup::"),
                    ),
                ),
                JobStep(
                    "Plan reuse",
                    times.taken + 3.1,
                    times.planned - 1.0,
                    (
                        (times.taken + 3.4, f"reuse plan for {delivery.commit}"),
                        (times.planned - 1.8, f"decision {delivery.decision}, {delivery.env_identity}"),
                    ),
                ),
                JobStep(
                    "Upload the plan",
                    times.planned - 1.0,
                    planned - 0.3,
                    ((times.planned, f"Artifact {delivery.plan_name} has been successfully uploaded"),),
                ),
            ),
        ),
        JobScript(
            "dispatch",
            planned + 0.3,
            times.dispatch,
            sent,
            (
                JobStep(
                    "Start the PipelineRun",
                    times.dispatch + 0.6,
                    sent - 0.3,
                    ((times.accepted, f"EventListener answered 202, eventID {delivery.event_id}"),),
                ),
            ),
        ),
        JobScript(
            "wait",
            sent + 0.3,
            waits,
            ends,
            (
                JobStep(
                    "Wait for the PipelineRun",
                    waits + 0.6,
                    ends - 0.3,
                    ((waits + 1.0, f"watching {run}"), (ends - 0.8, last)),
                ),
            ),
            "success" if succeeded else "failure",
        ),
    ]
