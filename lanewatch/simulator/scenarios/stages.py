"""The stages of a delivery, one function each, which scenarios compose.

Each writes what the systems show at its seconds, and tells the ledger what truly happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, builder, gitops, pipeline, source, tasks, workflow, workload
from lanewatch.simulator.scenarios.actions import Played
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.taskrun import NOTICE, Halt

WAITING_LAG = 3.6  # from the PipelineRun's end to the end of the job that waits for it


@dataclass(frozen=True, slots=True)
class Published:
    """What gitops asks for after a delivery."""

    revision: str
    image: str


@dataclass(frozen=True, slots=True)
class Course:
    """How CI goes: well, unless something here says otherwise."""

    code: int = 0  # exit code of the build
    fetch_code: int = 0  # of the step that fetches the plan, before anything is built
    halt: Halt | None = None  # of the PipelineRun, while the builder Job runs
    earlier: Played | None = None  # the Actions run that this is a rerun of

    @property
    def state(self) -> str:
        """How build-or-reuse and tekton-pipelinerun end, where they build."""
        if self.halt is not None and not self.halt.timeout:
            return "cancelled"
        return "failed" if self.halt or self.code or self.fetch_code else "succeeded"

    @property
    def outcome(self) -> str:
        """The PipelineRun's end as the job that waits for it prints it."""
        if self.halt is not None:
            return f"PipelineRunTimeout: not done within {self.halt.timeout}" if self.halt.timeout else "Cancelled"
        if self.code or self.fetch_code:
            return f"Failed: TaskRun {'plan-artifacts' if self.fetch_code else 'build-or-reuse'}: StepFailed"
        return workflow.SUCCEEDED


WELL = Course()


def sync_source(lane: Lane, delivery: Delivery) -> None:
    """mirror-sync: the branch and the snapshot ref arrive in the mirror together."""
    times, ref = delivery.times, delivery.snapshot_ref
    branch = f"refs/heads/{lane.names.branch}"
    source.mirror(lane, times.mirrored, {branch: delivery.commit, ref: delivery.commit})
    what = "the mirror holds commit and snapshot ref"
    delivery.tell(lane.recorder, times.mirrored, "mirror-sync", "succeeded", what, snapshotRef=ref)


def push_images(lane: Lane, delivery: Delivery, *tags: str) -> None:
    """The registry gets what the builder Job pushes: the service image, and the environment image if it is new."""
    at, repository = delivery.times.built - 0.4, lane.names.image_repository
    lane.recorder.push(at, repository, delivery.image, f"v0.2-{delivery.short}", *tags)
    if delivery.env_identity not in lane.env_images:
        env = builder.built_image(lane, delivery, dockerfile="Dockerfile.env")
        lane.env_images[delivery.env_identity] = env
        lane.recorder.push(at - 6.0, repository.rsplit("/", 1)[0] + "/agentrun-env", env, delivery.env_identity)


def publish(lane: Lane, delivery: Delivery, image: str = "", message: str = "") -> Published:
    """gitops-publish: the commit upstream, a few seconds later in the mirror that Argo reads."""
    times, recorder = delivery.times, lane.recorder
    image = image or f"{lane.names.image}@{delivery.image.digest}"
    revision = gitops.publish(lane, times.committed, image, delivery.commit, message)
    source.mirror(lane, times.published, {gitops.branch_ref(lane): revision})
    facts = {"gitopsRevision": revision}
    delivery.tell(recorder, times.committed, "gitops-publish", "succeeded", "gitops commit pushed", **facts)
    delivery.tell(recorder, times.committed, "argo-closeout", "running", "waiting for Argo to notice the commit")
    return Published(revision, image)


def run_ci(lane: Lane, delivery: Delivery, published: Published | None, course: Course = WELL) -> Played:
    """actions-dispatch to tekton-pipelinerun; the Actions run, whose last job waits for the PipelineRun.

    Without `published` the gitops task is skipped.
    """
    halt = course.halt
    run = pipeline.triggered(lane, delivery, halt.timeout if halt and halt.timeout else "1h0m0s")
    if delivery.origin is None and not course.fetch_code:
        log = builder.FAILED_LOG if course.code else builder.build_log(lane, delivery)
        builder.run_builder(lane, delivery, builder.Build(log, course.code))
    revision, image = (published.revision, published.image) if published else (None, "")
    work = [
        tasks.plan_artifacts(delivery, code=course.fetch_code),
        tasks.build_or_reuse(lane, delivery, code=course.code, halt=halt),
        tasks.gitops_publish(delivery, revision, image),
    ]
    _, ends = pipeline.run_tasks(lane, run, delivery.times.pipeline + 0.1, work)
    played = workflow.run_workflow(lane, delivery, ends + WAITING_LAG, course.outcome, course.earlier)
    proven = ends if course.fetch_code or halt else proven_at(lane, delivery, code=course.code)
    if course.state == "succeeded":
        workflow.file_provenance(lane, delivery, proven + 2.8)
    _tell_plan(lane, delivery)
    _tell_build(lane, delivery, proven, ends, course)
    if published is not None and course.state == "succeeded":
        delivery.tell(lane.recorder, proven, "gitops-publish", "running", "rendering the manifests")
    return played


