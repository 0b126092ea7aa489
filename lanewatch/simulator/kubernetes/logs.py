"""pods/NAME/log: what a container printed, cut as the kubelet cuts it (reference argo-k8s-oci 2.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lanewatch.simulator.http import Request, Response
from lanewatch.simulator.kubernetes.answers import refusal
from lanewatch.simulator.world import World

Line = tuple[datetime, bytes]
LINE = re.compile(rb"[^\n]*\n|[^\n]+")  # only LF ends a line
TEXT = (("Content-Type", "text/plain"),)


class PodLogs:
    """The container logs of a world, by (namespace, pod, container[, "previous"])."""

    def __init__(self, world: World) -> None:
        self._start = world.start
        self._streams: dict[tuple[str, ...], list[tuple[float, bytes]]] = {}
        for chunk in world.logs:
            if chunk.stream[0] == "container":
                self._streams.setdefault(chunk.stream[1:], []).append((chunk.at, chunk.data))

    def answer(self, request: Request, pod: Mapping[str, Any], at: float) -> Response:
        """The log of one container of this Pod as of second `at`."""
        meta, spec = pod["metadata"], pod["spec"]
        every = [item["name"] for item in (*spec["containers"], *spec.get("initContainers", ()))]
        name = request.first("container") or (every[0] if len(every) == 1 else "")
        if not name:
            choose = f"a container name must be specified for pod {meta['name']}, choose one of: [{' '.join(every)}]"
            return refusal(400, choose)
        if name not in every:
            return refusal(400, f"container {name} is not valid for pod {meta['name']}")
        stream: tuple[str, ...] = (meta["namespace"], meta["name"], name)
        if request.first("previous") in ("true", "1"):
            stream = (*stream, "previous")
            if stream not in self._streams:
                return refusal(400, f'previous terminated container "{name}" in pod "{meta["name"]}" not found')
        elif waits := _waits(pod, name):
            return refusal(400, f'container "{name}" in pod "{meta["name"]}" is waiting to start: {waits}')
        try:
            return Response(200, cut(request, self._lines(stream, at), self._start + timedelta(seconds=at)), TEXT)
        except ValueError as problem:
            return refusal(400, f"invalid log options: {problem}")

    def _lines(self, stream: tuple[str, ...], at: float) -> list[Line]:
        chunks = self._streams.get(stream, ())
        return [
            (self._start + timedelta(seconds=second), line)
            for second, data in chunks
            if second <= at
            for line in LINE.findall(data)
        ]


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


def _stamped(when: datetime) -> bytes:
    return (when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond:06d}000Z ").encode()


def _waits(pod: Mapping[str, Any], name: str) -> str:
    """Why a container has not started yet; "" when it has, or when nobody has scheduled the Pod (an empty log)."""
    for item in pod["status"].get("containerStatuses", ()):
        if item["name"] == name and "waiting" in item["state"]:
            return str(item["state"]["waiting"].get("reason", "ContainerCreating"))
    return ""
