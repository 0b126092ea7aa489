"""The workload as facts and handles: what the Facts pane lists, and where each log and object is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lanewatch.authorities.reading import Witness
from lanewatch.authorities.workload_objects import SOURCE_COMMIT
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Fact, Handle, Quality
from lanewatch.rollout.reports import DeploymentState, Health, PodState, WorkloadReport
from lanewatch.rollout.rollouts import current_pods
from lanewatch.spec.lane import Lane

HANDLES_SHOWN: Final = 100


def workload_facts(
    witness: Witness, report: WorkloadReport, lane: Lane, failures: Mapping[str, ReadFailure]
) -> tuple[Fact, ...]:
    """`failures` by plural: kinds that could not be listed; what they would have told has that quality."""
    namespace = lane.runtime_namespace
    facts = [_health_fact(witness, report.health)]
    if report.deployment is not None:
        facts.append(_commit_fact(witness, report, report.deployment, namespace, failures))
        facts.append(_digest_fact(witness, report, report.deployment, namespace, failures))
        facts += _deployment_facts(witness, report.deployment, namespace)
        facts += _parts_facts(witness, report, namespace, failures)
    facts += [witness.could_not(part, f"{part}/{namespace}", failure) for part, failure in failures.items()]
    return tuple(facts)


def running_digests(report: WorkloadReport) -> tuple[str, ...]:
    """The distinct digests that the Pods which count tell."""
    return tuple(dict.fromkeys(pod.digest for pod in current_pods(report) if pod.digest))


def _commit_fact(
    witness: Witness,
    report: WorkloadReport,
    deployment: DeploymentState,
    namespace: str,
    failures: Mapping[str, ReadFailure],
) -> Fact:
    """From the current ReplicaSet's template; where ReplicaSets are not readable, from the Deployment's."""
    current = report.replica_set
    if current is not None:
        where, commit, at = f"replicasets/{namespace}/{current.name}", current.source_commit, current.created_at
    else:
        where, commit = f"deployments/{namespace}/{deployment.name}", deployment.source_commit
        at = deployment.progressing_updated_at
    source = f"{where} .spec.template.metadata.annotations[{SOURCE_COMMIT}]"
    if not commit:
        return witness.lacks("runtimeTargetSha", source, "the Pod template has no source-commit annotation")
    if current is None and "replicasets" in failures:
        reason = "read from the Deployment: ReplicaSets cannot be listed"
        return witness.says("runtimeTargetSha", commit, source, at=at, quality=Quality.ESTIMATED, reason=reason)
    return witness.says("runtimeTargetSha", commit, source, at=at)


def _digest_fact(
    witness: Witness,
    report: WorkloadReport,
    deployment: DeploymentState,
    namespace: str,
    failures: Mapping[str, ReadFailure],
) -> Fact:
    source = f"pods/{namespace} .status.containerStatuses[{deployment.container}].imageID"
    if failure := failures.get("pods") or failures.get("replicasets"):
        return witness.could_not("imageDigest", source, failure)
    digests = running_digests(report)
    if not digests:
        return witness.lacks("imageDigest", source, "no Pod of the current ReplicaSet tells an image digest")
    since = [pod.started_at for pod in report.pods if pod.digest == digests[0] and pod.started_at]
    return witness.says("imageDigest", digests if len(digests) > 1 else digests[0], source, at=max(since, default=None))


def _health_fact(witness: Witness, health: Health | None) -> Fact:
    if health is None:
        reason = "connections name no health"
        return witness.says("health", None, "health", quality=Quality.UNCONFIGURED, reason=reason)
    if health.status == 0:
        return witness.says("health", None, health.locator, quality=Quality.ERROR, reason=health.reason)
    return witness.says("health", f"{health.status} {health.word}".strip(), health.locator)


def _deployment_facts(witness: Witness, state: DeploymentState, namespace: str) -> Iterator[Fact]:
    says, where = witness.says, f"deployments/{namespace}/{state.name}"
    at = state.progressing_updated_at
    counts = f"{state.updated} updated, {state.available} available, {state.total} of {state.wanted}"
    yield says("deploymentUid", state.uid, f"{where} .metadata.uid", at=state.created_at, final=True)
    yield says("deploymentReplicas", counts, f"{where} .status")
    yield says(
        "deploymentGeneration", f"{state.observed_generation} of {state.generation} observed", f"{where} .status"
    )
    progressing = f"{where} .status.conditions[Progressing]"
    if state.progressing_reason:
        yield says("deploymentProgress", f"{state.progressing_reason}: {state.progressing_message}", progressing, at=at)
    if state.refusal:
        yield says("deploymentRefusal", state.refusal, f"{where} .status.conditions[ReplicaFailure]")
    yield says("deploymentImage", state.image, f"{where} .spec.template.spec.containers[{state.container}].image")


def _parts_facts(
    witness: Witness, report: WorkloadReport, namespace: str, failures: Mapping[str, ReadFailure]
) -> Iterator[Fact]:
    if (current := report.replica_set) is not None:
        revision = f"replicasets/{namespace}/{current.name} deployment.kubernetes.io/revision"
        yield witness.says("deploymentRevision", current.revision, revision, at=current.created_at)
    if not failures.keys() & {"pods", "replicasets"}:
        yield witness.says("pods", tuple(_pod_line(pod) for pod in report.pods), f"pods/{namespace} .status")
    if report.health is not None and report.health.source_commit:
        yield witness.says("healthSourceCommit", report.health.source_commit, f"{report.health.locator} .sourceCommit")


def _pod_line(pod: PodState) -> str:
    state = pod.waiting_reason or ("ready" if pod.ready else pod.phase)
    parts = [f"{pod.name}: {state}", "terminating" if pod.deleting else "", pod.last_exit]
    restarts = f"{pod.restarts} restarts" if pod.restarts else ""
    return ", ".join(part for part in (*parts, restarts, pod.digest[:19]) if part)


def workload_handles(report: WorkloadReport, lane: Lane) -> tuple[Handle, ...]:
    """Deployment, logs of its Pods (those of the current ReplicaSet first), ReplicaSet, Pods."""
    if report.deployment is None:
        return ()
    drilldown = next((name for name, key in lane.drilldowns.items() if key == "runtime"), "")
    namespace, container = lane.runtime_namespace, report.deployment.container
    locator = f"k8s:runtime/apps/v1/deployments/{namespace}/{report.deployment.name}"
    found = [Handle("object", drilldown, locator, f"Deployment {report.deployment.name}")]
    for pod in report.pods:
        title = f"Pod {pod.name}{' (terminating)' if pod.deleting else ''}"
        if container:
            where = f"runtime/{namespace}/{pod.name}"
            if pod.restarts:
                found.append(Handle("log", "", f"k8s-previous-log:{where}/{container}", f"{title}, instance before"))
            found.append(Handle("log", drilldown, f"k8s-log:{where}/{container}", title))
            found.append(Handle("log", "", f"k8s-events:{where}", f"events of {title}"))
    if report.replica_set is not None:
        locator = f"k8s:runtime/apps/v1/replicasets/{namespace}/{report.replica_set.name}"
        found.append(Handle("object", "", locator, f"ReplicaSet {report.replica_set.name}"))
    found += [Handle("object", "", f"k8s:runtime/core/v1/pods/{namespace}/{pod.name}", f"Pod {pod.name}")
              for pod in report.pods]  # fmt: skip
    return tuple(found[:HANDLES_SHOWN])
