"""The scripts in the manifests, started on a real git repository, and what they wrote as the authorities read it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lanewatch.authorities.plan_document import parse_plan
from lanewatch.authorities.provenance_document import parse_provenance
from lanewatch.output.producers import BUILDER_ID, producer_folder
from lanewatch.rollout.reports import Provenance, ReusePlan
from lanewatch.simulator.git_repository import git_environment
from lanewatch.spec.loading import load_spec

LANE = load_spec().lane()
SCRIPTS = producer_folder() / "scripts"
DIGEST = "sha256:" + "7" * 64
GITOPS = f"refs/heads/{LANE.gitops_branch}"


def plainly(value: str) -> str:
    return value


def script(name: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable] if name.endswith(".py") else ["sh"]
    people = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        [*command, str(SCRIPTS / name), *map(str, arguments)],
        env={**git_environment(people if name != "publish.sh" else {}), "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def git(repository: Path, *arguments: str) -> str:
    people = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, capture_output=True, env=git_environment(people)
    )
    return done.stdout.decode().strip()


def snapshot_of(commit: str) -> str:
    return f"{LANE.snapshot_ref_prefix}/{commit}"


def planned(repository: Path, commit: str, output: Path) -> ReusePlan:
    done = script(
        "reuse_plan.py", "--repository", repository, "--commit", commit, "--snapshot-ref", snapshot_of(commit),
        "--reuse-file", LANE.reuse_path, "--gitops-ref", GITOPS, "--output", output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return parse_plan(output.read_bytes(), plainly)


def proven(plan: Path, repository: Path, decision: str, digest: str, output: Path) -> Provenance:
    done = script(
        "provenance.py", "--plan", plan, "--repository", repository, "--workload", LANE.workload,
        "--decision", decision, "--image-digest", digest, "--base-image-digest", DIGEST, "--builder-id", BUILDER_ID,
        "--actions-run-id", "4127", "--pipeline-run", "agentrun-v02-ci-x7k2p",
        "--output", output, "--result", output.with_suffix(".result"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read = parse_provenance(output.read_bytes(), plainly)
    assert isinstance(read, Provenance)
    assert parse_provenance(output.with_suffix(".result").read_bytes(), plainly) == read
    return read


def published(upstream: Path, folder: Path, commit: str, digest: str) -> str:
    result = folder / "revision"
    done = script(
        "publish.sh", GITOPS_URL=str(upstream), GITOPS_BRANCH=str(LANE.gitops_branch), WORKLOAD=LANE.workload,
        IMAGE=f"{LANE.registry_prefix}/{LANE.workload}", DIGEST=digest, COMMIT=commit, RESULT=str(result),
        ANNOTATION="unidesk.pikapython.com/source-commit", PROVENANCE=str(folder / "provenance.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return result.read_text()


def commit_on(repository: Path, parent: str, files: dict[str, str], tree: str = "") -> str:
    """A commit on the source branch with its snapshot; `files` over the parent's tree, or another tree."""
    work = repository.parent / "index"
    if not tree:
        environment = {**git_environment({}), "GIT_INDEX_FILE": str(work)}
        run = ["git", "-C", str(repository)]
        subprocess.run([*run, "read-tree", parent], check=True, env=environment)
        for path, text in files.items():
            blob = subprocess.run(
                [*run, "hash-object", "-w", "--stdin"],
                input=text.encode(),
                check=True,
                capture_output=True,
                env=environment,
            ).stdout.decode()
            entry = f"100644,{blob.strip()},{path}"
            subprocess.run([*run, "update-index", "--add", "--cacheinfo", entry], check=True, env=environment)
        done = subprocess.run([*run, "write-tree"], check=True, capture_output=True, env=environment)
        tree = done.stdout.decode().strip()
    commit = git(repository, "commit-tree", "-p", parent, "-m", "a change", git(repository, "rev-parse", tree))
    git(repository, "update-ref", f"refs/heads/{LANE.branch}", commit)
    git(repository, "update-ref", snapshot_of(commit), commit)
    return commit
