"""How a story begins: the standing lane with one good rollout behind it, and a new commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lanewatch.simulator.objects.workload import DEADLINE
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import actions, argo, builder, gitops, source, stages, standing, workload
from lanewatch.simulator.scenarios.delivery import Delivery, Times
from lanewatch.simulator.scenarios.lane import Lane, Wording, plainly

FOUNDED = -9 * source.DAY
PREVIOUS = -2700.0  # the last good rollout's push: its builder Job and Events still exist
PREVIOUS_CHANGE = {"services/agentrun-mgr/lease.ts": b"export const leaseSeconds = 30\n"}
CHANGE = {
    "services/agentrun-mgr/lease.ts": b"export const leaseSeconds = 45\n",
    "Dockerfile.env": b"FROM oven/bun:1.3.2-slim\nCOPY bun.lock .\nRUN bun install --frozen-lockfile --production\n",
}


def standing_lane(
    recorder: Recorder, wording: Wording = plainly, *, listener: bool = True, deadline: int = DEADLINE
) -> tuple[Lane, Delivery]:
    """The lane before the push: everything in place, the last good rollout delivered 45 minutes ago.

    Without `listener` the controlled API starts PipelineRuns. deadline: progressDeadlineSeconds of the Deployment.
    """
    lane = source.found(recorder, wording)
    lane.listener, lane.deadline = listener, deadline
    lane.job_id = 12000 + recorder.number(700, "job")
    lane.artifact_id = 800 + recorder.number(90, "artifact")
    lane.run_number = 300 + recorder.number(60, "run number")
    actions.runner(lane, FOUNDED)
    standing.surroundings(lane)
    _first_deployment(lane)
    previous = begin(lane, "previous", PREVIOUS, "fix: lease table survives a restart", PREVIOUS_CHANGE, told=False)
    deliver(lane, previous)
    for ago in (-1180.0, -580.0):
        source.touch_mirror(lane, ago)
    argo.poll(lane, -170.0)
    argo.poll(lane, -34.0)
    return lane, previous


def begin(
    lane: Lane,
    name: str,
    push: float,
    title: str,
    change: Mapping[str, bytes],
    *,
    times: Times = Times(),  # noqa: B008  (frozen)
    origin: Delivery | None = None,
    told: bool = True,
) -> Delivery:
    """A push and its snapshot ref upstream; everything that the delivery of it will be called.

    times: seconds from the push. origin: the delivery whose image this one reuses.
    """
    recorder, times = lane.recorder, times.after(push)
    commit = source.push(lane, times.push, title, change)
    ref, env = f"{lane.names.snapshot_prefix}/{commit}", source.env_identity(lane)
    source.snapshot(lane, times.snapshot, ref, commit)
    delivery = Delivery(
        name=name,
        title=title,
        times=times,
        commit=commit,
        snapshot_ref=ref,
        reuse_digest=source.reuse_digest(lane),
        run_id=4100 + recorder.number(800, "run") + lane.run_number,
        event_id=recorder.uid("event", name),
        pipeline_run=lane.names.run_prefix + recorder.suffix("run", name),
        decision="reused-image" if origin else "reused-env" if env in lane.env_images else "built",
        env_identity=env,
        origin=origin,
        told=told,
    )
    if told:
        recorder.tell(push, "lane", "running", f"pushed: {title}", sourceCommit=commit)
        recorder.tell(push, "mirror-sync", "running", "pushed upstream", sourceCommit=commit)
    return replace(delivery, image=origin.image if origin else builder.built_image(lane, delivery))


def deliver(lane: Lane, delivery: Delivery) -> None:
    """Every stage of a delivery that builds and goes well."""
    stages.close_out(lane, delivery, up_to_gitops(lane, delivery))


def up_to_gitops(lane: Lane, delivery: Delivery, image: str = "", *tags: str) -> stages.Published:
    """The stages before Argo; gitops asks for `image` (by default the built one, by digest), pushed as `tags` too."""
    stages.sync_source(lane, delivery)
    stages.push_images(lane, delivery, *tags)
    published = stages.publish(lane, delivery, image)
    stages.run_ci(lane, delivery, published)
    return published


def _first_deployment(lane: Lane) -> None:
    """What ran before the first delivery that anything is told of."""
    times = Times().after(FOUNDED)
    first = Delivery(
        name="first",
        title="",
        times=times,
        commit=lane.head,
        snapshot_ref=f"{lane.names.snapshot_prefix}/{lane.head}",
        reuse_digest=source.reuse_digest(lane),
        run_id=0,
        event_id="",
        pipeline_run=lane.names.run_prefix + lane.recorder.suffix("run", "first"),
        decision="built",
        env_identity=source.env_identity(lane),
        told=False,
    )
    first = replace(first, image=builder.built_image(lane, first))
    stages.push_images(lane, first)
    image = f"{lane.names.image}@{first.image.digest}"
    revision = gitops.publish(lane, times.committed, image, first.commit)
    source.mirror(lane, times.published, {gitops.branch_ref(lane): revision})
    rolling = workload.Rolling(image, image, first.commit, times.synced, ())
    workload.stand(lane, rolling)
    argo.stand(lane, times.healthy, revision, image)
    workload.serves(lane, times.rolled_out, first.commit)
    lane.serving = first.commit
