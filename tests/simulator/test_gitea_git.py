"""The simulated Gitea over a real repository: refs, branches, commits, files, workflows, git over HTTP."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from lanewatch.simulator.git_repository import GitFailed, run_git
from lanewatch.simulator.world import Document, World
from tests.simulator.small_gitea import ACTIONS, gitea, repo
from tests.simulator.small_world import REPOSITORY, Commits, lane_repository, small_world

SNAPSHOTS = "refs/unidesk/snapshots/agentrun-v0.2"


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("repositories")


@pytest.fixture(scope="module")
def commits(repositories: Path) -> Commits:
    return lane_repository(repositories / "gitea" / f"{REPOSITORY}.git")


def lane(repositories: Path, *documents: Document, **parts: Any) -> World:
    return small_world(repositories, documents=(repo(0.0), *documents), **parts)


async def test_refs_match_by_plain_string_prefix(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}/git/refs"
        snapshots = (await client.get(f"{base}/unidesk/snapshots/agentrun-v0.2")).json()
        heads = (await client.get(f"{base}/heads/v0.2")).json()
        tags = (await client.get(f"{base}/tags/v1")).json()
        everything = (await client.get(base)).json()
        wrong = await client.get(f"{base}/refs/heads/v0.2")
    assert [one["ref"] for one in snapshots] == [
        f"{SNAPSHOTS}/{commits.third}",
        "refs/unidesk/snapshots/agentrun-v0.20/x",
    ]
    assert [(one["ref"], one["object"]["sha"]) for one in heads] == [("refs/heads/v0.2", commits.third)]
    assert [(one["object"]["type"], one["object"]["sha"]) for one in tags] == [("tag", commits.tag)]
    assert not [one for one in everything if one["ref"].startswith("refs/remotes/")]
    assert (wrong.status_code, wrong.json()["message"]) == (404, "not found")


async def test_branches_and_commits(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}"
        branch = (await client.get(f"{base}/branches/feature/one")).json()
        page = await client.get(f"{base}/branches?limit=2")
        commit = (await client.get(f"{base}/git/commits/{commits.third}")).json()
        by_short = (await client.get(f"{base}/git/commits/{commits.third[:8]}")).json()
        by_tag = (await client.get(f"{base}/git/commits/v1")).json()
        unknown = await client.get(f"{base}/git/commits/{'0' * 40}")
        malformed = await client.get(f"{base}/git/commits/a..b~^")
        gone = await client.get(f"{base}/branches/absent")
        tag = (await client.get(f"{base}/git/tags/{commits.tag}")).json()
        no_tag = await client.get(f"{base}/git/tags/{commits.third}")
    assert (branch["name"], branch["commit"]["id"]) == ("feature/one", commits.first)
    assert branch["commit"]["timestamp"] == "2026-07-05T16:00:00+02:00"
    assert ([one["name"] for one in page.json()], page.headers["x-total-count"]) == (["feature/one", "old"], "3")
    assert commit["sha"] == by_short["sha"] == commits.third
    assert commit["commit"]["message"] == "commit 2\n\nbody of 2\n"
    assert commit["parents"][0]["sha"] == commits.second
    assert commit["commit"]["committer"] == {
        "name": "Ops",
        "email": "ops@example.org",
        "date": "2026-07-05T16:00:02+02:00",
    }
    assert by_tag["sha"] == tag["object"]["sha"] == commits.second
    assert (unknown.status_code, malformed.status_code, gone.status_code, no_tag.status_code) == (404, 422, 404, 400)


async def test_history_and_compare(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}"
        newest = await client.get(f"{base}/commits?sha=v0.2&limit=1")
        last = await client.get(f"{base}/commits?limit=1&page=3")
        of_file = (await client.get(f"{base}/commits?path=src/lease.py")).json()
        between = (await client.get(f"{base}/compare/feature/one...v0.2")).json()
        unknown = await client.get(f"{base}/compare/{'0' * 40}...v0.2")
        absent = await client.get(f"{base}/commits?sha=absent")
    assert [one["sha"] for one in newest.json()] == [commits.third]
    assert (newest.headers["x-total-count"], newest.headers["x-hasmore"]) == ("3", "true")
    assert newest.links["next"]["url"].endswith("sha=v0.2&limit=1&page=2")
    assert ([one["sha"] for one in last.json()], last.headers["x-hasmore"]) == ([commits.first], "false")
    assert [one["sha"] for one in of_file] == [commits.third]
    assert between["total_commits"] == 2
    assert [one["sha"] for one in between["commits"]] == [commits.third, commits.second]
    assert (unknown.status_code, absent.status_code) == (404, 404)


async def test_an_empty_repository_has_no_history(tmp_path: Path) -> None:
    await run_git(["init", "-q", "--bare", str(tmp_path / "gitea" / f"{REPOSITORY}.git")])
    async with gitea(lane(tmp_path)) as client:
        history = await client.get(f"/api/v1/repos/{REPOSITORY}/commits")
        refs = await client.get(f"/api/v1/repos/{REPOSITORY}/git/refs")
    assert (history.status_code, history.json()["message"]) == (409, "Git Repository is empty.")
    assert refs.status_code == 404


async def test_contents(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}/contents"
        file = (await client.get(f"{base}/src/lease.py?ref={commits.third}")).json()
        early = await client.get(f"{base}/src/lease.py?ref={commits.first}")
        folder = (await client.get(f"{base}?ref=v0.2")).json()
        statuses = [
            (await client.get(f"{base}/README.md", params={"ref": ref})).status_code
            for ref in ("v1", "old", commits.third[:8], f"{SNAPSHOTS}/{commits.third}", "")
        ]
        outside = await client.get(f"{base}/%2e%2e/README.md")
    assert base64.b64decode(file["content"]) == b"renew = True\n"
    assert (file["type"], file["size"], file["last_commit_sha"]) == ("file", 13, commits.third)
    assert early.status_code == 404
    assert [(one["name"], one["type"]) for one in folder] == [(".gitea", "dir"), ("README.md", "file"), ("src", "dir")]
    assert folder[1]["last_commit_sha"] == commits.first
    assert statuses == [200, 200, 404, 404, 200]
    assert outside.status_code == 404


async def test_raw_falls_back_to_the_default_branch(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}/raw/src/lease.py"
        pinned = await client.get(f"{base}?ref={commits.third}")
        trapped = await client.get(f"{base}?ref={commits.first[:8]}")
        absent = await client.get(f"{base}?ref={commits.first}")
        same = await client.get(base, headers={"If-None-Match": pinned.headers["etag"]})
        part = await client.get(base, headers={"Range": "bytes=8-"})
    assert pinned.content == trapped.content == b"renew = True\n"
    assert pinned.headers["cache-control"] == "public, max-age=21600"
    assert pinned.headers["last-modified"] == "Sun, 05 Jul 2026 14:00:02 GMT"
    assert (absent.status_code, same.status_code, same.content) == (404, 304, b"")
    assert (part.status_code, part.content) == (206, b"True\n")


async def test_trees(repositories: Path, commits: Commits) -> None:
    async with gitea(lane(repositories)) as client:
        base = f"/api/v1/repos/{REPOSITORY}/git/trees"
        flat = (await client.get(f"{base}/{commits.third}")).json()
        deep = (await client.get(f"{base}/v0.2?recursive=1&per_page=4&page=1")).json()
        unknown = await client.get(f"{base}/{'0' * 40}")
    assert [one["path"] for one in flat["tree"]] == [".gitea", "README.md", "src"]
    assert [one["path"] for one in deep["tree"]] == [
        ".gitea",
        ".gitea/workflows",
        ".gitea/workflows/lane.yml",
        "README.md",
    ]
    assert (deep["truncated"], deep["total_count"], flat["truncated"]) == (True, 6, False)
    assert unknown.status_code == 400


async def test_runners_and_workflows(repositories: Path, commits: Commits) -> None:
    runner = Document(0.0, "runners", f"{REPOSITORY}/3", {"id": 3, "name": "builder", "status": "online"})
    async with gitea(lane(repositories, runner), token="owner") as client:
        listed = (await client.get(f"{ACTIONS}/runners")).json()
        one = (await client.get(f"{ACTIONS}/runners/3")).json()
        workflows = (await client.get(f"{ACTIONS}/workflows")).json()
        workflow = (await client.get(f"{ACTIONS}/workflows/lane.yml")).json()
        missing = [(await client.get(f"{ACTIONS}/{path}")).status_code for path in ("runners/4", "workflows/x.yml")]
    assert (listed["total_count"], listed["runners"], one["name"]) == (1, [one], "builder")
    assert workflows == {"workflows": [workflow], "total_count": 1}
    assert (workflow["path"], workflow["state"]) == (".gitea/workflows/lane.yml", "active")
    assert missing == [404, 404]


async def test_git_reads_a_private_mirror_with_the_token_as_password(repositories: Path, commits: Commits) -> None:
    world = small_world(repositories, documents=(repo(0.0, private=True),))
    async with gitea(world, token=None) as client:
        host = client.base_url.netloc.decode()
        url = f"http://x:reader@{host}/{REPOSITORY}.git"
        listed = await run_git(["ls-remote", url, f"{SNAPSHOTS}/*"])
        with pytest.raises(GitFailed):
            await run_git(["ls-remote", f"http://{host}/{REPOSITORY}.git"])
        where = f"/{REPOSITORY}.git/info/refs?service=git-upload-pack"
        anonymous = await client.get(where)
        stranger = await client.get(where, headers={"Authorization": "Bearer stranger"})
        unscoped = await client.get(where, headers={"Authorization": "token user-only"})
        pushing = await client.get(f"/{REPOSITORY}.git/info/refs?service=git-receive-pack", auth=("x", "reader"))
        headers = {"Authorization": "token reader"}
        v2 = await client.get(where, headers={**headers, "Git-Protocol": "version=2"})
        untyped = await client.post(f"/{REPOSITORY}.git/git-upload-pack", content=b"0000", headers=headers)
    assert listed.decode() == f"{commits.third}\t{SNAPSHOTS}/{commits.third}\n"
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, 'Basic realm="Gitea"')
    assert (stranger.status_code, unscoped.status_code, pushing.status_code) == (404, 403, 403)
    assert pushing.text == "mirror repository is read-only\n"
    assert v2.content.startswith(b"001e# service=git-upload-pack\n0000000eversion 2\n")
    assert untyped.status_code == 400
