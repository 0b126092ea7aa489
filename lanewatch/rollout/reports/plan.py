"""What the reuse-plan artifact says (reuse-plan-artifact; contents: CONTRACTS §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact of a run."""

    id: str
    name: str
    size: int
    created_at: datetime | None
    updated_at: datetime | None
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class ServiceAudit:
    """One row of artifactProvenanceAudit."""

    service: str
    decision: str
    image_digest: str
    env_image_digest: str
    provenance: str


@dataclass(frozen=True, slots=True)
class ReusePlan:
    """What is to be built and what is to be reused."""

    affected_services: tuple[str, ...]
    build_services: tuple[str, ...]
    reused_services: tuple[str, ...]
    skip_image_build: bool
    reuse_env_image: bool
    audit: tuple[ServiceAudit, ...]
    source_commit: str
    snapshot_ref: str
    snapshot_created_at: datetime | None
    env_identity: str
    source_truth_path: str
    source_truth_digest: str

    @property
    def decision(self) -> str:
        """reuseDecision as CONTRACTS §6 derives it: skipped, reused-image, reused-env or built."""
        if not self.affected_services:
            return "skipped"
        if self.skip_image_build:
            return "reused-image"
        return "reused-env" if self.reuse_env_image else "built"


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The plan as it was found, or why it does not hold."""

    plan: ReusePlan | None
    ref: str  # reusePlanArtifactRef as recorded, or "actions-run/ID/NAME" of what was read; "" when there is none
    artifact: Artifact | None
    invalid: str = ""  # why what was read is no valid plan
    source_digest: str | None = None  # sha256 of the sourceTruth file at the snapshot, read by us; None: not readable
    source_digest_reason: str = ""
    digest: str = ""  # "sha256:…" of the plan's own bytes as they were read
    expired: str = ""  # that there was one, which its server no longer keeps
