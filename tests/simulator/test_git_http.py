"""Smart HTTP: a real git clones, fetches without blobs and lists refs from the upstream; nobody pushes."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from lanewatch.simulator.git_http import handler
from lanewatch.simulator.git_repository import GitFailed, GitRepository, run_git
from lanewatch.simulator.http import RequestLog
from tests.simulator.small_world import REPOSITORY, Commits, lane_repository, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("upstream")


@pytest.fixture(scope="module")
def commits(folder: Path) -> Commits:
    return lane_repository(folder / f"{REPOSITORY}.git")


async def test_git_lists_refs_with_protocol_v2(folder: Path, commits: Commits) -> None:
    async with serving(handler(folder)) as server:
        url = f"{server.url}/{REPOSITORY}.git"
        listed = await run_git(["-c", "protocol.version=2", "ls-remote", url, "refs/heads/*"])
    assert listed.decode().split("\n")[:3] == [
        f"{commits.first}\trefs/heads/feature/one",
        f"{commits.second}\trefs/heads/old",
        f"{commits.third}\trefs/heads/v0.2",
    ]


async def test_git_fetches_one_commit_by_id_and_without_blobs(folder: Path, commits: Commits, tmp_path: Path) -> None:
    record = RequestLog()
    async with serving(handler(folder), record=record) as server:
        await run_git(["init", "-q", "--bare", str(tmp_path / "cache")])
        cache = ["--git-dir", str(tmp_path / "cache")]
        url = f"{server.url}/{REPOSITORY}"  # the suffix is optional
        await run_git([*cache, "fetch", "-q", "--filter=blob:none", url, commits.second])
        assert (await run_git([*cache, "rev-list", "--count", "FETCH_HEAD"])).strip() == b"2"
        missing = await run_git([*cache, "rev-list", "--objects", "--missing=print", commits.second])
    assert missing.count(b"\n?") == 2  # both blobs were left where they are
    assert {(one.method, one.status) for one in record.entries} == {("GET", 200), ("POST", 200)}


async def test_git_cannot_push(folder: Path, commits: Commits) -> None:
    bare = folder / f"{REPOSITORY}.git"
    before = await GitRepository(bare).refs()
    async with serving(handler(folder)) as server:
        with pytest.raises(GitFailed, match="403"):
            await run_git(["--git-dir", str(bare), "push", f"{server.url}/{REPOSITORY}", "v0.2:refs/heads/new"])
    assert await GitRepository(bare).refs() == before


async def test_the_advertisement_is_plain_gits_and_speaks_v2_when_asked(folder: Path, commits: Commits) -> None:
    where = f"/{REPOSITORY}.git/info/refs?service=git-upload-pack"
    async with serving(handler(folder)) as server, httpx.AsyncClient(base_url=server.url) as client:
        new = await client.get(where, headers={"Git-Protocol": "version=2"})
        old = await client.get(where)
    assert new.content.startswith(b"000eversion 2\n")
    assert b"filter" in new.content
    assert old.content.startswith(b"001e# service=git-upload-pack\n")
    assert commits.third.encode() in old.content
    assert new.headers["content-type"] == "application/x-git-upload-pack-advertisement"
    assert "no-cache" in new.headers["cache-control"]


async def test_a_gzipped_request_is_read(folder: Path, commits: Commits) -> None:
    asked = b"0014command=ls-refs\n00010009peel\n001aref-prefix refs/heads/0000"
    kind = {"Content-Type": "application/x-git-upload-pack-request", "Git-Protocol": "version=2"}
    async with serving(handler(folder)) as server, httpx.AsyncClient(base_url=server.url) as client:
        where = f"/{REPOSITORY}.git/git-upload-pack"
        plain = await client.post(where, content=asked, headers=kind)
        packed = await client.post(where, content=gzip.compress(asked), headers={**kind, "Content-Encoding": "gzip"})
    assert commits.third.encode() in plain.content
    assert packed.content == plain.content


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{REPOSITORY}.git/info/refs", 403),
        ("GET", f"/{REPOSITORY}.git/info/refs?service=git-receive-pack", 403),
        ("POST", f"/{REPOSITORY}.git/git-receive-pack", 403),
        ("POST", f"/{REPOSITORY}.git/git-upload-pack", 400),
        ("GET", f"/{REPOSITORY}.git/git-upload-pack", 405),
        ("POST", f"/{REPOSITORY}.git/info/refs?service=git-upload-pack", 405),
        ("GET", f"/{REPOSITORY}.git/HEAD", 404),
        ("GET", "/pikasTech/absent.git/info/refs?service=git-upload-pack", 404),
        ("GET", "/%2e%2e/agentrun.git/info/refs?service=git-upload-pack", 404),
    ],
)
async def test_everything_else_is_refused(folder: Path, commits: Commits, method: str, path: str, status: int) -> None:
    async with serving(handler(folder)) as server, httpx.AsyncClient() as client:
        assert (await client.request(method, server.url + path)).status_code == status
