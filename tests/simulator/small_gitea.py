"""Gitea documents made by hand, the tokens that read them, and a client of a Gitea that serves them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from lanewatch.simulator.gitea import Access, handler
from lanewatch.simulator.http import RequestLog
from lanewatch.simulator.world import Document, World
from tests.simulator.small_world import REPOSITORY, Steady, serving

TOKENS = {
    "reader": Access(),
    "owner": Access(frozenset({"all"}), owner=True),
    "user-only": Access(frozenset({"read:user"})),
    "stranger": Access(repositories=frozenset()),
}
ACTIONS = f"/api/v1/repos/{REPOSITORY}/actions"


def repo(at: float, name: str = REPOSITORY, **values: Any) -> Document:
    value = {"id": 1, "full_name": name, "private": False, "mirror": True, "default_branch": "v0.2"}
    return Document(
        at, "repos", name, {**value, "mirror_updated": "2026-07-05T14:00:00Z", "has_actions": True, **values}
    )


def run(at: float, number: int, **values: Any) -> Document:
    value = {"id": number, "run_number": number - 4000, "head_sha": "a" * 40, "head_branch": "v0.2", "event": "push"}
    return Document(at, "runs", f"{REPOSITORY}/{number}", {**value, "status": "in_progress", **values})


def job(at: float, number: int, run_id: int, **values: Any) -> Document:
    value = {"id": number, "run_id": run_id, "name": "plan", "steps": [{"name": "x", "number": 0}]}
    return Document(at, "jobs", f"{REPOSITORY}/{number}", {**value, "status": "in_progress", **values})


def artifact(at: float, number: int, name: str, run_id: int = 4711, **values: Any) -> Document:
    value = {"id": number, "name": name, "size_in_bytes": 9, "expired": False, "workflow_run": {"id": run_id}}
    return Document(at, "artifacts", f"{REPOSITORY}/{number}", {**value, **values})


@asynccontextmanager
async def gitea(
    world: World,
    steady: Steady | None = None,
    *,
    token: str | None = "reader",
    version: str = "1.26.3",
    record: RequestLog | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the world's Gitea, carrying the token."""
    steady = steady or Steady()
    headers = {"Authorization": f"token {token}"} if token else {}
    serves = handler(world, steady.clock(), tokens=TOKENS, version=version)
    async with (
        serving(serves, steady, record) as server,
        httpx.AsyncClient(base_url=server.url, headers=headers) as client,
    ):
        yield client
