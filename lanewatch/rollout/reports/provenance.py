"""What the provenance of this rollout says, and the builder Job behind it (provenance-artifact)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lanewatch.rollout.reports.tekton import TaskRunState


@dataclass(frozen=True, slots=True)
class Provenance:
    """The ten spec.buildPlane.provenance.fields; "" where the document lacks one."""

    source_commit: str
    snapshot_ref: str
    env_identity: str
    image_digest: str
    recipe_hash: str
    base_image_digest: str
    reuse_decision: str
    builder_id: str
    actions_run_id: str
    pipeline_run_name: str
    reused_from_commit: str = ""
    reused_from_pipeline_run: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What the OCI attestation of the digest claims: unsigned, so a claim."""

    subject: str
    source_commit: str
    builder_id: str
    base_image_digest: str


@dataclass(frozen=True, slots=True)
class DigestSet:
    """All digests under which the registry knows one image: for comparing what was built with what runs."""

    digest: str  # as asked
    index: str | None
    manifests: tuple[str, ...]
    configs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobPod:
    """One Pod of the builder Job."""

    name: str
    uid: str
    phase: str
    exit_code: int | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class BuilderJob:
    """The Job that builds the image."""

    name: str
    uid: str
    state: Literal["running", "complete", "failed"]
    reason: str
    message: str
    started_at: datetime | None
    finished_at: datetime | None
    correlated_by: Literal["owner", "result", "label", "name"]  # "name" is a guess, shown as estimated
    pods: tuple[JobPod, ...] = ()
    progress: str = ""  # "env-image step 3/7" where the Pod's log tells


@dataclass(frozen=True, slots=True)
class ProvenanceReport:
    """The provenance as it was found, and what builds."""

    provenance: Provenance | None
    origin: Literal["taskrun-result", "actions-artifact", "oci-attestation", ""]
    recorded_at: datetime | None  # completionTime of the TaskRun that carries it, else the artifact's updated_at
    invalid: str = ""
    job: BuilderJob | None = None
    builder_task: TaskRunState | None = None  # the TaskRun that owns or names the Job, or carries provenance
    attestation: Attestation | None = None
    digests: DigestSet | None = None  # of provenance.image_digest
    results: Mapping[str, str] = field(
        default_factory=dict
    )  # envIdentity, reuseDecision, builderJobName as TaskRun results
