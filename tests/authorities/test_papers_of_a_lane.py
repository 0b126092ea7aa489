"""Plan, provenance, dispatch and references: what is accepted, and how what is not is worded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewatch.authorities.actions_runs import dispatch_of
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.plan_document import parse_plan
from lanewatch.authorities.provenance_document import Elsewhere, parse_provenance
from lanewatch.authorities.references import ConfigMapKey, OciBlob, RunArtifact, WebFile, parse_reference
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.reports import Provenance

SHA = "3f9c2a7d51e84b06a9d7c0e15b8f6a2d4c1e9b73"
DIGEST = "sha256:" + "8c" * 32
PLAN: dict[str, Any] = {
    "sourceCommit": SHA,
    "snapshotRef": f"refs/unidesk/snapshots/x/{SHA}",
    "snapshotCreatedAt": "2026-07-05T14:00:01Z",
    "sourceTruth": {"path": "gitops/reuse.ymal", "digest": DIGEST},
    "envIdentity": "env-1",
    "affectedServices": ["mgr"],
    "buildServices": ["mgr"],
    "reusedServices": ["web"],
    "skipImageBuild": False,
    "reuseEnvImage": True,
    "artifactProvenanceAudit": [
        {"service": "mgr", "decision": "build", "imageDigest": None, "envImageDigest": DIGEST, "provenance": None}
    ],
}
PROVENANCE: dict[str, Any] = {
    "sourceCommit": SHA,
    "snapshotRef": f"refs/unidesk/snapshots/x/{SHA}",
    "envIdentity": "env-1",
    "imageDigest": DIGEST,
    "recipeHash": DIGEST,
    "baseImageDigest": DIGEST,
    "reuseDecision": "built",
    "builderId": "https://builders/one",
    "actionsRunId": 41,
    "pipelineRunName": "agentrun-v02-ci-1",
}


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


def test_plan() -> None:
    plan = parse_plan(as_json({**PLAN, "newerKey": 1}), str)
    assert plan.build_services == ("mgr",)
    assert plan.reuse_env_image is True
    assert plan.decision == "reused-env"
    assert plan.audit[0].decision == "built"
    assert plan.audit[0].image_digest == ""
    assert plan.audit[0].env_image_digest == DIGEST
    assert plan.source_truth_digest == DIGEST


def test_a_plan_says_where_a_reused_image_came_from() -> None:
    row = {"service": "mgr", "decision": "reuse", "imageDigest": DIGEST, "provenance": {"sourceCommit": "c"}}
    plan = parse_plan(as_json({**PLAN, "artifactProvenanceAudit": [row]}), str)
    assert plan.audit[0].decision == "reused-image"
    assert plan.audit[0].provenance == '{"sourceCommit": "c"}'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"skipImageBuild": "false"}, r"\$\.skipImageBuild: "),
        ({"skipImageBuild": 0}, r"\$\.skipImageBuild: "),
        ({"affectedServices": "mgr"}, r"\$\.affectedServices: "),
        ({"affectedServices": ["mgr", ""]}, r"\$\.affectedServices\[1\]: "),
        ({"affectedServices": ["mgr", "web"]}, "no row for affected service web"),
        ({"sourceCommit": SHA[:12]}, r"\$\.sourceCommit: "),
        ({"sourceCommit": SHA.upper()}, r"\$\.sourceCommit: "),
        ({"sourceTruth": {"path": "x", "digest": "md5:1"}}, r"\$\.sourceTruth\.digest: "),
        ({"sourceTruth": None}, r"\$\.sourceTruth: "),
        ({"snapshotRef": "heads/main"}, r"\$\.snapshotRef: "),
        ({"snapshotCreatedAt": "today"}, r"\$\.snapshotCreatedAt: not an RFC 3339 time"),
        ({"artifactProvenanceAudit": [{"service": "mgr", "decision": "maybe"}]}, r"Audit\[0\]\.decision: "),
        ({"artifactProvenanceAudit": [{"decision": "build"}]}, r"Audit\[0\]\.service: "),
    ],
)
def test_a_plan_that_drifted_names_the_path(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BrokenPaper, match=reason):
        parse_plan(as_json({**PLAN, **change}), str)


@pytest.mark.parametrize("key", sorted(PLAN))
def test_every_key_of_a_plan_is_required(key: str) -> None:
    with pytest.raises(BrokenPaper, match=rf"\$\.{key}: "):
        parse_plan(as_json({name: value for name, value in PLAN.items() if name != key}), str)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken JSON"),
        (b'{"a": 1', "cut off"),
        (b"[]", r"\$: "),
        (b"null", r"\$: "),
        (b'{"skipImageBuild": true, "skipImageBuild": false}', 'duplicate key "skipImageBuild"'),
    ],
)
def test_no_plan_at_all(data: bytes, reason: str) -> None:
    with pytest.raises(BrokenPaper, match=reason):
        parse_plan(data, str)


def test_a_refused_plan_repeats_no_value() -> None:
    with pytest.raises(BrokenPaper) as caught:
        parse_plan(as_json({**PLAN, "sourceCommit": "ghp_0123456789abcdefghijABCDEFGHIJ012345"}), str)
    assert "ghp_" not in caught.value.reason


def test_provenance() -> None:
    found = parse_provenance(as_json(PROVENANCE), str)
    assert isinstance(found, Provenance)
    assert (found.actions_run_id, found.reuse_decision, found.image_digest) == ("41", "built", DIGEST)


def test_provenance_in_a_statement() -> None:
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "x", "predicate": PROVENANCE}
    assert parse_provenance(as_json(statement), str) == parse_provenance(as_json(PROVENANCE), str)


def test_provenance_of_a_reuse() -> None:
    reused = {**PROVENANCE, "reuseDecision": "reuse", "actionsRunId": "42"}
    reused["reusedFrom"] = {"sourceCommit": "b" * 40, "pipelineRunName": "older"}
    found = parse_provenance(as_json(reused), str)
    assert isinstance(found, Provenance)
    assert found.reuse_decision == "reused-image"
    assert (found.reused_from_commit, found.reused_from_pipeline_run) == ("b" * 40, "older")


def test_provenance_may_lack_fields() -> None:
    found = parse_provenance(as_json({"sourceCommit": SHA, "reuseDecision": "skipped"}), str)
    assert isinstance(found, Provenance)
    assert (found.image_digest, found.env_identity, found.actions_run_id) == ("", "", "")


def test_provenance_elsewhere() -> None:
    found = parse_provenance(as_json({"ref": "actions-run/41/provenance-x", "digest": DIGEST}), str)
    assert found == Elsewhere("actions-run/41/provenance-x", DIGEST)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**PROVENANCE, "sourceCommit": ""}, r"\$\.sourceCommit: expected a full"),
        ({**PROVENANCE, "sourceCommit": 5}, r"\$\.sourceCommit: expected text"),
        ({**PROVENANCE, "imageDigest": "latest"}, r"\$\.imageDigest: expected sha256"),
        ({**PROVENANCE, "reuseDecision": "perhaps"}, r"\$\.reuseDecision: expected built"),
        ({**PROVENANCE, "actionsRunId": 4.5}, r"\$\.actionsRunId: expected text"),
        ({**PROVENANCE, "reusedFrom": "x"}, r"\$\.reusedFrom: expected an object"),
        ({"sourceCommit": SHA}, r"neither \$\.imageDigest nor \$\.reuseDecision"),
        ({"ref": "actions-run/41/x"}, r"\$\.digest: expected sha256"),
        ({"ref": "ftp://x/y", "digest": DIGEST}, r"\$\.ref: not a reference"),
        ({"_type": "https://in-toto.io/Statement/v1"}, "neither"),
        ([], "not an object"),
    ],
)
def test_invalid_provenance(document: object, reason: str) -> None:
    with pytest.raises(BrokenPaper, match=reason):
        parse_provenance(as_json(document), str)


def test_dispatch() -> None:
    document = {"payload": {"sourceCommit": SHA, "number": 5}, "reply": {"eventID": "e-1"}, "sentAt": "x"}
    dispatch = dispatch_of(as_json(document), "839", str)
    assert dispatch.event_id == "e-1"
    assert dispatch.payload == {"sourceCommit": SHA}
    assert dispatch.sent_at is None
    assert dispatch_of(b'{"payload": null}', "1", str).event_id is None


@pytest.mark.parametrize("data", [b"", b"[]", b'{"payload": {}'])
def test_invalid_dispatch(data: bytes) -> None:
    with pytest.raises(BrokenPaper, match=r"dispatch\.json"):
        dispatch_of(data, "839", str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("actions-run/41/reuse-plan-x", RunArtifact("41", "reuse-plan-x")),
        ("configmap:agentrun-ci/plan#reuse-plan.json", ConfigMapKey("agentrun-ci", "plan", "reuse-plan.json")),
        (f"oci://r.example:5000/a/b@{DIGEST}", OciBlob("r.example:5000", "a/b", DIGEST)),
        ("https://Files.example:8443/a/b.json", WebFile("https://Files.example:8443/a/b.json", "files.example:8443")),
    ],
)
def test_reference(text: str, expected: object) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "actions-run/x/plan",
        "actions-run/41/a/b",
        "actions-run/41/",
        "configmap:NS/plan#k",
        "configmap:ns/plan",
        "configmap:ns/../x#k",
        "oci://r/a@sha256:12",
        "http://files.example/a",
        "https://user@files.example/a",
        "https://files.example/a?token=x",
        "https://[::1/a",
        "file:///etc/passwd",
        "actions-run/41/" + "x" * 600,
    ],
)
def test_no_reference(text: str) -> None:
    with pytest.raises(ReadFailure):
        parse_reference(text)
