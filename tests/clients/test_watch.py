"""Watches over real sockets, hours in no time: what they save, and what may go wrong with them without a lie."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.clients.meter import metering
from lanewatch.clients.native import PODS, Resource
from lanewatch.simulator.http import Exchange, Response, send
from lanewatch.simulator.kubernetes import Rights
from tests.clients.watched_world import Watched, pod, run

BEGUN = (pod(0.0, "p", "Pending", type="ADDED"),)
DELETED = (pod(0.0, "q", "Pending", type="ADDED"), pod(20.0, "q", "Pending", type="DELETED"))


def is_watch(exchange: Exchange) -> bool:
    return ("watch", "true") in exchange.arrival.request.query


async def _instead(exchange: Exchange, body: AsyncIterator[bytes]) -> None:
    await send(replace(exchange, response=replace(exchange.response, body=body)))


class Meddling:
    """Sends true answers, but lays `fault` over the first `times` watches."""

    def __init__(self, fault: Callable[[Exchange], object], times: int = 1) -> None:
        self.fault = fault
        self.left = times
        self.fired = 0

    async def __call__(self, exchange: Exchange) -> None:
        if not is_watch(exchange) or self.left == 0:
            await send(exchange)
            return
        self.left -= 1
        self.fired += 1
        await self.fault(exchange)  # type: ignore[misc]


def answer(response: Response) -> Callable[[Exchange], object]:
    return lambda exchange: send(replace(exchange, response=response))


async def silence(exchange: Exchange) -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    await _instead(exchange, never())


async def torn(exchange: Exchange) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"type":"MODIFIED","object":{"metadata":{"uid":"uid-p","resourceVers'

    await _instead(exchange, half())


async def compacted(exchange: Exchange) -> None:
    async def gone() -> AsyncIterator[bytes]:
        yield json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410}}).encode() + b"\n"

    await _instead(exchange, gone())


def test_a_live_stream_tells_at_once_and_is_confirmed_every_ten_seconds(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        await watched.stream()
        lists = watched.asked("LIST")
        await watched.lists.changed()
        now = asyncio.get_running_loop().time()
        assert 20.0 <= now < 20.1
        assert await watched.phases() == {"p": "Running"}
        assert watched.asked("LIST") == lists or now - 20 < 1
        for _ in range(30):
            await watched.phases()
            await asyncio.sleep(2)
        assert 5 <= watched.asked("LIST") - lists <= 8, "one a confirmation, not one a read"
        assert watched.asked("WATCH") == 1

    run(tmp_path, story, *BEGUN, pod(20.0, "p", "Running"))


def test_one_sweep_opens_no_stream(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        await watched.phases()
        await watched.phases()
        await asyncio.sleep(30)
        assert watched.asked("WATCH") == 0

    run(tmp_path, story, *BEGUN)


def test_streams_are_charged_to_the_next_reader_and_end_when_nobody_reads(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        await watched.stream()
        await asyncio.sleep(9)
        with metering() as meter:
            await watched.phases()
        assert (meter.cost().streams, meter.cost().requests) == (1, 1)
        with metering() as meter:
            await watched.phases()
        assert (meter.cost().streams, meter.cost().requests) == (0, 0)
        await asyncio.sleep(2500)
        assert not watched.lists._hub.watches
        assert not watched.lists._hub._streams

    run(tmp_path, story, *BEGUN)


def test_news_reaches_every_reader_of_the_list_and_nobody_else(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        other, idle = watched.lists.for_reader(), watched.lists.for_reader()
        await watched.stream()
        await other.read(watched.cluster, *_pods())
        woken = [asyncio.create_task(one.changed()) for one in (watched.lists, other, idle)]
        await asyncio.sleep(20)
        assert [task.done() for task in woken] == [True, True, False]
        await watched.phases()
        await other.read(watched.cluster, *_pods())
        again = asyncio.create_task(other.changed())
        await asyncio.sleep(20)
        assert not again.done(), "what was read is no news"
        for task in (*woken, again):
            task.cancel()

    run(tmp_path, story, *BEGUN, pod(20.0, "p", "Running"))


def _pods() -> tuple[Resource, str]:
    return PODS, "ci"


FAULTS = {
    "silent": silence,
    "torn": torn,
    "410 as an event": compacted,
    "410 as a status": answer(Response(410, b"{}")),
    "429 in plain text": answer(Response(429, b"Too many requests", (("Retry-After", "7"),))),
    "500": answer(Response(500, b"<html>")),
    "login page": answer(Response(200, b"<html>log in</html>\n", (("Content-Type", "text/html"),))),
    "a word": answer(Response(200, b'"word"\n')),
    "ended at once": answer(Response(200, b"")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_of_a_stream_hides_a_change_for_longer_than_a_confirmation(tmp_path: Path, name: str) -> None:
    meddling = Meddling(FAULTS[name], times=3)

    async def story(watched: Watched) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(30):
            if await watched.phases() == {"p": "Running"}:  # and what was deleted meanwhile is gone
                break
            await asyncio.sleep(2)
        assert 20 <= loop.time() <= 20 + 10
        await watched.poll_until(240)
        assert watched.lists.pace() == 10, "it streams again"
        assert await watched.phases() == {"p": "Succeeded"}

    told = (*BEGUN, *DELETED, pod(20.0, "p", "Running"), pod(90.0, "p", "Succeeded"))
    run(tmp_path, story, *told, transmit=meddling)
    assert meddling.fired == 3


def test_a_stream_that_stalls_while_the_list_moves_on_is_replaced_within_25_seconds(tmp_path: Path) -> None:
    meddling = Meddling(silence)

    async def story(watched: Watched) -> None:
        await watched.stream()
        await asyncio.sleep(20 - asyncio.get_running_loop().time())
        while watched.asked("WATCH") < 2:
            await watched.phases()
            await asyncio.sleep(1)
        assert asyncio.get_running_loop().time() <= 20 + 25

    run(tmp_path, story, *BEGUN, pod(20.0, "p", "Running"), transmit=meddling)


def test_a_torn_stream_goes_on_from_the_newest_version_that_was_told_and_asks_for_nothing_that_older_servers_refuse(
    tmp_path: Path,
) -> None:
    asked: list[dict[str, str]] = []

    async def bookmarked(exchange: Exchange) -> None:
        asked.append(query := dict(exchange.arrival.request.query))
        newest = int(query["resourceVersion"]) + 7

        async def told() -> AsyncIterator[bytes]:
            for version in (newest - 4, newest, newest - 2):  # the last comes late
                mark = {"kind": "Pod", "metadata": {"resourceVersion": str(version)}}
                yield json.dumps({"type": "BOOKMARK", "object": mark}).encode() + b"\n"
            yield b'{"type":"MODIFIED","object":{"meta'

        await _instead(exchange, told())

    async def story(watched: Watched) -> None:
        while len(asked) < 2:  # no list is read meanwhile
            await watched.phases() if not asked else await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)

    run(tmp_path, story, *BEGUN, transmit=Meddling(bookmarked, times=2))
    first, second = asked
    assert int(second["resourceVersion"]) == int(first["resourceVersion"]) + 7
    assert first.keys() == {"watch", "allowWatchBookmarks", "resourceVersion", "timeoutSeconds"}


@pytest.mark.parametrize("name", ["410 as a status", "410 as an event"])
def test_a_version_that_is_gone_is_listed_anew_though_nobody_reads(tmp_path: Path, name: str) -> None:
    meddling = Meddling(FAULTS[name])

    async def story(watched: Watched) -> None:
        while not meddling.fired:
            await watched.phases()
            await asyncio.sleep(0.1)
        lists = watched.asked("LIST")
        await asyncio.sleep(5)
        assert (watched.asked("LIST"), watched.asked("WATCH")) == (lists + 1, 2)

    run(tmp_path, story, *BEGUN, transmit=meddling)


def test_a_stream_that_says_nothing_for_75_seconds_is_replaced_though_nobody_reads(tmp_path: Path) -> None:
    meddling = Meddling(silence)

    async def story(watched: Watched) -> None:
        await watched.stream()
        await asyncio.sleep(70)
        assert watched.asked("WATCH") == 1
        await asyncio.sleep(10)
        assert watched.asked("WATCH") == 2

    run(tmp_path, story, *BEGUN, transmit=meddling)


def test_the_wait_between_streams_begins_anew_after_one_that_was_healthy(tmp_path: Path) -> None:
    times: list[tuple[float, float]] = []  # when each stream was asked for, and when it ended

    async def short(exchange: Exchange) -> None:
        began, version = asyncio.get_running_loop().time(), dict(exchange.arrival.request.query)["resourceVersion"]

        async def lives() -> AsyncIterator[bytes]:
            await asyncio.sleep(15.0 if len(times) == 6 else 0.0)
            mark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}}
            yield json.dumps(mark).encode() + b"\n"
            times.append((began, asyncio.get_running_loop().time()))

        await _instead(exchange, lives())

    async def story(watched: Watched) -> None:
        while len(times) < 8:
            await watched.phases()
            await asyncio.sleep(1)

    run(tmp_path, story, *BEGUN, transmit=Meddling(short, times=8))
    waits = [later[0] - earlier[1] for earlier, later in itertools.pairwise(times)]
    assert waits[0] < 1 < 6 < waits[5], "0.8 s, doubling"
    assert waits[6] < 1, "the seventh stream lived"


def test_a_quiet_stream_without_bookmarks_is_left_alone(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        await watched.stream()
        for _ in range(90):
            await watched.phases()
            await asyncio.sleep(2)
        assert watched.asked("WATCH") == 1

    run(tmp_path, story, *BEGUN)


@pytest.mark.parametrize(("said", "most"), [(Response(200, b""), 20), (Response(429, b"no"), 20)])
def test_a_server_that_ends_every_stream_is_not_hammered(tmp_path: Path, said: Response, most: int) -> None:
    meddling = Meddling(answer(said), times=-1)

    async def story(watched: Watched) -> None:
        await watched.poll_until(240)

    run(tmp_path, story, *BEGUN, transmit=meddling)
    assert 5 <= meddling.fired <= most


def test_a_stream_that_had_to_wait_for_a_list_was_not_healthy_for_that(tmp_path: Path) -> None:
    """A server whose versions are always too old was asked for a stream after every list, at the readers' pace."""
    meddling = Meddling(compacted, times=-1)

    async def story(watched: Watched) -> None:
        for _ in range(20):
            await watched.phases()
            await asyncio.sleep(40)

    run(tmp_path, story, *BEGUN, transmit=meddling)
    assert 10 <= meddling.fired <= 25


