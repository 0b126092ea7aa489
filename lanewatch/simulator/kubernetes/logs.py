"""pods/NAME/log: what a container printed, cut as the kubelet cuts it (reference argo-k8s-oci 2.6)."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Request, Response
from lanewatch.simulator.kubernetes.answers import refusal
from lanewatch.simulator.world import World

Line = tuple[datetime, bytes]
Stream = tuple[str, ...]
LOOK_SECONDS = 1.0  # how soon a stream notices that somebody moved the world's clock by hand
LINE = re.compile(rb"[^\n]*\n|[^\n]+")  # only LF ends a line
TEXT = (("Content-Type", "text/plain"),)


class PodLogs:
    """The container logs of a world, by (namespace, pod, container)."""

    def __init__(self, world: World) -> None:
        self._start = world.start
        self._streams: dict[Stream, list[tuple[float, bytes]]] = {}
        self._rotated: dict[Stream, list[float]] = {}
        self._ends = _instance_ends(world)
        for chunk in world.logs:
            if chunk.stream[0] == "container":
                self._streams.setdefault(chunk.stream[1:], []).append((chunk.at, chunk.data))
        for rotation in world.rotations:
            self._rotated.setdefault(rotation.stream[1:], []).append(rotation.at)

    def answer(self, request: Request, pod: Mapping[str, Any], at: float, clock: WorldClock) -> Response:
        """The log of one container of this Pod as of second `at`; with follow=true it goes on."""
        meta, spec = pod["metadata"], pod["spec"]
        every = [item["name"] for item in (*spec["containers"], *spec.get("initContainers", ()))]
        name = request.first("container") or (every[0] if len(every) == 1 else "")
        if not name:
            choose = f"a container name must be specified for pod {meta['name']}, choose one of: [{' '.join(every)}]"
            return refusal(400, choose)
        if name not in every:
            return refusal(400, f"container {name} is not valid for pod {meta['name']}")
        status, previous = _status_of(pod, name), request.first("previous") in ("true", "1")
        if previous and not _last_end(status):
            return refusal(400, f'previous terminated container "{name}" in pod "{meta["name"]}" not found')
        if waits := _waits(status):
            return refusal(400, f'container "{name}" in pod "{meta["name"]}" is waiting to start: {waits}')
        stream: Stream = (meta["namespace"], meta["name"], name)
        lines = _of_instance(status, previous, self._lines(stream, at))
        try:
            data = cut(request, lines, self._start + timedelta(seconds=at))
        except ValueError as problem:
            return refusal(400, f"invalid log options: {problem}")
        if request.first("follow") not in ("true", "1") or previous or "running" not in status.get("state", {}):
            return Response(200, data, TEXT)
        return Response(200, self._followed(request, stream, data, at, clock), TEXT)

    async def _followed(
        self, request: Request, stream: Stream, data: bytes, at: float, clock: WorldClock
    ) -> AsyncIterator[bytes]:
        """What there is, then every line as it is printed, until this instance of the container has ended."""
        yield data
        stamps = request.first("timestamps") in ("true", "1")
        ended = min((end for end in self._ends.get(stream, ()) if end > at), default=math.inf)
        while True:
            now = clock.at()
            for second, data in self._chunks(stream, at, min(now, ended)):
                stamp = _stamped(self._start + timedelta(seconds=second)) if stamps else b""
                yield b"".join(stamp + line for line in LINE.findall(data))
            if ended <= now:
                return
            at = max(at, now)
            due = next((second for second, _ in self._streams.get(stream, ()) if second > at), math.inf)
            await asyncio.sleep(max(0.001, min((min(due, ended) - now) / clock.rate, LOOK_SECONDS)))

    def _chunks(self, stream: Stream, after: float, until: float) -> Iterator[tuple[float, bytes]]:
        for second, data in self._streams.get(stream, ()):
            if after < second <= until:
                yield second, data

    def _lines(self, stream: Stream, at: float) -> list[Line]:
        rotated = max((when for when in self._rotated.get(stream, ()) if when <= at), default=-math.inf)
        return [
            (self._start + timedelta(seconds=second), line)
            for second, data in self._chunks(stream, rotated, at)
            for line in LINE.findall(data)
        ]


def _instance_ends(world: World) -> dict[Stream, list[float]]:
    """By container: the seconds at which it was seen to have ended, or went with its Pod."""
    ends: dict[Stream, list[float]] = {}
    for change in world.objects:
        if change.object["kind"] == "Pod":
            meta = change.object["metadata"]
            for item in change.object.get("status", {}).get("containerStatuses", ()):
                if "running" not in item["state"] or change.type == "DELETED":
                    ends.setdefault((meta["namespace"], meta["name"], item["name"]), []).append(change.at)
    return ends


def cut(request: Request, lines: Sequence[Line], now: datetime) -> bytes:
    """sinceTime or sinceSeconds, then tailLines, then timestamps, then limitBytes. Raises ValueError."""
    since = _since(request, now)
    kept = [line for line in lines if since is None or line[0] >= since]
    if tail := request.first("tailLines"):
        count = int(tail)
        kept = kept[-count:] if count > 0 else []
    if request.first("timestamps") in ("true", "1"):
        data = b"".join(_stamped(when) + text for when, text in kept)
    else:
        data = b"".join(text for _, text in kept)
    limit = request.first("limitBytes")
    return data[: int(limit)] if limit else data


def _since(request: Request, now: datetime) -> datetime | None:
    seconds, moment = request.first("sinceSeconds"), request.first("sinceTime")
    if seconds and moment:
        raise ValueError("at most one of sinceTime or sinceSeconds may be specified")
    if seconds:
        return now - timedelta(seconds=int(seconds))
    if moment:  # the kubelet gets it with second precision
        return datetime.fromisoformat(moment).astimezone(UTC).replace(microsecond=0)
    return None


@lru_cache(maxsize=64)  # lines that are printed at once share theirs
def _stamped(when: datetime) -> bytes:
    return (when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond:06d}000Z ").encode()


def _status_of(pod: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The container's status; an empty one when nobody has scheduled the Pod."""
    statuses: Sequence[Mapping[str, Any]] = pod["status"].get("containerStatuses", ())
    return next((item for item in statuses if item["name"] == name), {})


def _last_end(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the instance before the present one ended; empty without one."""
    ended: Mapping[str, Any] = status.get("lastState", {}).get("terminated", {})
    return ended


def _waits(status: Mapping[str, Any]) -> str:
    """Why a container has not started yet, "" when it has; one that backs off still has the log of its last end."""
    waiting = status.get("state", {}).get("waiting")
    if waiting is None or _last_end(status):
        return ""
    return str(waiting.get("reason", "ContainerCreating"))


def _of_instance(status: Mapping[str, Any], previous: bool, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of one instance of a container that was started again: the present one, else the one before it."""
    last, state = _last_end(status), status.get("state", {})
    if not last:
        return lines
    present: Mapping[str, Any] = state.get("running") or state.get("terminated") or {}
    if present and not previous:
        return [line for line in lines if line[0] >= _moment(present["startedAt"])]
    begun, ended = _moment(last["startedAt"]), _moment(last["finishedAt"]) + timedelta(seconds=1)
    return [line for line in lines if begun <= line[0] < ended]


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)
