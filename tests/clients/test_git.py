"""git against real repositories: over file:// for history, over a scripted server for refusals and for what leaves."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import socket
import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.credentials import Credential, FileSource, git_form
from lanewatch.clients.git import Git, GitAccess
from lanewatch.clients.meter import metering
from lanewatch.rollout.facts import Outcome
from lanewatch.simulator import git_http
from lanewatch.simulator.http import RequestLog
from tests.clients.conftest import StillClock
from tests.clients.scripted import Scripted, http, silent
from tests.simulator.small_world import serving

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.invalid",
    "GIT_AUTHOR_DATE": "2026-07-05T14:00:00Z",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.invalid",
    "GIT_COMMITTER_DATE": "2026-07-05T14:00:00Z",
}


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class Upstream:
    """A repository of four commits on v0.2, a fork of one, a tag and a snapshot ref."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"file://{folder}"
        folder.mkdir()
        run(folder, "init", "-q", "-b", "v0.2")
        run(folder, "config", "uploadpack.allowFilter", "true")
        self.commits = [self.commit(f"change {n}\n\nSource-Commit: {n}") for n in range(4)]
        run(folder, "update-ref", "refs/unidesk/snapshots/x/one", self.commits[1])
        run(folder, "update-ref", "refs/unidesk/snapshots/xx", self.commits[2])
        run(folder, "tag", "-a", "-m", "t", "t1", self.commits[0])
        run(folder, "checkout", "-q", "-b", "fork", self.commits[0])
        self.fork = self.commit("fork")

    def commit(self, message: str) -> str:
        run(self.folder, "commit", "-q", "--allow-empty", "-m", message)
        return run(self.folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    return Upstream(tmp_path_factory.mktemp("git") / "upstream")


@pytest.fixture
def git(tmp_path: Path, clock: StillClock) -> Git:
    return Git(tmp_path / "cache", clock=clock, allow_file=True)


async def told(git: Git, url: str) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await git.ls_remote(url, ["refs/heads/v0.2"])
    return caught.value


async def test_refs_are_matched_whole(git: Git, upstream: Upstream) -> None:
    found = await git.ls_remote(upstream.url, ["refs/heads/v0.2", "refs/unidesk/snapshots/x/*", "refs/tags/t1"])
    assert found == {
        "refs/heads/v0.2": upstream.commits[3],
        "refs/unidesk/snapshots/x/one": upstream.commits[1],
        "refs/tags/t1": upstream.commits[0],  # the commit, not the tag object
    }
    assert await git.ls_remote(upstream.url, ["refs/heads/none"]) == {}


async def test_history_is_newest_first_with_whole_messages(git: Git, upstream: Upstream) -> None:
    found = await git.history(upstream.url, "refs/heads/v0.2", 2)
    assert [commit.sha for commit in found] == [upstream.commits[3], upstream.commits[2]]
    assert found[0].message == "change 3\n\nSource-Commit: 3"
    assert found[0].parents == (upstream.commits[2],)
    assert found[0].committed_at.isoformat() == "2026-07-05T14:00:00+00:00"


async def test_ancestry(git: Git, upstream: Upstream) -> None:
    first, last = upstream.commits[0], upstream.commits[3]
    assert await git.is_ancestor(upstream.url, first, last) is True
    assert await git.is_ancestor(upstream.url, last, last) is True
    assert await git.is_ancestor(upstream.url, last, first) is False
    assert await git.is_ancestor(upstream.url, upstream.fork, last) is False


async def test_ancestry_beyond_what_was_fetched_is_undecided(
    git: Git, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanewatch.clients.git.DEPTH", 2)
    first, last = upstream.commits[0], upstream.commits[3]
    assert await git.is_ancestor(upstream.url, first, last) is None
    assert await git.is_ancestor(upstream.url, upstream.commits[2], last) is True


async def test_all_of_it_over_http_posts_to_upload_pack_alone(
    upstream: Upstream, tmp_path: Path, clock: StillClock
) -> None:
    (tmp_path / "o").mkdir()
    run(tmp_path, "clone", "-q", "--mirror", str(upstream.folder), "o/r.git")
    record = RequestLog()
    async with serving(git_http.handler(tmp_path), record=record) as server:
        git, url = Git(tmp_path / "cache", clock=clock), f"{server.url}/o/r.git"
        assert await git.ls_remote(url, ["refs/heads/v0.2"]) == {"refs/heads/v0.2": upstream.commits[3]}
        assert [commit.sha for commit in await git.history(url, "refs/heads/v0.2", 1)] == [upstream.commits[3]]
        assert await git.is_ancestor(url, upstream.commits[0], upstream.commits[3]) is True
    posts = {logged.path for logged in record.entries if logged.method == "POST"}
    assert posts == {"/o/r.git/git-upload-pack"}
    assert {logged.method for logged in record.entries} == {"GET", "POST"}


async def test_a_ref_is_told_with_one_request_where_there_are_few(
    upstream: Upstream, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "o").mkdir()
    run(tmp_path, "clone", "-q", "--mirror", str(upstream.folder), "o/r.git")
    patterns = ["refs/heads/v0.2", "refs/unidesk/snapshots/x/*", "refs/tags/t1"]
    record = RequestLog()
    async with serving(git_http.handler(tmp_path), record=record) as server:
        git, url = Git(tmp_path / "cache", clock=clock), f"{server.url}/o/r.git"
        plain = await git.ls_remote(url, patterns)
        costs = []
        for crowd in (2000, 3, 3):
            monkeypatch.setattr("lanewatch.clients.git.CROWD", crowd)
            before = len(record.entries)
            assert await git.ls_remote(url, patterns, at_once=True) == plain
            costs.append([entry.method for entry in record.entries[before:]])
        assert costs == [["GET"], ["GET"], ["GET", "POST"]], "too many were told: not again"
        assert git.is_crowded(url)


async def test_what_does_not_exist_is_absent(git: Git, upstream: Upstream) -> None:
    for ref in ("refs/heads/none", "1" * 40):
        with pytest.raises(ReadFailure) as caught:
            await git.history(upstream.url, ref)
        assert caught.value.outcome is Outcome.ABSENT


async def test_a_cache_that_cannot_be_made_says_so(upstream: Upstream, tmp_path: Path, clock: StillClock) -> None:
    (tmp_path / "file").write_text("")
    one = Git(tmp_path / "file" / "cache", clock=clock, allow_file=True)
    with pytest.raises(ReadFailure, match="no cache for git history") as caught:
        await one.history(upstream.url, "refs/heads/v0.2")
    assert caught.value.outcome is Outcome.UNCONFIGURED


@pytest.mark.parametrize(
    "url", ["ssh://h/x", "ext::sh -c id", "/etc", "file:///etc", "git@h:x", "-u", "http://u:p@h/x"]
)
async def test_only_http_and_no_credential_in_a_url(tmp_path: Path, clock: StillClock, url: str) -> None:
    failure = await told(Git(tmp_path, clock=clock), url)
    assert failure.outcome is Outcome.UNCONFIGURED
    assert "u:p" not in failure.reason


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (http(404, "not found", "text/plain"), Outcome.ABSENT, "404: no such repository"),
        (http(401, "", WWW_Authenticate='Basic realm="Gitea"'), Outcome.DENIED, "401: credential not accepted"),
        (http(403, "", "text/plain"), Outcome.DENIED, "403: credential lacks the right"),
        (http(500, "", "text/plain"), Outcome.ERROR, "server failed"),
        (http(302, "", Location="http://127.0.0.1:1/x.git/info/refs"), Outcome.ERROR, "redirect refused"),
        (http(200, "<html>log in</html>", "text/html"), Outcome.INVALID, "is this a git URL?"),
    ],
)
async def test_refusals(
    server: Scripted, tmp_path: Path, clock: StillClock, said: bytes, outcome: Outcome, reason: str
) -> None:
    server.answers["/x.git/info/refs"] = said
    failure = await told(Git(tmp_path, clock=clock), f"{server.url}/x.git")
    assert failure.outcome is outcome
    assert reason in failure.reason
    assert server.host in failure.reason
    assert {asked.method for asked in server.asked} == {"GET"}


