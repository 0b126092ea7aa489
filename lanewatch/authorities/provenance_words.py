"""Provenance, builder Job and attestation as facts and handles."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lanewatch.authorities.builder_job import JOB_NAME_RESULT, builder_container
from lanewatch.authorities.ci_builds import CiAnswer
from lanewatch.authorities.image_registry import Registered
from lanewatch.authorities.native import name, one_line
from lanewatch.authorities.provenance_document import DECISIONS
from lanewatch.authorities.provenance_search import Found
from lanewatch.authorities.reading import Witness
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Fact, Handle, Quality
from lanewatch.rollout.reports import BuilderJob, Provenance

CAMEL = {
    "source_commit": "sourceCommit",
    "snapshot_ref": "snapshotRef",
    "env_identity": "envIdentity",
    "image_digest": "imageDigest",
    "recipe_hash": "recipeHash",
    "base_image_digest": "baseImageDigest",
    "reuse_decision": "reuseDecision",
    "builder_id": "builderId",
    "actions_run_id": "actionsRunId",
    "pipeline_run_name": "pipelineRunName",
    "reused_from_commit": "reusedFrom.sourceCommit",
    "reused_from_pipeline_run": "reusedFrom.pipelineRunName",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that one read brought."""

    found: Found
    ci: CiAnswer | None  # None: no CI cluster is configured
    registered: Registered
    namespace: str
    registry_source: str = ""


def provenance_facts(witness: Witness, heard: Heard) -> tuple[Fact, ...]:
    return (
        _job_name(witness, heard),
        _identity(witness, heard, "envIdentity"),
        _identity(witness, heard, "reuseDecision"),
        *_document_facts(witness, heard.found),
        *_job_facts(witness, heard),
        *_registry_facts(witness, heard),
    )


def _job_name(witness: Witness, heard: Heard) -> Fact:
    jobs, ci = f"jobs/{heard.namespace}", heard.ci
    if ci is None:
        return witness.says(
            "builderJobName", None, jobs, quality=Quality.UNCONFIGURED, reason="no CI cluster configured"
        )
    if ci.job is not None:
        source, at = f"{jobs}/{ci.job.name} .metadata.name", ci.job.started_at
        if ci.job.correlated_by == "name":
            reason = "found only by the commit in its name"
            return witness.says("builderJobName", ci.job.name, source, at=at, quality=Quality.ESTIMATED, reason=reason)
        return witness.says("builderJobName", ci.job.name, source, at=at, final=True)
    if told := ci.build.results.get(JOB_NAME_RESULT):
        source = f"taskruns/{heard.namespace} .status.results[{JOB_NAME_RESULT}]"
        return witness.says("builderJobName", told, source, final=True)
    failure = ci.jobs_failure or ci.failure
    if failure is not None:
        return witness.could_not("builderJobName", jobs, failure)
    return witness.lacks("builderJobName", jobs, "no builder Job of this rollout")


def _identity(witness: Witness, heard: Heard, field: str) -> Fact:
    """From the provenance; before it is there, from the TaskRun result of the same name."""
    found, ci = heard.found, heard.ci
    told = _values(found.provenance).get(field, "")
    if told:
        return witness.says(field, told, found.source, at=found.recorded_at, final=True)
    source = f"taskruns/{heard.namespace} .status.results[{field}]"
    result = "" if ci is None else ci.build.results.get(field, "")
    if result:
        return witness.says(field, DECISIONS.get(result, result) if field == "reuseDecision" else result, source)
    failure = found.failure or (None if ci is None else ci.failure)
    if failure is not None:
        return witness.could_not(field, found.source or source, failure)
    return witness.lacks(field, found.source or source, found.invalid or "neither provenance nor a result says it yet")


def _values(provenance: Provenance | None) -> dict[str, str]:
    if provenance is None:
        return {}
    return {CAMEL[part.name]: getattr(provenance, part.name) for part in fields(provenance)}


def _document_facts(witness: Witness, found: Found) -> tuple[Fact, ...]:
    if found.provenance is None:
        failed = found.failure
        if failed is not None:
            return (witness.could_not("provenance", found.source, failed),)
        if found.invalid:
            invalid = witness.says("provenance", None, found.source, quality=Quality.INVALID, reason=found.invalid)
            return (invalid,)
        return (witness.lacks("provenance", found.source, "no provenance of this rollout yet"),)
    told = (
        witness.says(f"provenance.{key}", value, found.source, at=found.recorded_at, final=True)
        for key, value in _values(found.provenance).items()
        if value
    )
    return (witness.says("provenanceOrigin", found.origin, found.source, at=found.recorded_at, final=True), *told)


def _job_facts(witness: Witness, heard: Heard) -> tuple[Fact, ...]:
    job = None if heard.ci is None else heard.ci.job
    if job is None:
        return ()
    source = f"jobs/{heard.namespace}/{job.name} .status"
    told = {"builderJobState": job.state, "builderJobCorrelatedBy": job.correlated_by, "builderProgress": job.progress}
    told |= {"builderJobReason": job.reason, "builderJobMessage": job.message, "builderPods": _pods(job)}
    return tuple(witness.says(key, value, source, at=job.finished_at) for key, value in told.items() if value)


def _pods(job: BuilderJob) -> str:
    return ", ".join(
        f"{pod.name}: {pod.phase}" + (f" exit {pod.exit_code} {pod.reason}".rstrip() if pod.exit_code else "")
        for pod in job.pods
    )


def _registry_facts(witness: Witness, heard: Heard) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    digests, claims, source = heard.registered.digests, heard.registered.attestation, heard.registry_source
    if isinstance(digests, ReadFailure):
        facts.append(witness.could_not("imageDigests", source, digests))
    elif digests is not None:
        known = (digests.index or "", *digests.manifests, *digests.configs)
        facts.append(witness.says("imageDigests", tuple(one for one in known if one), source, final=True))
    if isinstance(claims, ReadFailure):
        facts.append(witness.could_not("attestation", source, claims))
    elif claims is not None:
        reason = "unsigned: a claim of whoever could push"
        told = {"sourceCommit": claims.source_commit, "builderId": claims.builder_id, "subject": claims.subject}
        told["baseImageDigest"] = claims.base_image_digest
        facts += [
            witness.says(f"attestation.{key}", value, source, quality=Quality.ESTIMATED, reason=reason, final=True)
            for key, value in told.items()
            if value
        ]
    return tuple(facts)


def build_handles(ci: CiAnswer | None, namespace: str, drilldown: str) -> tuple[Handle, ...]:
    """The Job, and the logs of its Pods, oldest first."""
    if ci is None or ci.build.job is None:
        return ()
    job = one_line(name(ci.build.job))
    opened = Handle("object", drilldown, f"k8s:ci/batch/v1/jobs/{namespace}/{job}", f"Job {job}")
    logs = (
        Handle("log", drilldown, f"k8s-log:ci/{namespace}/{pod}/{container}", f"{pod} / {container}")
        for pod, container in ((one_line(name(pod)), one_line(builder_container(pod))) for pod in ci.build.pods)
        if container
    )
    return (opened, *logs)
