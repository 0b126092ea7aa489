"""Small worlds made by hand, a clock that a test moves, and a real git repository: what the servers' tests stand on."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.git_repository import git_environment
from lanewatch.simulator.http import Handler, RequestLog, Server, serve
from lanewatch.simulator.world import World

START = datetime(2026, 7, 5, 14, 0, 0, tzinfo=UTC)
REPOSITORY = "pikasTech/agentrun"


class Steady:
    """A steady clock that stands still until a test moves it; world second = its reading."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def clock(self) -> WorldClock:
        return WorldClock(START, 0.0, 0.0, 1.0, self)


def small_world(repositories: Path = Path("nowhere"), **parts: Any) -> World:
    """A world with nothing in it but `parts`."""
    empty: dict[str, Any] = dict.fromkeys(
        ("objects", "documents", "refs", "logs", "blobs", "tags", "artifacts", "health", "ledger"), ()
    )
    return World("small", 7, START, 200.0, None, repositories, **{**empty, **parts})


@asynccontextmanager
async def serving(
    handler: Handler, steady: Steady | None = None, record: RequestLog | None = None, **options: Any
) -> AsyncIterator[Server]:
    """The handler on loopback, for the length of a block."""
    server = await serve(handler, (steady or Steady()).clock(), record=record, **options)
    try:
        yield server
    finally:
        await server.close()


async def raw_exchange(server: Server, sent: bytes) -> bytes:
    """What the server says to these bytes, up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@dataclass(frozen=True)
class Commits:
    """The commits of `lane_repository`, oldest first, and the annotated tag's object."""

    first: str
    second: str
    third: str
    tag: str


def lane_repository(bare: Path) -> Commits:
    """A bare repository: v0.2 at the third commit, old at the second, an annotated tag, snapshot and remote refs."""
    bare.parent.mkdir(parents=True, exist_ok=True)
    work = bare.parent / f"{bare.name}-work"
    _git("init", "-q", "-b", "v0.2", str(work))
    shas: list[str] = []
    for number, (name, text) in enumerate(
        [
            ("README.md", "agentrun\n"),
            (".gitea/workflows/lane.yml", "on: push\n"),
            ("src/lease.py", "renew = True\n"),
        ]
    ):
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        _git("-C", str(work), "add", "-A")
        _git("-C", str(work), "commit", "-q", "-m", f"commit {number}\n\nbody of {number}", at=1_783_260_000 + number)
        shas.append(_git("-C", str(work), "rev-parse", "HEAD"))
    _git("-C", str(work), "branch", "old", shas[1])
    _git("-C", str(work), "branch", "feature/one", shas[0])
    _git("-C", str(work), "tag", "-a", "v1", "-m", "release one", shas[1], at=1_783_260_010)
    _git("-C", str(work), "update-ref", f"refs/unidesk/snapshots/agentrun-v0.2/{shas[2]}", shas[2])
    _git("-C", str(work), "update-ref", "refs/unidesk/snapshots/agentrun-v0.20/x", shas[1])
    _git("-C", str(work), "update-ref", "refs/remotes/origin/hidden", shas[0])
    tag = _git("-C", str(work), "rev-parse", "refs/tags/v1")
    _git("clone", "-q", "--mirror", str(work), str(bare))
    return Commits(shas[0], shas[1], shas[2], tag)


def _git(*arguments: str, at: int = 1_783_260_000) -> str:
    people = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Ops"), ("EMAIL", "ops@example.org"), ("DATE", f"{at} +0200"))
    }
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, env=git_environment(people))
    return done.stdout.decode().strip()
