"""Events of an object and an EventListener's lines about one event: read whole, each told once when followed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.documents import ListenerLines, ObjectEvents
from lanewatch.logs.sources import Asked, Source
from lanewatch.rollout.facts import Outcome
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import serve
from lanewatch.simulator.kubernetes import Rights, handler
from lanewatch.simulator.world import LogChunk, ObjectChange, World
from tests.clients.watched_world import kubeconfig_of
from tests.jumping_loop import LoopClock, run_jumping
from tests.logs.followed import MAIN, is_running
from tests.simulator.small_world import START, small_world

EVENT, OTHER = "7d1c0f3e-event", "ffffffff-event"


def event(at: float, name: str, about: str, message: str, count: int = 1, told: Any = "ADDED") -> ObjectChange:
    return ObjectChange(
        at,
        told,
        {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": "ci"},
            "involvedObject": {"kind": "Job", "name": about, "namespace": "ci"},
            "type": "Warning",
            "reason": "BackOff",
            "message": message,
            "count": count,
            "lastTimestamp": f"2026-07-05T14:00:{int(at):02d}Z",
        },
    )


def listener_pod(name: str, listener: str) -> ObjectChange:
    meta = {"name": name, "namespace": "ci", "uid": name, "labels": {"eventlistener": listener}}
    status = {"phase": "Running", "containerStatuses": [is_running(0)]}
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": {"containers": [MAIN.spec()]}, "status": status}
    return ObjectChange(0.0, "ADDED", pod)


def said(at: float, pod: str, text: str) -> LogChunk:
    return LogChunk(at, ("container", "ci", pod, "main"), text.encode() + b"\n")


def lines(
    folder: Path, world: World, source: Callable[[Cluster], Source], *, at: float, followed: float = 0
) -> list[str]:
    """What the source gives from second `at` on; followed for so many seconds, or read once."""

    async def main() -> list[str]:
        clock = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
        server = await serve(handler(world, clock, Rights("T1")), clock)
        (folder / "kubeconfig").write_text(json.dumps(kubeconfig_of(server.url)))
        cluster = Cluster(folder / "kubeconfig", None, clock=LoopClock(), key="kubernetes.ci")
        told: list[str] = []
        try:
            async with asyncio.timeout(followed or 86_400):
                async for piece in source(cluster).pieces(Asked(follow=followed > 0)):
                    assert isinstance(piece, bytes)
                    told.append(piece.decode())
        except TimeoutError:
            assert followed
        finally:
            await cluster.close()
            await server.close()
        return told

    return run_jumping(main())


def test_the_events_of_one_object_are_told_in_the_order_of_their_times(tmp_path: Path) -> None:
    world = small_world(
        objects=(
            event(1, "b", "job", "second\nline", count=3),
            event(0, "a", "job", "first"),
            event(0, "c", "another", "not mine"),
        )
    )
    assert lines(tmp_path, world, lambda cluster: ObjectEvents(cluster, "ci", "job"), at=5) == [
        "2026-07-05T14:00:00Z Warning Job BackOff first\n",
        "2026-07-05T14:00:01Z Warning Job BackOff second line (x3)\n",
    ]


def test_a_followed_event_is_told_again_only_when_it_happened_again(tmp_path: Path) -> None:
    world = small_world(
        objects=(event(0, "a", "job", "first"), event(8, "a", "job", "first", count=2, told="MODIFIED"))
    )
    told = lines(tmp_path, world, lambda cluster: ObjectEvents(cluster, "ci", "job"), at=1, followed=30)
    assert [line.split(" BackOff ")[1] for line in told] == ["first\n", "first (x2)\n"]


def test_only_the_lines_about_one_event_are_told_of_every_pod_of_the_listener(tmp_path: Path) -> None:
    world = small_world(
        objects=(listener_pod("el-1", "lane"), listener_pod("el-2", "lane"), listener_pod("el-3", "foreign")),
        logs=(
            said(1, "el-1", f'{{"eventID":"{OTHER}","msg":"interceptor stopped trigger processing"}}'),
            said(2, "el-1", f'{{"eventID":"{EVENT}","msg":"filter expression was false"}}'),
            said(2, "el-3", f'{{"eventID":"{EVENT}","msg":"of another listener"}}'),
            said(8, "el-2", f'{{"eventID":"{EVENT}","msg":"ResolvedParams"}}'),
        ),
    )

    def source(cluster: Cluster) -> Source:
        return ListenerLines(cluster, "ci", "lane", EVENT)

    once = lines(tmp_path, world, source, at=5)
    assert [json.loads(line.split(" ", 1)[1])["msg"] for line in once] == ["filter expression was false"]
    followed = lines(tmp_path, world, source, at=5, followed=30)
    assert [json.loads(line.split(" ", 1)[1])["msg"] for line in followed] == [
        "filter expression was false",
        "ResolvedParams",
    ]


def test_a_listener_without_pods_is_absent_and_not_silent(tmp_path: Path) -> None:
    with pytest.raises(ReadFailure, match="no Pod of EventListener ci/lane") as caught:
        lines(tmp_path, small_world(), lambda cluster: ListenerLines(cluster, "ci", "lane", EVENT), at=5)
    assert caught.value.outcome is Outcome.ABSENT
