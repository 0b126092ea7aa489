"""The git repositories of told worlds, read with git itself."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.simulator.git_objects import GitObjects, Signature, create_bare
from lanewatch.simulator.git_repository import git_environment
from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.world import RefChange, World
from tests.simulator.stories import fresh
from tests.simulator.test_worlds import EVERY, papers

AGENTRUN = "pikasTech/agentrun"
GITOPS = "refs/heads/jd01-v0.2-gitops"


def git(world: World, side: str, *arguments: str) -> str:
    folder = world.repositories / side / f"{AGENTRUN}.git"
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, env=git_environment()
    )
    return done.stdout.strip()


def knows(world: World, side: str, sha: str) -> bool:
    folder = world.repositories / side / f"{AGENTRUN}.git"
    command = ["git", "-C", str(folder), "cat-file", "-e", sha]
    return subprocess.run(command, capture_output=True, env=git_environment()).returncode == 0


@pytest.mark.parametrize("name", EVERY)
def test_every_object_is_sound_and_every_ref_resolves(name: str, tmp_path: Path) -> None:
    world = fresh(name, tmp_path)
    assert RefMover(world).apply(world.end) is None
    for side in ("upstream", "gitea"):
        assert "error" not in git(world, side, "fsck", "--strict", "--no-dangling")
        for line in git(world, side, "for-each-ref", "--format=%(objecttype) %(refname)").splitlines():
            assert line.startswith("commit refs/")


def test_the_mirror_follows_upstream(tmp_path: Path) -> None:
    world = fresh("build", tmp_path)
    mover = RefMover(world)
    assert world.commit is not None
    assert mover.apply(5.0) == 7.4
    assert git(world, "upstream", "rev-parse", "refs/heads/v0.2") == world.commit
    assert not knows(world, "gitea", world.commit)
    mover.apply(8.0)
    snapshot = f"refs/unidesk/snapshots/gitea-actions/agentrun-v0.2/{world.commit}"
    assert git(world, "gitea", "rev-parse", "refs/heads/v0.2", snapshot).split() == [world.commit] * 2
    published = next(change for change in world.refs if change.ref == GITOPS and change.at > 0)
    mover.apply(published.at)
    assert published.sha is not None
    assert not knows(world, "gitea", published.sha)
    mover.apply(world.end)
    assert git(world, "gitea", "rev-parse", GITOPS) == git(world, "upstream", "rev-parse", GITOPS) == published.sha


def test_a_stuck_mirror_never_gets_the_commit(tmp_path: Path) -> None:
    world = fresh("mirror-stuck", tmp_path)
    RefMover(world).apply(world.end)
    head = git(world, "upstream", "rev-parse", "refs/heads/v0.2")
    assert git(world, "gitea", "rev-parse", "refs/heads/v0.2") == git(world, "upstream", "rev-parse", "v0.2~1")
    assert not knows(world, "gitea", head)


def test_a_gitops_commit_names_its_source_and_asks_for_the_built_image(tmp_path: Path) -> None:
    world = fresh("build", tmp_path)
    RefMover(world).apply(world.end)
    trailer = "--format=%(trailers:key=Source-Commit,valueonly)"
    assert git(world, "gitea", "log", "-1", trailer, GITOPS) == world.commit
    manifest = git(world, "gitea", "show", f"{GITOPS}:deploy/agentrun-mgr.yaml")
    assert papers(world)["provenance"]["imageDigest"] in manifest
    assert f"unidesk.pikapython.com/source-commit: {world.commit}" in manifest
    assert git(world, "gitea", "log", "-1", "--format=%ct", GITOPS) == str(int(world.start.timestamp()) + 66)
    before = git(world, "gitea", "log", "-1", trailer, f"{GITOPS}~1")
    assert before == git(world, "gitea", "rev-parse", "refs/heads/v0.2~1")


@pytest.mark.parametrize("name", ["build", "reuse", "hostile"])
def test_the_plan_was_made_from_the_file_at_the_snapshot(name: str, tmp_path: Path) -> None:
    world = fresh(name, tmp_path)
    RefMover(world).apply(world.end)
    plan = papers(world)["reuse-plan"]
    folder = world.repositories / "gitea" / f"{AGENTRUN}.git"
    command = ["git", "-C", str(folder), "cat-file", "blob", f"{plan['snapshotRef']}:gitops/reuse.ymal"]
    data = subprocess.run(command, check=True, capture_output=True, env=git_environment()).stdout
    assert plan["sourceTruth"] == {
        "path": "gitops/reuse.ymal",
        "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
    }


def test_a_deleted_ref_leaves_the_object(tmp_path: Path) -> None:
    world = fresh("build", tmp_path)
    mover = RefMover(world)
    mover.apply(world.end)
    snapshot = next(change for change in reversed(world.refs) if "snapshots" in change.ref)
    gone = RefMover(_with_only(world, snapshot.repository, snapshot.ref))
    gone.apply(world.end)
    assert snapshot.sha is not None
    assert snapshot.ref not in git(world, "gitea", "for-each-ref", "--format=%(refname)")
    assert knows(world, "gitea", snapshot.sha)


def test_written_objects_have_the_ids_that_git_gives_them(tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    create_bare(bare, "main")
    files = {"a.txt": b"a\n", "a/b/c.txt": b"c\n", "a.d/e": b"", "z": b"z"}
    tree = GitObjects(bare).tree(files)
    commit = GitObjects(bare).commit(tree, [], Signature("Né", "n@example.org", 1_700_000_000), "subject\n\nbody")
    told = subprocess.run(
        ["git", "-C", str(bare), "ls-tree", "-r", "--name-only", commit],
        check=True,
        capture_output=True,
        text=True,
        env=git_environment(),
    )
    assert sorted(told.stdout.split()) == sorted(files)
    checked = subprocess.run(
        ["git", "-C", str(bare), "fsck", "--strict"], capture_output=True, text=True, env=git_environment()
    )
    assert checked.returncode == 0, checked.stderr


def _with_only(world: World, repository: str, ref: str) -> World:
    return replace(world, refs=(RefChange(0.0, repository, ref, None),))