async def test_refused_and_name_not_found(tmp_path: Path, clock: StillClock) -> None:
    git = Git(tmp_path, clock=clock)
    assert (await told(git, "http://127.0.0.1:1/x.git")).reason == "git: refused: 127.0.0.1:1"
    assert (await told(git, "http://x.invalid/x.git")).reason == "git: name not found: x.invalid"


async def test_the_credential_is_a_header_for_its_prefix_only(
    server: Scripted, tmp_path: Path, clock: StillClock
) -> None:
    (tmp_path / "token").write_text("LWCANARY_git")
    access = GitAccess(f"{server.url}/ours", Credential(FileSource(tmp_path / "token"), git_form))
    git = Git(tmp_path, clock=clock, access=[access])
    for path in ("ours/x.git", "ours-not/x.git"):
        server.answers[f"/{path}/info/refs"] = http(404, "", "text/plain")
        await told(git, f"{server.url}/{path}")
    first, second = (asked.headers for asked in server.asked)
    assert first["authorization"].startswith("Basic ")
    assert "authorization" not in second
    assert first["git-protocol"] == "version=2"


async def test_a_silent_server_is_a_timeout_and_no_git_is_left(
    server: Scripted, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanewatch.clients.git.REF_SECONDS", 0.3)
    server.answers["/x.git/info/refs"] = silent(asyncio.Event())
    with metering() as meter:
        failure = await told(Git(tmp_path, clock=clock), f"{server.url}/x.git")
    assert (failure.outcome, failure.reason) == (
        Outcome.TIMEOUT,
        f"no answer from git within 0.3 s: {server.host}",
    )
    assert meter.cost().requests == 1
    git, url = Git(tmp_path, clock=clock), f"{server.url}/x.git"
    with pytest.raises(ReadFailure):
        await git.ls_remote(url, ["refs/heads/a"], at_once=True)
    assert git.is_crowded(url), "a remote that is too slow to tell all is asked for one"
    assert _no_git_is_left()


async def test_a_cancelled_read_leaves_no_git(server: Scripted, tmp_path: Path, clock: StillClock) -> None:
    server.answers["/x.git/info/refs"] = silent(asyncio.Event())
    task = asyncio.create_task(Git(tmp_path, clock=clock).ls_remote(f"{server.url}/x.git", ["refs/heads/a"]))
    await server.heard(1)
    arguments = [line for line in _gits() if "x.git" in line]
    assert arguments
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _no_git_is_left()


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8])
def test_a_read_cut_short_twice_by_a_loop_that_ends_leaves_nothing_and_says_nothing(
    turns: int, tmp_path: Path, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whenever it is: seen were a git that was never ended, a pipe left open, and «Unknown child process pid»."""

    async def cut_short() -> None:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/x.git"
        reading = asyncio.create_task(Git(tmp_path, clock=clock).ls_remote(url, ["refs/heads/a"]))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.append(mute.accept()[0])  # the loop stands still until git's own child has asked
        reading.cancel()
        await asyncio.sleep(0)
        reading.cancel()

    asked: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(20)
        asyncio.run(cut_short())
    asked[0].settimeout(20)
    while asked[0].recv(4096):  # what it asked, and then its end: nobody holds the connection any more
        pass
    asked[0].close()
    gc.collect()
    assert caplog.text == ""
    assert _no_git_is_left()


def test_a_git_that_cannot_be_started_says_why(
    tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", Mock(side_effect=OSError(errno.EMFILE, "Too many open files")))
    failure = asyncio.run(told(Git(tmp_path, clock=clock), "http://127.0.0.1:1/x.git"))
    assert (failure.outcome, failure.reason) == (Outcome.ERROR, "git cannot be started: too many open files")


def _no_git_is_left() -> bool:
    """A process that was killed is listed until the kernel gets to it."""
    return any(not _gits() for _ in range(200))


def _gits() -> list[str]:
    """The argument lists of the gits among this process's descendants that still run."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()[1:]]
    family = {str(os.getpid())}
    found = []
    for pid, parent, stat, arguments in sorted(rows, key=lambda row: int(row[0])):
        if parent in family and not stat.startswith("Z") and "ps -eo" not in arguments:
            family.add(pid)
            found.append(arguments)
    return [arguments for arguments in found if "git" in arguments]
