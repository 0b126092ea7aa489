"""The papers that a delivery carries: reuse plan, dispatch, provenance; the JSON that the lane's producers emit.

Shapes: contract "What the lane's producers emit". How a paper becomes a Gitea artifact is here too.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from lanewatch.simulator.images import digest_of
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import SERVICES, Lane

BUILDER_ID = "https://unidesk.pikapython.com/builders/agentrun-buildkit"
BASE_NAME = "oven/bun:1.3.2-slim"
RETENTION = 90 * 86400.0
UPLOADING = 0.7  # seconds that an upload takes
Paper = dict[str, Any]


def reuse_plan(lane: Lane, delivery: Delivery) -> Paper:
    """reuse-plan.json (spec.reuse.requiredArtifacts, and what binds it to a commit)."""
    reused = delivery.origin is not None
    built, *others = SERVICES
    return {
        "sourceCommit": delivery.commit,
        "snapshotRef": delivery.snapshot_ref,
        "snapshotCreatedAt": lane.recorder.stamp(delivery.times.snapshot),
        "sourceTruth": {"path": lane.names.reuse_file, "digest": delivery.reuse_digest},
        "envIdentity": delivery.env_identity,
        "affectedServices": [built],
        "buildServices": [] if reused else [built],
        "reusedServices": [lane.wording(name) for name in ([built, *others] if reused else others)],
        "skipImageBuild": reused,
        "reuseEnvImage": delivery.decision != "built",
        "artifactProvenanceAudit": [_audit(lane, delivery, built)],
    }


def dispatch(lane: Lane, delivery: Delivery) -> Paper:
    """dispatch.json: what was sent to the EventListener, else to the controlled API, and what it answered."""
    names = lane.names
    accepted: Paper = {
        "eventListener": names.listener,
        "namespace": names.ci_namespace,
        "eventListenerUID": lane.recorder.uid("EventListener", names.listener),
        "eventID": delivery.event_id,
    }
    created = {"namespace": names.ci_namespace, "pipelineRun": delivery.pipeline_run}
    return {
        "payload": {
            "sourceCommit": delivery.commit,
            "snapshotRef": delivery.snapshot_ref,
            "repository": names.repository,
            "branch": names.branch,
            "reusePlanArtifactRef": delivery.plan_ref,
        },
        "status": 202 if lane.listener else 201,
        "reply": accepted if lane.listener else created,
    }


def provenance(lane: Lane, delivery: Delivery) -> Paper:
    """provenance.json: this rollout's ids; builder, recipe and base are the original build's."""
    made = delivery.origin or delivery
    paper: Paper = {
        "sourceCommit": delivery.commit,
        "snapshotRef": delivery.snapshot_ref,
        "envIdentity": delivery.env_identity,
        "imageDigest": delivery.image.digest,
        "recipeHash": recipe_hash(made),
        "baseImageDigest": base_digest(),
        "reuseDecision": delivery.decision,
        "builderId": lane.wording(BUILDER_ID),
        "actionsRunId": delivery.run_id,
        "pipelineRunName": delivery.pipeline_run,
    }
    if delivery.origin is not None:
        paper["reusedFrom"] = {"sourceCommit": made.commit, "pipelineRunName": made.pipeline_run}
    return paper


def recipe_hash(delivery: Delivery) -> str:
    """The hash of the recipe that the environment image was built from."""
    return digest_of(b"recipe of " + delivery.env_identity.encode())


def base_digest() -> str:
    """The digest of the image below the environment image."""
    return digest_of(b"base image " + BASE_NAME.encode())


def upload(lane: Lane, delivery: Delivery, at: float, name: str, file: str, paper: Paper) -> None:
    """A finalised artifact of the delivery's run from `at` on.

    Up to 1.26 a rerun takes up the row of the same name: id and created_at stay, the size is 0 while it uploads.
    """
    recorder, key = lane.recorder, (delivery.run_id, name)
    is_again = key in lane.artifacts
    if not is_again:
        lane.artifact_id += 1
    number, created = lane.artifacts.setdefault(key, (lane.artifact_id, recorder.stamp(at)))
    packed = packed_file(file, json.dumps(paper, indent=2, ensure_ascii=False).encode())
    value = {
        "id": number,
        "name": name,
        "size_in_bytes": len(packed),
        "expired": False,
        "workflow_run": {"id": delivery.run_id, "repository_id": lane.repository["id"], "head_sha": delivery.commit},
        "created_at": created,
        "updated_at": recorder.stamp(at),
        "expires_at": recorder.stamp(at + RETENTION),
    }
    place = f"{lane.names.repository}/{number}"
    if is_again:
        begun = at - UPLOADING
        recorder.document(begun, "artifacts", place, {**value, "size_in_bytes": 0, "updated_at": recorder.stamp(begun)})
    recorder.document(at, "artifacts", place, value)
    recorder.artifact(at, number, packed)


def packed_file(name: str, data: bytes) -> bytes:
    """A zip of one file, the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _audit(lane: Lane, delivery: Delivery, service: str) -> Paper:
    origin = delivery.origin
    came: Paper | None = None
    if origin is not None:
        came = {"sourceCommit": origin.commit, "pipelineRunName": origin.pipeline_run}
    return {
        "service": service,
        "decision": "reuse" if origin else "build",
        "imageDigest": origin.image.digest if origin else None,
        "envImageDigest": None if delivery.decision == "built" else env_image_digest(lane, delivery),
        "provenance": came,
    }


def env_image_digest(lane: Lane, delivery: Delivery) -> str:
    """The environment image that `delivery.env_identity` names, as the registry holds it."""
    return lane.env_images[delivery.env_identity].digest
