#!/usr/bin/env python3
"""Writes provenance.json: the ten fields of spec.buildPlane.provenance, for every rollout, also on reuse."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

RESULT_LIMIT = 3000  # bytes: the results of all steps of a TaskRun share 4 KiB
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def recipe_hash(repository: str, commit: str) -> str:
    """Of the files that say how the image is built, as they are at the commit."""
    files = (
        subprocess.run(["git", "-C", repository, "show", f"{commit}:{name}"], check=True, capture_output=True).stdout
        for name in ("Dockerfile", "Dockerfile.env")
    )
    return "sha256:" + sha256(b"".join(files)).hexdigest()


def origin(plan: dict[str, Any], workload: str) -> dict[str, Any]:
    """What the original build of a reused image said of itself, as the plan found it."""
    rows = {row["service"]: row for row in plan["artifactProvenanceAudit"]}
    came = rows.get(workload, {}).get("provenance")
    return came if isinstance(came, dict) else {}


def provenance(plan: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Ids are this rollout's; builder, recipe and base are the original build's."""
    came = origin(plan, options.workload)
    made = came.get("sourceCommit", plan["sourceCommit"])
    told: dict[str, Any] = {
        "sourceCommit": plan["sourceCommit"],
        "snapshotRef": plan["snapshotRef"],
        "envIdentity": plan["envIdentity"],
        "imageDigest": options.image_digest,
        "recipeHash": came.get("recipeHash") or recipe_hash(options.repository, made),
        "baseImageDigest": came.get("baseImageDigest") or options.base_image_digest,
        "reuseDecision": options.decision,
        "builderId": came.get("builderId") or options.builder_id,
        "actionsRunId": options.actions_run_id,
        "pipelineRunName": options.pipeline_run,
    }
    if made != plan["sourceCommit"]:
        told["reusedFrom"] = {"sourceCommit": made, "pipelineRunName": came.get("pipelineRunName", "")}
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    required = ("plan", "repository", "workload", "decision", "image-digest", "base-image-digest", "builder-id")
    for flag in (*required, "actions-run-id", "pipeline-run", "output", "result"):
        parser.add_argument(f"--{flag}", required=True)
    options = parser.parse_args()
    for name in ("image_digest", "base_image_digest"):
        if not DIGEST.fullmatch(getattr(options, name)):
            print(f"--{name.replace('_', '-')}: sha256:<64 hex> is wanted", file=sys.stderr)
            return 1
    told = provenance(json.loads(Path(options.plan).read_bytes()), options)
    Path(options.output).write_text(json.dumps(told, indent=2), encoding="utf-8")
    small = json.dumps(told, separators=(",", ":"))
    if len(small) > RESULT_LIMIT:
        print("provenance is too large for a TaskRun result", file=sys.stderr)
        return 1
    Path(options.result).write_text(small, encoding="utf-8")
    print(f"provenance of {told['sourceCommit'][:12]}: {told['reuseDecision']} {told['imageDigest'][:19]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
