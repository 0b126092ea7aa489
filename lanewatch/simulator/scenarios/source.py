"""Git and the mirror: what was there before, a push, and a mirror sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanewatch.simulator.git_objects import GitObjects, create_bare
from lanewatch.simulator.images import digest_of
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios.lane import AUTHOR, PLATFORM, SERVICES, Lane, Wording

DAY = 86400.0
MIRROR_LAG = 0.7  # Gitea writes mirror_updated after the refs moved on disk


def found(recorder: Recorder, wording: Wording) -> Lane:
    """The repositories as they were days ago: the first source commits, in upstream and mirror alike."""
    names = recorder.names
    lane = Lane(recorder, _bare(recorder, names.repository, names.branch), wording)
    lane.files = _first_files(lane)
    for at, message in ((-30 * DAY, "start of the v0.2 line"), (-9 * DAY, "feat: lease table for workers")):
        lane.files["CHANGES"] = lane.files.get("CHANGES", b"") + message.encode() + b"\n"
        author = lane.signed(PLATFORM, at)
        parents = [lane.head] if lane.head else []
        lane.head = lane.git.commit(lane.git.tree(lane.files), parents, author, lane.message(message))
    _both(lane, -9 * DAY, f"refs/heads/{names.branch}", lane.head)
    _other_repository(lane)
    lane.repository = _repository(recorder, names.repository, names.branch, 11)
    touch_mirror(lane, -9 * DAY)
    return lane


def push(lane: Lane, at: float, message: str, changes: Mapping[str, bytes]) -> str:
    """A commit on the source branch, upstream from `at` on; returns its id."""
    lane.files.update(changes)
    author = lane.signed(AUTHOR, at)
    lane.head = lane.git.commit(lane.git.tree(lane.files), [lane.head], author, lane.message(message))
    lane.recorder.move(at, upstream(lane), f"refs/heads/{lane.names.branch}", lane.head)
    return lane.head


def snapshot(lane: Lane, at: float, ref: str, commit: str) -> None:
    """The immutable snapshot ref, written upstream: a pull mirror would prune it."""
    lane.recorder.move(at, upstream(lane), ref, commit)


def mirror(lane: Lane, at: float, refs: Mapping[str, str]) -> None:
    """A mirror sync that brings these refs at `at` and says so a little later."""
    for ref, sha in refs.items():
        lane.recorder.move(at, mirrored(lane), ref, sha)
    touch_mirror(lane, at + MIRROR_LAG)


def touch_mirror(lane: Lane, at: float) -> None:
    """A sync attempt ended, well or not: mirror_updated moves."""
    name = lane.names.repository
    lane.repository = {**lane.repository, "mirror_updated": lane.recorder.stamp(at)}
    lane.recorder.document(at, "repos", name, lane.repository)


def upstream(lane: Lane) -> str:
    """The upstream repository, as world.RefChange names it."""
    return f"upstream/{lane.names.repository}"


def mirrored(lane: Lane) -> str:
    """The mirror, as world.RefChange names it."""
    return f"gitea/{lane.names.repository}"


def reuse_digest(lane: Lane) -> str:
    """sha256 of the reuse file as it is in the source tree now."""
    return digest_of(lane.files[lane.names.reuse_file])


def env_identity(lane: Lane) -> str:
    """What the environment image is made of, as one word."""
    return "env-" + digest_of(lane.files["Dockerfile.env"] + lane.files["bun.lock"])[7:19]


def reuse_file(env_base: str, services: Sequence[str]) -> bytes:
    """gitops/reuse.ymal, the source of truth of every reuse decision."""
    rows = "".join(f"  - id: {name}\n    paths: [services/{name}]\n    image: {name}\n" for name in services)
    return f"version: 1\nenv:\n  recipe: Dockerfile.env\n  base: {env_base}\nservices:\n{rows}".encode()


def _first_files(lane: Lane) -> dict[str, bytes]:
    service = {f"services/{name}/main.ts": f"export const service = '{name}'\n".encode() for name in SERVICES}
    workflow = f"name: agentrun-jd01-v02\non: {{push: {{branches: [{lane.names.branch}]}}}}\n"
    return {
        "README.md": b"# agentrun\n",
        "Dockerfile": b"ARG ENV_IMAGE\nFROM ${ENV_IMAGE}\nCOPY services /srv\n",
        "Dockerfile.env": b"FROM oven/bun:1.3.2-slim\nCOPY bun.lock .\nRUN bun install --frozen-lockfile\n",
        "bun.lock": b'{"lockfileVersion": 1}\n',
        lane.names.workflow: workflow.encode(),
        lane.names.reuse_file: reuse_file("oven/bun:1.3.2-slim", SERVICES),
        **service,
    }


def _bare(recorder: Recorder, name: str, branch: str) -> GitObjects:
    for side in ("upstream", "gitea"):
        create_bare(recorder.repositories / side / f"{name}.git", branch)
    return GitObjects(recorder.repositories / "upstream" / f"{name}.git")


def _both(lane: Lane, at: float, ref: str, sha: str) -> None:
    lane.recorder.move(at, upstream(lane), ref, sha)
    lane.recorder.move(at, mirrored(lane), ref, sha)


def _other_repository(lane: Lane) -> None:
    """pikasTech/unidesk, mirrored as well and quiet."""
    recorder, name, branch = lane.recorder, lane.names.other_repository, lane.names.other_branch
    git, at = _bare(recorder, name, branch), -3 * DAY
    tree = git.tree({"README.md": b"# unidesk\n", "scripts/cli.ts": b"export {}\n"})
    commit = git.commit(tree, [], lane.signed(PLATFORM, at), "unidesk as of today")
    for side in ("upstream", "gitea"):
        recorder.move(at, f"{side}/{name}", f"refs/heads/{branch}", commit)
    quiet = _repository(recorder, name, branch, 12)
    recorder.document(at, "repos", name, {**quiet, "mirror_updated": recorder.stamp(-420)})


def _repository(recorder: Recorder, full_name: str, branch: str, number: int) -> dict[str, object]:
    owner, name = full_name.split("/")
    return {
        "id": number,
        "owner": {"id": 2, "login": owner, "full_name": ""},
        "name": name,
        "full_name": full_name,
        "description": "",
        "empty": False,
        "private": True,
        "archived": False,
        "mirror": True,
        "size": 4312,
        "original_url": f"https://github.com/{full_name}.git",
        "default_branch": branch,
        "created_at": recorder.stamp(-40 * DAY),
        "updated_at": recorder.stamp(-9 * DAY),
        "permissions": {"admin": False, "push": False, "pull": True},
        "has_actions": True,
        "mirror_interval": "10m0s",
        "mirror_updated": recorder.stamp(-9 * DAY),
        "object_format_name": "sha1",
    }
