#!/usr/bin/env python3
"""The reuse plan of one commit, decided from the reuse file at the immutable snapshot (spec.reuse).

Reads one git repository that holds the snapshot and the gitops branch; writes reuse-plan.json. Needs git and
ruamel.yaml. A service is affected when what its image is made of differs from what was last delivered; it is reused
when an earlier delivery was made of just this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from ruamel.yaml import YAML

EARLIER = 20  # deliveries looked at for an image to use again


class Repository:
    """A clone, bare or not, and the questions asked of it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def text(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", self.folder, *arguments], check=True, capture_output=True)
        return done.stdout.decode()

    def file(self, commit: str, path: str) -> bytes:
        return subprocess.run(
            ["git", "-C", self.folder, "show", f"{commit}:{path}"], check=True, capture_output=True
        ).stdout

    def object(self, commit: str, path: str) -> str:
        """The id of a file or folder at a commit; "" where it is not there."""
        done = subprocess.run(
            ["git", "-C", self.folder, "rev-parse", "--verify", "--quiet", f"{commit}:{path}"], capture_output=True
        )
        return done.stdout.decode().strip()

    def deliveries(self, gitops_ref: str) -> list[tuple[str, str]]:
        """(gitops commit, source commit) of the newest commits that carry the trailer, newest first."""
        form = "--format=%H %(trailers:key=Source-Commit,valueonly,separator=%x20)"
        lines = self.text("log", f"--max-count={EARLIER}", form, gitops_ref).splitlines()
        return [(parts[0], parts[1]) for line in lines if len(parts := line.split()) == 2]


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def env_identity(repository: Repository, commit: str, recipe: str) -> str:
    """What the environment image is made of: its recipe and every file that the recipe copies."""
    data = repository.file(commit, recipe)
    copied = re.findall(r"^COPY\s+(?:--\S+\s+)*(\S+)\s", data.decode(), re.MULTILINE)
    return "env-" + sha256(data + b"".join(repository.file(commit, path) for path in copied))[7:19]


def made_of(repository: Repository, commit: str, service: dict[str, Any], identity: str) -> tuple[str, ...]:
    """Equal tuples are equal images: the service's paths, the Dockerfile, the environment."""
    paths = (repository.object(commit, path) for path in service["paths"])
    return (*paths, repository.object(commit, "Dockerfile"), identity)


def delivered_digest(repository: Repository, gitops_commit: str, service: str) -> str:
    """The digest that a gitops commit deployed for a service; "" where it names none."""
    if not repository.object(gitops_commit, f"deploy/{service}.yaml"):
        return ""
    manifest = repository.file(gitops_commit, f"deploy/{service}.yaml").decode()
    found = re.search(rf"image: \S*/{re.escape(service)}\S*@(sha256:[0-9a-f]{{64}})", manifest)
    return found[1] if found else ""


def delivered_provenance(
    repository: Repository, gitops_commit: str, source_commit: str, service: str
) -> dict[str, str]:
    """What the original build said of itself, kept beside the manifest; its commit alone where it is not kept."""
    if not repository.object(gitops_commit, f"provenance/{service}.json"):
        return {"sourceCommit": source_commit}
    kept: dict[str, str] = json.loads(repository.file(gitops_commit, f"provenance/{service}.json"))
    return kept


def kept_base(repository: Repository, gitops_ref: str, identity: str, services: list[dict[str, Any]]) -> str:
    """The base image's digest of the environment that is used again, as its own build said; "" where nobody did."""
    for gitops_commit, source_commit in repository.deliveries(gitops_ref):
        for service in services:
            told = delivered_provenance(repository, gitops_commit, source_commit, service["id"])
            if told.get("envIdentity") == identity and told.get("baseImageDigest"):
                return told["baseImageDigest"]
    return ""


def audit_of(
    repository: Repository, options: argparse.Namespace, service: dict[str, Any], recipe: str
) -> dict[str, Any]:
    """One row of artifactProvenanceAudit; decision `unaffected` for what is left out of the plan."""
    name, identity = service["id"], env_identity(repository, options.commit, recipe)
    wanted = made_of(repository, options.commit, service, identity)
    row: dict[str, Any] = {"service": name, "decision": "built", "imageDigest": None, "envImageDigest": None}
    for number, (gitops_commit, source_commit) in enumerate(repository.deliveries(options.gitops_ref)):
        if not repository.object(source_commit, recipe):
            continue
        before = env_identity(repository, source_commit, recipe)
        digest = delivered_digest(repository, gitops_commit, name)
        if made_of(repository, source_commit, service, before) == wanted:
            if number == 0:
                return {**row, "decision": "unaffected"}
            if digest:
                came = delivered_provenance(repository, gitops_commit, source_commit, name)
                return {**row, "decision": "reused-image", "imageDigest": digest, "provenance": came}
        if number == 0 and before == identity:
            row["decision"] = "reused-env"
    return {**row, "provenance": None}


def snapshot_time(repository: Repository, ref: str) -> str:
    """When the snapshot was made: an annotated tag tells; for a plain ref it is when the plan first saw it."""
    stamp = repository.text("for-each-ref", "--format=%(taggerdate:iso-strict)", ref).strip()
    made = datetime.fromisoformat(stamp) if stamp else datetime.now(UTC)
    return made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan(repository: Repository, options: argparse.Namespace) -> dict[str, Any]:
    truth = repository.file(options.commit, options.reuse_file)
    reuse = YAML(typ="safe").load(truth.decode())
    recipe = reuse["env"]["recipe"]
    identity = env_identity(repository, options.commit, recipe)
    rows = [audit_of(repository, options, service, recipe) for service in reuse["services"]]
    affected = [row for row in rows if row["decision"] != "unaffected"]
    build = [row["service"] for row in affected if row["decision"] != "reused-image"]
    return {
        "sourceCommit": options.commit,
        "snapshotRef": options.snapshot_ref,
        "snapshotCreatedAt": snapshot_time(repository, options.snapshot_ref),
        "sourceTruth": {"path": options.reuse_file, "digest": sha256(truth)},
        "envIdentity": identity,
        "baseImageDigest": kept_base(repository, options.gitops_ref, identity, reuse["services"]),
        "affectedServices": [row["service"] for row in affected],
        "buildServices": build,
        "reusedServices": [row["service"] for row in rows if row["service"] not in build],
        "skipImageBuild": not build,
        "reuseEnvImage": all(row["decision"] != "built" for row in affected),
        "artifactProvenanceAudit": affected,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("repository", "commit", "snapshot-ref", "reuse-file", "gitops-ref", "output"):
        parser.add_argument(f"--{flag}", required=True)
    options = parser.parse_args()
    repository = Repository(options.repository)
    resolved = repository.text("rev-parse", "--verify", f"{options.snapshot_ref}^{{commit}}").strip()
    if resolved != options.commit:
        print(f"{options.snapshot_ref} is {resolved}, not {options.commit}", file=sys.stderr)
        return 1
    decided = plan(repository, options)
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(decided, file, indent=2)
    build, reused = decided["buildServices"], decided["reusedServices"]
    print(f"plan for {options.commit[:12]}: build {len(build)}, reuse {len(reused)}, env {decided['envIdentity']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
