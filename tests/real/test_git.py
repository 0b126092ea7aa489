"""The git client against real git over HTTP: custom refs, a force-push, a ref that is pruned, a password."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.credentials import Credential, FileSource, git_form
from lanewatch.clients.git import Git, GitAccess
from lanewatch.rollout.facts import Outcome
from lanewatch.simulator.git_repository import git_environment

BACKEND = Path(
    subprocess.run(["git", "--exec-path"], capture_output=True, text=True).stdout.strip(), "git-http-backend"
)
pytestmark = pytest.mark.skipif(not shutil.which("git") or not BACKEND.exists(), reason="no git-http-backend here")

PASSWORD = "Basic " + base64.b64encode(b"reader:hunter22").decode()
SNAPSHOT = "refs/unidesk/snapshots/gitea-actions/agentrun-v0.2"


def git(*arguments: str | Path, at: int = 1_783_260_000) -> str:
    people = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
              for what, value in (("NAME", "x"), ("EMAIL", "x@x"), ("DATE", f"{at} +0000"))}  # fmt: skip
    done = subprocess.run(["git", *map(str, arguments)], check=True, capture_output=True, env=git_environment(people))
    return done.stdout.decode().strip()


class Backend(BaseHTTPRequestHandler):
    """git's own CGI behind Python's own server."""

    root: Path

    def do_GET(self) -> None:
        self._run(b"")

    def do_POST(self) -> None:
        self._run(self.rfile.read(int(self.headers["Content-Length"])))

    def _run(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/private") and self.headers.get("Authorization") != PASSWORD:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        environment = {
            **git_environment({}), "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path, "QUERY_STRING": parts.query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "PATH": os.environ["PATH"],
        }  # fmt: skip
        done = subprocess.run([BACKEND], input=body, capture_output=True, env=environment)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(told.pop("Status", "200").split()[0]))
        for name, value in (told | {"Content-Length": str(len(rest))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    for name in ("lane.git", "private.git"):
        git("init", "-q", "--bare", "-b", "v0.2", tmp_path / "root" / name)
        git("-C", tmp_path / "root" / name, "config", "uploadpack.allowFilter", "true")
        git("-C", tmp_path / "root" / name, "config", "uploadpack.allowAnySHA1InWant", "true")
    handler = type("Rooted", (Backend,), {"root": tmp_path / "root"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def committed(work: Path, text: str, at: int) -> str:
    (work / "file").write_text(text)
    git("-C", work, "add", "-A")
    git("-C", work, "commit", "-q", "-m", text, at=at)
    return git("-C", work, "rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    git("init", "-q", "-b", "v0.2", tmp_path / "work")
    git("-C", tmp_path / "work", "remote", "add", "origin", tmp_path / "root" / "lane.git")
    return tmp_path / "work"


async def test_custom_refs_a_force_push_and_a_ref_that_goes(server: str, work: Path, tmp_path: Path) -> None:
    client, url = Git(tmp_path / "cache", clock=SystemClock()), f"{server}/lane.git"
    first, second = committed(work, "one", 1_783_260_000), committed(work, "two", 1_783_260_010)
    snapshot = f"{SNAPSHOT}/{first}"
    git("-C", work, "push", "-q", "origin", "v0.2", f"{first}:{snapshot}")
    assert await client.ls_remote(url, ["refs/heads/v0.2", f"{SNAPSHOT}/*"]) == {
        "refs/heads/v0.2": second,
        snapshot: first,
    }
    assert await client.is_ancestor(url, first, second) is True

    git("-C", work, "reset", "-q", "--hard", first)
    third = committed(work, "three instead of two", 1_783_260_020)
    git("-C", work, "push", "-q", "--force", "origin", "v0.2")
    assert (await client.ls_remote(url, ["refs/heads/v0.2"]))["refs/heads/v0.2"] == third
    assert [commit.sha for commit in await client.history(url, "refs/heads/v0.2")] == [third, first]
    assert await client.is_ancestor(url, second, third) is False
    assert await client.is_ancestor(url, first, third) is True

    git("-C", work, "push", "-q", "origin", f":{snapshot}")
    assert await client.ls_remote(url, [f"{SNAPSHOT}/*"]) == {}


async def test_a_private_repository_needs_the_password_and_its_reason_does_not_tell_it(
    server: str, work: Path, tmp_path: Path
) -> None:
    head = committed(work, "one", 1_783_260_000)
    git("-C", work, "push", "-q", tmp_path / "root" / "private.git", "v0.2")
    (tmp_path / "secret").write_text("reader:hunter22\n")
    credential = Credential(FileSource(tmp_path / "secret"), git_form)
    url = f"{server}/private.git"
    known = Git(tmp_path / "cache", clock=SystemClock(), access=[GitAccess(server, credential)])
    assert await known.ls_remote(url, ["refs/heads/v0.2"]) == {"refs/heads/v0.2": head}
    with pytest.raises(ReadFailure) as caught:
        await Git(tmp_path / "cache", clock=SystemClock()).ls_remote(url, ["refs/heads/v0.2"])
    assert caught.value.outcome is Outcome.DENIED
