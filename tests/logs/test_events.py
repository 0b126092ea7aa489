"""Events of an object and an EventListener's lines about one event: read whole, each told once when followed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.events import ListenerLines, ObjectEvents
from lanewatch.logs.sources import Asked, Mark, Source, Waiting
from lanewatch.rollout.facts import Outcome
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Handler, Request, Response, serve
from lanewatch.simulator.kubernetes import Rights, handler
from lanewatch.simulator.world import LogChunk, ObjectChange, Rotation, World
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
    folder: Path,
    world: World,
    source: Callable[[Cluster], Source],
    *,
    at: float,
    followed: float = 0,
    fails: tuple[float, float] = (0, 0),
) -> list[str]:
    """What the source gives from second `at` on; followed for so many seconds, or read once. Marks begin with "--- ".

    `fails`: between these seconds of the world every answer is a 503.
    """

    async def main() -> list[str]:
        clock = WorldClock(START, at, 0.0, 1.0, asyncio.get_running_loop().time)
        server = await serve(_failing(handler(world, clock, Rights("T1")), clock, *fails), clock)
        (folder / "kubeconfig").write_text(json.dumps(kubeconfig_of(server.url)))
        cluster = Cluster(folder / "kubeconfig", None, clock=LoopClock(), key="kubernetes.ci")
        told: list[str] = []
        try:
            async with asyncio.timeout(followed or 86_400):
                async for piece in source(cluster).pieces(Asked(follow=followed > 0)):
                    if not isinstance(piece, Waiting):
                        told.append(f"--- {piece.text}" if isinstance(piece, Mark) else piece.decode())
        except TimeoutError:
            assert followed
        finally:
            await cluster.close()
            await server.close()
        return told

    return run_jumping(main())


def _failing(serving: Handler, clock: WorldClock, begin: float, end: float) -> Handler:
    async def answer(request: Request) -> Response:
        return Response(503, b"{}") if begin <= clock.at() < end else await serving(request)

    return answer


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


def test_a_failure_that_passes_ends_no_followed_log_and_is_told_when_it_is_over(tmp_path: Path) -> None:
    world = small_world(
        objects=(listener_pod("el-1", "lane"), event(0, "a", "job", "first"), event(25, "b", "job", "second")),
        logs=(
            said(2, "el-1", f"{EVENT} taken"),
            said(20, "el-1", f"{EVENT} dropped"),
            said(60, "el-1", f"{EVENT} end"),
        ),
    )

    def listener(cluster: Cluster) -> Source:
        return ListenerLines(cluster, "ci", "lane", EVENT)

    heard = lines(tmp_path, world, listener, at=5, followed=90, fails=(8, 40))
    assert [line.split(" ", 1)[1].strip() for line in heard if not line.startswith("---")] == [
        f"{EVENT} taken", f"{EVENT} dropped", f"{EVENT} end",
    ]  # fmt: skip
    seen = lines(tmp_path, world, lambda cluster: ObjectEvents(cluster, "ci", "job"), at=5, followed=90, fails=(8, 40))
    assert [line.rsplit(" ", 1)[-1] for line in seen if not line.startswith("---")] == ["first\n", "second\n"]
    for told in (heard, seen):
        (mark,) = [line for line in told if line.startswith("---")]
        assert re.match(r"--- not read for [2-6]\d s: 503", mark)
        assert "missing" not in mark


def test_what_was_rotated_away_between_two_looks_is_one_gap(tmp_path: Path) -> None:
    said_lines = (said(2, "el-1", f"{EVENT} one"), said(7, "el-1", f"{EVENT} lost"), said(9, "el-1", f"{EVENT} two"))
    world = small_world(
        objects=(listener_pod("el-1", "lane"),),
        logs=said_lines,
        rotations=(Rotation(8, ("container", "ci", "el-1", "main")),),
    )
    told = lines(tmp_path, world, lambda cluster: ListenerLines(cluster, "ci", "lane", EVENT), at=5, followed=30)
    assert [line.rsplit(" ", 1)[-1].strip() for line in told] == ["one", "rotated", "two"]
    assert told[1].startswith("--- lines are missing between 14:00:02.000Z and 14:00:09.000Z")


def test_a_listener_without_pods_is_absent_and_not_silent(tmp_path: Path) -> None:
    with pytest.raises(ReadFailure, match="no Pod of EventListener ci/lane") as caught:
        lines(tmp_path, small_world(), lambda cluster: ListenerLines(cluster, "ci", "lane", EVENT), at=5)
    assert caught.value.outcome is Outcome.ABSENT