def proven_at(lane: Lane, delivery: Delivery, *, code: int = 0) -> float:
    """When TaskRun build-or-reuse is done."""
    return tasks.build_or_reuse(lane, delivery, code=code).stops + NOTICE


def end_badly(
    delivery: Delivery, recorder: Recorder, at: float, state: str, what: str, after: str, **facts: object
) -> None:
    """The ledger's last lines of a lane that stage `after` ended: nothing comes after it."""
    for stage in ("gitops-publish", "argo-closeout", "runtime-provenance"):
        delivery.tell(recorder, at, stage, "skipped", after)
    delivery.tell(recorder, at, "lane", state, what, **facts)


def close_out(
    lane: Lane,
    delivery: Delivery,
    published: Published,
    digest: str = "",
    *,
    tries: int = 1,
    pulls: tuple[float, ...] = (),
) -> None:
    """argo-closeout and runtime-provenance; the Pods run `digest`, the delivery's own by default.

    tries: of Argo's sync. pulls: seconds at which the first new Pod's image could not be pulled.
    """
    times, recorder = delivery.times, lane.recorder
    running = digest or delivery.image.digest
    rolling = workload.rolling_of(lane, delivery, image=published.image, digest=running)
    argo.sync(lane, delivery, published.revision, published.image, tries=tries)
    workload.roll(lane, replace(rolling, pulls=pulls))
    _serve(lane, delivery)
    delivery.tell(recorder, times.noticed + 1.2, "runtime-provenance", "running", "Argo's operation began")
    drifted = running != delivery.image.digest
    state, what = ("unknown", "rolled out, but it is another image") if drifted else ("succeeded", "rolled out")
    facts = {"runtimeTargetSha": delivery.commit, "imageDigest": running}
    delivery.tell(recorder, rolling.ready[-1] + 0.6, "runtime-provenance", state, what, **facts)
    facts = {"gitopsRevision": published.revision, "argoHealth": "Healthy"}
    delivery.tell(recorder, times.healthy, "argo-closeout", "succeeded", "Synced and Healthy", **facts)


def _serve(lane: Lane, delivery: Delivery) -> None:
    """During a rollout the Service answers from old and new Pods in turn."""
    times, before = delivery.times, lane.serving
    workload.serves(lane, times.first_ready + 0.5, delivery.commit)
    workload.serves(lane, times.first_ready + 3.6, before)
    workload.serves(lane, times.rolled_out - 0.2, delivery.commit)
    lane.serving = delivery.commit


def _tell_plan(lane: Lane, delivery: Delivery) -> None:
    times, recorder = delivery.times, lane.recorder
    facts: dict[str, object] = {"actionsRunId": delivery.run_id}
    delivery.tell(recorder, times.run, "actions-dispatch", "running", "run and jobs created", **facts)
    delivery.tell(recorder, times.taken, "actions-dispatch", "succeeded", "a runner took the plan job", **facts)
    delivery.tell(recorder, times.taken, "reuse-plan", "running", "the plan job runs")
    facts = {"reusePlanArtifactRef": delivery.plan_ref}
    delivery.tell(recorder, times.planned, "reuse-plan", "succeeded", "plan uploaded", **facts)
    delivery.tell(recorder, times.planned, "build-or-reuse", "running", "the plan is there")
    delivery.tell(recorder, times.planned, "tekton-pipelinerun", "running", "waiting for the dispatch")


def _tell_build(lane: Lane, delivery: Delivery, proven: float, ends: float, course: Course) -> None:
    recorder, job = lane.recorder, None if delivery.origin else delivery.job_name
    facts: dict[str, object] = {"pipelineRunName": delivery.pipeline_run, "builderJobName": job}
    if course.state != "succeeded":
        why = "the builder Job failed" if course.code else f"the PipelineRun ended: {course.outcome}"
        delivery.tell(recorder, proven, "build-or-reuse", course.state, why, **facts)
        delivery.tell(recorder, ends, "tekton-pipelinerun", course.state, course.outcome, **facts)
        return
    facts |= {
        "imageDigest": delivery.image.digest,
        "envIdentity": delivery.env_identity,
        "reuseDecision": delivery.decision,
    }
    state = "reused" if delivery.origin else "succeeded"
    delivery.tell(recorder, proven, "build-or-reuse", state, "provenance written", **facts)
    delivery.tell(recorder, ends, "tekton-pipelinerun", "succeeded", "the PipelineRun is done", **facts)
