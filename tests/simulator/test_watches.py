"""The simulated API server's watches, over real sockets and a loop whose time jumps."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import serve
from lanewatch.simulator.kubernetes import Rights, handler
from tests.jumping_loop import run_jumping
from tests.simulator.stories import START, told

RUNS = "/apis/tekton.dev/v1/namespaces/agentrun-ci/pipelineruns"
Event = dict[str, Any]


@dataclass
class Client:
    http: httpx.AsyncClient

    async def version(self, path: str = RUNS) -> str:
        return str((await self.http.get(path)).json()["metadata"]["resourceVersion"])

    async def watch(self, seconds: float, path: str = RUNS, **query: Any) -> list[Event]:
        """Every event of a watch that the server ends after so many seconds."""
        asked = {"watch": "true", "timeoutSeconds": seconds, **query}
        async with self.http.stream("GET", path, params=asked) as response:
            return [json.loads(line) async for line in response.aiter_lines()]


@contextlib.asynccontextmanager
async def asking(at: float, rights: Rights) -> AsyncIterator[Client]:
    clock = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
    server = await serve(handler(told("build"), clock, rights), clock)
    headers = {"Authorization": "Bearer t"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=None) as http:
        try:
            yield Client(http)
        finally:
            await server.close()


def seen(at: float, ask: Callable[[Client], Awaitable[Any]], rights: Rights | None = None) -> Any:
    async def main() -> Any:
        async with asking(at, rights or Rights("t")) as client:
            return await ask(client)

    return run_jumping(main())


def test_changes_come_as_they_happen_from_the_lists_version_on() -> None:
    async def ask(client: Client) -> list[Event]:
        return await client.watch(60, resourceVersion=await client.version())

    events = seen(0.0, ask)
    mine = [event["object"] for event in events if event["type"] in ("ADDED", "MODIFIED")]
    versions = [int(one["metadata"]["resourceVersion"]) for one in mine]
    assert versions == sorted(versions)
    assert len(versions) > 3
    assert events[0]["type"] == "ADDED"
    assert {one["kind"] for one in mine} == {"PipelineRun"}


def test_without_a_version_what_is_there_comes_first() -> None:
    (first, *_) = seen(200.0, lambda client: client.watch(1))
    assert first["type"] == "ADDED"


def test_a_quiet_watch_gets_bookmarks_once_a_minute_and_before_its_end() -> None:
    async def ask(client: Client) -> list[Event]:
        return await client.watch(130, resourceVersion=await client.version(), allowWatchBookmarks="true")

    events = seen(400.0, ask)
    assert [event["type"] for event in events] == ["BOOKMARK"] * 3
    assert set(events[0]["object"]) == {"kind", "apiVersion", "metadata"}


def test_a_version_from_before_the_compaction_is_gone() -> None:
    async def ask(client: Client) -> list[Event]:
        old = await client.version()
        await asyncio.sleep(900)
        return await client.watch(10, resourceVersion=old)

    (event,) = seen(0.0, ask)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


@pytest.mark.parametrize("unwatched", ["*", "pipelineruns"])
def test_watch_may_be_refused_where_list_is_not(unwatched: str) -> None:
    async def ask(client: Client) -> tuple[int, int, str]:
        listed = await client.http.get(RUNS)
        refused = await client.http.get(RUNS, params={"watch": "true"})
        return listed.status_code, refused.status_code, refused.json()["message"]

    listed, refused, message = seen(0.0, ask, Rights("t", unwatched=frozenset({unwatched})))
    assert (listed, refused) == (200, 403)
    assert 'cannot watch resource "pipelineruns"' in message
