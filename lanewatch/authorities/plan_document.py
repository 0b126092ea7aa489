"""reuse-plan.json, read strictly (CONTRACTS §6): it is whole, or invalid with the path of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lanewatch.authorities.instants import instant
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.reports import ReusePlan, ServiceAudit

SHOWN_ERRORS = 3  # of one document; the rest is counted

Sha = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
MaybeDigest = Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
Service = Annotated[str, Field(min_length=1, max_length=200)]
Services = Annotated[list[Service], Field(max_length=500)]
Decision = Literal["built", "build", "reused-image", "reuse", "reused-env", "skipped"]

SYNONYMS = {"build": "built", "reuse": "reused-image"}


class _Strict(BaseModel):
    """Extra keys are a newer producer's business; a known key has its type or the document is refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _SourceTruth(_Strict):
    path: Annotated[str, Field(min_length=1, max_length=500)]
    digest: Digest


class _Audit(_Strict):
    service: Service
    decision: Decision
    imageDigest: MaybeDigest | None = None  # not known before a build
    envImageDigest: MaybeDigest | None = None
    provenance: str | dict[str, Any] | None = None  # a reference, or the ids of the rollout that built it


class _PlanDocument(_Strict):
    affectedServices: Services
    buildServices: Services
    reusedServices: Services
    skipImageBuild: bool
    reuseEnvImage: bool
    artifactProvenanceAudit: Annotated[list[_Audit], Field(max_length=500)]
    sourceCommit: Sha
    snapshotRef: Annotated[str, Field(pattern=r"^refs/.+$", max_length=500)]
    snapshotCreatedAt: str
    envIdentity: Annotated[str, Field(min_length=1, max_length=500)]
    sourceTruth: _SourceTruth


def parse_plan(data: bytes, text: Callable[[str], str]) -> ReusePlan:
    """The plan in `data`; `text` redacts and cleans. Raises BrokenPaper naming the JSON path."""
    try:
        document = _PlanDocument.model_validate(parse_json(data))
    except JsonError as error:
        raise _invalid(str(error)) from None
    except ValidationError as error:
        raise _invalid(told(error)) from None
    created = instant(document.snapshotCreatedAt)
    if created is None:
        raise _invalid("$.snapshotCreatedAt: not an RFC 3339 time")
    audited = {row.service for row in document.artifactProvenanceAudit}
    for service in document.affectedServices:
        if service not in audited:
            raise _invalid(f"$.artifactProvenanceAudit: no row for affected service {text(service)}")
    return _plan(document, created, text)


def told(error: ValidationError) -> str:
    """The first errors of a validation as `$.a.b[0]: what`; values are not repeated, they may be secrets."""
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{_path(item['loc'])}: {item['msg']}" for item in errors[:SHOWN_ERRORS]]
    more = len(errors) - len(shown)
    return "; ".join(shown) + (f"; +{more} more" if more else "")


def _path(location: tuple[int | str, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _invalid(reason: str) -> BrokenPaper:
    return BrokenPaper(f"reuse-plan.json: {reason}")


def _plan(document: _PlanDocument, created: datetime, text: Callable[[str], str]) -> ReusePlan:
    def texts(values: list[Any]) -> tuple[str, ...]:
        return tuple(text(value) for value in values)

    return ReusePlan(
        affected_services=texts(document.affectedServices),
        build_services=texts(document.buildServices),
        reused_services=texts(document.reusedServices),
        skip_image_build=document.skipImageBuild,
        reuse_env_image=document.reuseEnvImage,
        audit=tuple(_audit(row, text) for row in document.artifactProvenanceAudit),
        source_commit=document.sourceCommit,
        snapshot_ref=text(document.snapshotRef),
        snapshot_created_at=created,
        env_identity=text(document.envIdentity),
        source_truth_path=text(document.sourceTruth.path),
        source_truth_digest=document.sourceTruth.digest,
    )


def _audit(row: _Audit, text: Callable[[str], str]) -> ServiceAudit:
    return ServiceAudit(
        service=text(row.service),
        decision=SYNONYMS.get(row.decision, row.decision),
        image_digest=row.imageDigest or "",
        env_image_digest=row.envImageDigest or "",
        provenance=text(_origin(row.provenance)),
    )


def _origin(provenance: str | dict[str, Any] | None) -> str:
    if isinstance(provenance, dict):
        return json.dumps(provenance, separators=(", ", ": "), ensure_ascii=False)
    return provenance or ""
