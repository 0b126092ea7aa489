"""The bundle as an in-toto Statement: which image, commits and journal it is about, and what the payload hashes to.

The statement is listed in the tag manifest, so a signature over that covers it; its predicate names the digest of the
payload's manifest, so an envelope over the statement covers the payload.
"""

from __future__ import annotations

from typing import Any

from lanewatch.output.words import stamp
from lanewatch.rollout.rollout import Rollout

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://unidesk.pikapython.com/lanewatch/evidence/v1"


def statement(rollout: Rollout, head: str, manifest_digest: str, version: str) -> dict[str, Any]:
    """The document. Subjects that are not known are left out; the journal is always one."""
    known = rollout.correlation
    subjects = [{"name": "data/journal.jsonl#head", "digest": {"sha256": head}}]
    if known.image_digest and known.image_digest.startswith("sha256:"):
        subjects.append({"name": "image", "digest": {"sha256": known.image_digest.removeprefix("sha256:")}})
    if rollout.commit:
        subjects.append({"name": f"{rollout.repository}@source", "digest": {"gitCommit": rollout.commit}})
    if known.gitops_revision:
        subjects.append({"name": f"{rollout.repository}@gitops", "digest": {"gitCommit": known.gitops_revision}})
    return {
        "_type": TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "target": rollout.target,
            "state": rollout.state,
            "partial": rollout.partial,
            "seenAt": stamp(rollout.now.wall),
            "evidence": {
                "required": len(rollout.evidence.required),
                "present": [item.name for item in rollout.evidence.present],
                "missing": [item.name for item in rollout.evidence.missing],
            },
            "manifest": {"name": "manifest-sha256.txt", "digest": {"sha256": manifest_digest}},
            "verifier": {"id": "lanewatch", "version": version},
        },
    }