def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    times: list[float] = []

    async def throttle(exchange: Exchange) -> None:
        times.append(asyncio.get_running_loop().time())
        await answer(Response(429, b"no", (("Retry-After", "50"),)))(exchange)  # type: ignore[misc]

    async def story(watched: Watched) -> None:
        while len(times) < 3:
            await watched.phases()
            await asyncio.sleep(2)

    run(tmp_path, story, *BEGUN, transmit=Meddling(throttle, times=-1))
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 50


def test_where_watch_is_forbidden_the_list_is_polled_and_the_reader_knows_why(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        for _ in range(20):
            await watched.phases()
            await asyncio.sleep(2)
        assert watched.lists.pace() == 9
        assert watched.lists.refusals() == ("403: may not watch pods in namespace ci",)
        assert watched.asked("WATCH") == 1
        assert await watched.phases() == {"p": "Running"}

    run(tmp_path, story, *BEGUN, pod(20.0, "p", "Running"), rights=Rights("T1", unwatched=frozenset({"*"})))


def test_a_recreated_pod_replaces_the_old_one(tmp_path: Path) -> None:
    async def story(watched: Watched) -> None:
        await watched.stream()
        await watched.lists.changed()
        await watched.phases()
        await watched.lists.changed()
        (item,) = (await watched.lists.read(watched.cluster, *_pods())).items
        meta = item["metadata"]
        assert isinstance(meta, dict)
        assert meta["uid"] == "second"

    gone = pod(20.0, "p", "Failed", type="DELETED")
    run(tmp_path, story, *BEGUN, gone, pod(20.5, "p", "Pending", type="ADDED", uid="second"))
