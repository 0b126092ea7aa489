"""The planes stay apart: what runs builds nothing, what builds runs nowhere near, and both are pinned. Pure rules."""

from __future__ import annotations

import re

from lanewatch.rollout.case import Case
from lanewatch.rollout.digests import digest_in
from lanewatch.rollout.policy.report import PodSpec, PolicyFinding, PolicyReport, breach, not_readable, ok
from lanewatch.spec.lane import Lane

SOCKETS = ("docker.sock", "containerd.sock", "buildkitd.sock", "crio.sock", "podman.sock")
NO_BUILDER = PolicyFinding("not readable", "this rollout has no builder Job to look at.")
TOOLS = re.compile(r"(?:^|[/-])(buildkit|buildkitd|docker|dind|kaniko|buildah|podman|img)(?:[-:@/]|$)")


def runtime_socket(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """runtimePlane.dockerSocketAllowed: false."""
    if report.runtime_pods is None:
        return not_readable(report, "runtimePods")
    for pod in report.runtime_pods:
        bad = [path for path in pod.host_paths if path.endswith(SOCKETS)]
        if bad:
            return breach(f"{pod.owner} mounts {bad[0]}.", pod.owner)
    return ok(f"none of {len(report.runtime_pods)} Pods mounts a container socket.")


def runtime_worktree(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """runtimePlane.hostWorktreeAllowed and sourceAuthority.allowHostWorktree: false."""
    if report.runtime_pods is None:
        return not_readable(report, "runtimePods")
    for pod in (*report.runtime_pods, *(report.ci_pods or ()), *([report.builder] if report.builder else [])):
        bad = [path for path in pod.host_paths if not path.endswith(SOCKETS)]
        if bad:
            return breach(f"{pod.owner} mounts the host's {bad[0]}.", pod.owner)
    if report.ci_pods is None or (report.has_builder and report.builder is None):
        return not_readable(report, "ciPods", "builder")
    return ok("no Pod of runtime, PipelineRun or builder mounts a host path.")


def runtime_privileged(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """A privileged container can build, whatever the spec says."""
    if report.runtime_pods is None:
        return not_readable(report, "runtimePods")
    bad = [(pod, one) for pod in report.runtime_pods for one in pod.containers if one.privileged]
    if bad:
        return breach(f"{bad[0][0].owner} runs {bad[0][1].name} privileged.", bad[0][0].owner)
    return ok("no container of the runtime is privileged.")


def runtime_tools(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """runtimePlane.buildAllowed and dockerAllowed: false."""
    if report.runtime_pods is None:
        return not_readable(report, "runtimePods")
    bad = [(pod, one) for pod in report.runtime_pods for one in pod.containers if TOOLS.search(one.image.lower())]
    if bad:
        return breach(f"{bad[0][0].owner} runs build tooling: {bad[0][1].image}.", bad[0][0].owner)
    return ok("no container of the runtime is build tooling.")


def builder_master(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """buildPlane.forbidMasterServer."""
    pod = _builder(report)
    if isinstance(pod, PolicyFinding):
        return pod
    if report.nodes is None:
        return not_readable(report, "nodes")
    known = {node.name: node for node in report.nodes}
    if pod.node not in known:
        return not_readable(report, "nodes", said=f"node {pod.node} is not in the list of nodes")
    if known[pod.node].is_control_plane:
        return breach(f"the builder ran on {pod.node}, a control-plane node.", pod.owner)
    return ok(f"the builder ran on {pod.node}, no control-plane node.")


def builder_runtime(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """buildPlane.forbidRuntimeNode: no node that the workload's Pods run on, nor the target's own."""
    pod = _builder(report)
    if isinstance(pod, PolicyFinding):
        return pod
    if report.runtime_pods is None:
        return not_readable(report, "runtimePods")
    used = {one.node for one in report.runtime_pods if one.node} | {lane.node.lower()}
    if pod.node in used or pod.node.lower() in used:
        return breach(f"the builder ran on {pod.node}, where the workload runs.", pod.owner)
    return ok(f"the builder ran on {pod.node}, apart from the workload.")


def image_pinned(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """runtimePlane.deployMode: a tag may move, a digest cannot."""
    deployment = case.workload.deployment if case.workload else None
    if deployment is None:
        return PolicyFinding("not readable", "the Deployment was not read.")
    if not digest_in(deployment.image):
        return breach(f"Deployment {deployment.name} asks for {deployment.image}: a tag may move.", deployment.name)
    return ok(f"Deployment {deployment.name} asks for a digest.")


def cache_collected(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """buildPlane.cache.gcRequired."""
    if not report.has_builder:
        return NO_BUILDER
    if report.cache_gc is None:
        return not_readable(report, "cache")
    if not report.cache_gc:
        return breach("the build cache has no garbage collection: it will fill its volume.", "builder configuration")
    return ok("the build cache is collected.")


def _builder(report: PolicyReport) -> PodSpec | PolicyFinding:
    """The builder with its node, or why a rule about it cannot be judged."""
    if not report.has_builder:
        return NO_BUILDER
    if report.builder is None or not report.builder.node:
        return not_readable(report, "builder")
    return report.builder
