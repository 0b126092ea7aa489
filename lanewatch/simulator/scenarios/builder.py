"""The builder Job: rootless BuildKit in a Pod of its own, which knows nothing of Tekton; and the image it pushes."""

from __future__ import annotations

from dataclasses import dataclass

from lanewatch.simulator.images import BuildFacts, Image, build_image, digest_of
from lanewatch.simulator.objects import jobs, pods
from lanewatch.simulator.objects.meta import Object, key
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import CI_NODES, addresses, schedule
from lanewatch.simulator.scenarios.papers import BASE_NAME, BUILDER_ID, base_digest
from lanewatch.simulator.scenarios.planes import builder_configuration

LogLines = tuple[tuple[float, str], ...]  # (share of the build's time, text)
ACTIVE = {"active": 1, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}}
SETTLE = 0.5  # from the container's end to the Job's condition


@dataclass(frozen=True, slots=True)
class Build:
    """How one build goes: its log as (share of the build's time, text), and its exit code."""

    lines: LogLines
    code: int = 0


def built_image(lane: Lane, delivery: Delivery, *, dockerfile: str = "Dockerfile", content: str = "") -> Image:
    """The image that a build of this delivery's commit pushes; other `content` gives another image."""
    recorder, times = lane.recorder, delivery.times
    facts = BuildFacts(
        source_url=f"{lane.names.mirror_url}#{delivery.snapshot_ref}",
        commit=delivery.commit,
        dockerfile=dockerfile,
        builder_id=lane.wording(BUILDER_ID),
        base_name=BASE_NAME,
        base_digest=base_digest(),
        started=recorder.stamp(times.build + 2),
        finished=recorder.stamp(times.built),
        invocation=recorder.hexes(24, "invocation", delivery.name, dockerfile, content),
        labels={
            "org.opencontainers.image.revision": delivery.commit,
            "agentrun.lane/env-identity": delivery.env_identity,
            "agentrun.lane/pipelinerun": delivery.pipeline_run,
        },
    )
    layer = f"{dockerfile} of {delivery.commit} {content}"
    return build_image([f"env {delivery.env_identity}".encode(), layer.encode()], facts)


def build_log(lane: Lane, delivery: Delivery) -> LogLines:
    """`buildctl --progress=plain` of a whole build."""
    image = f"{lane.names.image}:v0.2-{delivery.short}"
    layer, base = digest_of(delivery.commit.encode()), base_digest()
    return (
        (0.02, "#1 [internal] load build definition from Dockerfile"),
        (0.03, "#1 DONE 0.1s"),
        (0.05, f"#2 [internal] load metadata for docker.io/{BASE_NAME}"),
        (0.08, "#2 DONE 0.6s"),
        *(_env_built(base) if delivery.decision == "built" else _env_cached(base)),
        (0.52, "#6 [stage 1/2] COPY services /srv"),
        (0.54, "#6 DONE 0.2s"),
        (0.56, "#7 [stage 2/2] RUN bun build --target=bun /srv/agentrun-mgr/main.ts"),
        (0.66, "#7 1.93 agentrun-mgr bundled 187 modules in 1.4s"),
        (0.68, "#7 DONE 2.2s"),
        (0.71, "#8 exporting to image"),
        (0.78, f"#8 exporting layers {layer}"),
        (0.84, f"#8 pushing layers for {image}"),
        (0.93, f"#8 pushing manifest for {image}@{delivery.image.digest}"),
        (0.96, "#8 DONE 5.1s"),
    )


def _env_built(base: str) -> LogLines:
    return (
        (0.10, f"#3 [env 1/3] FROM docker.io/{BASE_NAME}@{base}"),
        (0.16, "#3 sha256:4f1c 12.58MB / 38.11MB 0.9s"),
        (0.24, "#3 DONE 2.4s"),
        (0.26, "#4 [env 2/3] COPY bun.lock ."),
        (0.27, "#4 DONE 0.1s"),
        (0.29, "#5 [env 3/3] RUN bun install --frozen-lockfile"),
        (0.33, "#5 0.412 bun install v1.3.2"),
        (0.47, "#5 4.107 + 214 packages installed"),
        (0.49, "#5 DONE 4.3s"),
    )


def _env_cached(base: str) -> LogLines:
    return (
        (0.10, f"#3 [env 1/3] FROM docker.io/{BASE_NAME}@{base}"),
        (0.11, "#3 CACHED"),
        (0.12, "#4 [env 2/3] COPY bun.lock ."),
        (0.12, "#4 CACHED"),
        (0.13, "#5 [env 3/3] RUN bun install --frozen-lockfile"),
        (0.13, "#5 CACHED"),
    )


FAILED_LOG = (
    (0.02, "#1 [internal] load build definition from Dockerfile"),
    (0.03, "#1 DONE 0.1s"),
    (0.10, f"#3 [env 1/3] FROM docker.io/{BASE_NAME}"),
    (0.30, "#3 CACHED"),
    (0.40, "#6 [stage 1/2] COPY services /srv"),
    (0.42, "#6 DONE 0.2s"),
    (0.50, "#7 [stage 2/2] RUN bun build --target=bun /srv/agentrun-mgr/main.ts"),
    (0.80, '#7 1.204 error: Could not resolve: "./lease/renewal". Did you mean "./lease/renew"?'),
    (0.81, "#7 1.204     at /srv/agentrun-mgr/main.ts:14:27"),
    (0.82, '#7 ERROR: process "/bin/sh -c bun build" did not complete successfully: exit code: 1'),
    (0.90, "------"),
    (0.90, " > [stage 2/2] RUN bun build --target=bun /srv/agentrun-mgr/main.ts:"),
    (0.90, '1.204 error: Could not resolve: "./lease/renewal". Did you mean "./lease/renew"?'),
    (0.90, "------"),
    (0.95, 'error: failed to solve: process "/bin/sh -c bun build" did not complete successfully: exit code: 1'),
)


def run_builder(lane: Lane, delivery: Delivery, build: Build) -> Object:
    """The Job from `times.build` to `times.built`; the Job object as it ended, or runs on beyond the story's end."""
    recorder, names, times = lane.recorder, lane.names, delivery.times
    at, ends = times.build, times.built
    labels = {
        "app.kubernetes.io/name": "agentrun-builder",
        "agentrun.lane/source-commit": delivery.short,
        "agentrun.lane/pipelinerun": delivery.pipeline_run,
    }
    repository = names.builder_image.rsplit(":", 1)[0]
    container = pods.Container(
        "buildkit",
        names.builder_image,
        f"docker.io/{repository}@{digest_of(names.builder_image.encode())}",
        "containerd://" + recorder.hexes(64, "builder", delivery.name),
    )
    volumes = [{"name": "builder", "configMap": {"name": builder_configuration(names), "defaultMode": 420}}]
    made = recorder.put(at, jobs.job(names.ci_namespace, delivery.job_name, labels, container.spec(), None, volumes))
    made = recorder.patch(at + 0.1, made, {"status": {"startTime": recorder.stamp(at), **ACTIVE}})
    pod = _start_pod(lane, delivery, made, container, at + 0.2)
    recorder.patch(at + 2.2, made, {"status": {"ready": 1}})
    stream = ("container", names.ci_namespace, pod["metadata"]["name"], container.name)
    for share, text in build.lines:
        second = at + 2 + share * (ends - at - 2)
        if second <= recorder.end:
            recorder.log(second, stream, lane.wording(text).encode() + b"\n")
    if ends > recorder.end:
        return recorder.live[key(made)]
    started, ended = recorder.stamp(at + 2), recorder.stamp(ends)
    states = [pods.terminated(container, started, ended, build.code)]
    since = _since(lane, at, ends)
    recorder.patch(ends, pod, {"status": pods.status("Running", since, states, ready=False)})
    phase = "Failed" if build.code else "Succeeded"
    recorder.patch(
        ends + 0.1,
        pod,
        {"metadata": {"finalizers": None}, "status": pods.status(phase, since, states, ready=False)},
    )
    return _end_job(lane, made, ends + SETTLE, failed=build.code != 0)


def _start_pod(lane: Lane, delivery: Delivery, made: Object, container: pods.Container, at: float) -> Object:
    recorder, stamp = lane.recorder, lane.recorder.stamp
    meta = jobs.pod_metadata(made, recorder.suffix("builder pod", delivery.name))
    volumes = made["spec"]["template"]["spec"]["volumes"]
    pod = recorder.put(at, pods.pod(meta, [container], "agentrun-builder", restart="Never", volumes=volumes))
    lane.event(at + 0.01, made, "job-controller", "SuccessfulCreate", f"Created pod: {meta['name']}")
    schedule(lane, pod, at + 0.1, CI_NODES)
    since = _since(lane, at, at + 0.3)
    waiting = [pods.waiting(container, "ContainerCreating")]
    recorder.patch(at + 0.3, pod, {"status": pods.status("Pending", since, waiting, ready=False)})
    running = [pods.running(container, stamp(at + 1.8))]
    lane.event(at + 1.8, pod, "kubelet", "Started", "Started container buildkit")
    status = pods.status("Running", _since(lane, at, at + 1.8), running, ready=True)
    return recorder.patch(at + 1.8, pod, {"status": {**status, **addresses(lane, pod)}})


def _end_job(lane: Lane, made: Object, at: float, *, failed: bool) -> Object:
    recorder, since = lane.recorder, lane.recorder.stamp(at)
    if failed:
        reason, says = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        decided, final = jobs.ended("FailureTarget", since, reason, says), jobs.ended("Failed", since, reason, says)
        counts: Object = {"active": None, "ready": 0, "failed": 1}
        lane.event(at + 0.1, made, "job-controller", reason, says, "Warning")
    else:
        reason, says = "CompletionsReached", "Reached expected number of succeeded pods"
        decided = jobs.ended("SuccessCriteriaMet", since, reason, says)
        final = jobs.ended("Complete", since, reason, says)
        counts = {"active": None, "ready": 0, "succeeded": 1}
        lane.event(at + 0.1, made, "job-controller", "Completed", "Job completed")
    recorder.patch(at, made, {"status": {**counts, "conditions": [decided]}})
    whole: Object = {"conditions": [decided, final]}
    if not failed:
        whole["completionTime"] = since
    return recorder.patch(at + 0.1, made, {"status": whole})


def _since(lane: Lane, at: float, changed: float) -> dict[str, str]:
    stamp = lane.recorder.stamp
    return {"scheduled": stamp(at), "started": stamp(at), "initialized": stamp(at), "changed": stamp(changed)}
