"""Logs that are documents: a commit with its diff, a plan, an object's events, what an EventListener said of one event.

Each is read whole; followed, an object's events and an EventListener's lines are looked for again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import EVENTS, PODS, read_list
from lanewatch.clients.pod_logs import log_stream
from lanewatch.clients.shape import JsonObject, field, objects, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.logs.sources import Asked, Piece
from lanewatch.rollout.facts import Outcome

POLL_SECONDS: Final = 5.0
LISTENER_LABEL: Final = "eventlistener"  # Tekton Triggers puts it on the EventListener's Pods
_LISTENER_CAP: Final = 64 << 20  # bytes of one EventListener Pod's log that are looked through
_READ_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class CommitDiff:
    """A commit: who, when, message, and its diff against its first parent."""

    gitea: Gitea
    repository: str
    sha: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        commit = await self.gitea.commit(self.repository, self.sha)
        yield f"commit {self.sha}\n".encode()
        for who in ("author", "committer"):
            name, date = optional(commit, f"commit.{who}.name", str), optional(commit, f"commit.{who}.date", str)
            yield f"{who} {name or 'unknown'} at {date or 'unknown'}\n".encode()
        yield f"\n{field(commit, 'commit.message', str)}\n\n".encode()
        yield await self.gitea.commit_diff(self.repository, self.sha)


@dataclass(frozen=True, slots=True)
class ArtifactText:
    """The JSON file in an artifact, one value a line."""

    gitea: Gitea
    repository: str
    artifact: int

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        data = await self.gitea.artifact_file(self.repository, self.artifact)
        try:
            yield json.dumps(parse_json(data), ensure_ascii=False, indent=2).encode()
        except JsonError as error:
            yield f"this is no JSON ({error}); as it was sent:\n".encode()
            yield data


@dataclass(frozen=True, slots=True)
class ObjectEvents:
    """The events about one object by name; Kubernetes forgets them after an hour."""

    cluster: Cluster
    namespace: str
    name: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        told: set[tuple[str, int]] = set()
        while True:
            listing = await read_list(self.cluster, EVENTS, self.namespace, fields=f"involvedObject.name={self.name}")
            for event in sorted(listing.items, key=_event_time):
                key = (field(event, "metadata.name", str), optional(event, "count", int) or 1)
                if key not in told:
                    told.add(key)
                    yield _event_line(event)
            if not asked.follow:
                return
            await asyncio.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class ListenerLines:
    """What the EventListener's Pods logged about one event: the only place that explains a 202 without a run."""

    cluster: Cluster
    namespace: str
    listener: str
    event_id: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        told: set[bytes] = set()
        while True:
            pods = await read_list(self.cluster, PODS, self.namespace, labels=f"{LISTENER_LABEL}={self.listener}")
            if not pods.items:
                raise ReadFailure(Outcome.ABSENT, f"no Pod of EventListener {self.namespace}/{self.listener}")
            for pod in pods.items:
                async for line in self._lines(field(pod, "metadata.name", str), _first_container(pod)):
                    if line not in told:
                        told.add(line)
                        yield line
            if not asked.follow:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _lines(self, pod: str, container: str) -> AsyncGenerator[bytes, None]:
        wanted, rest, seen = self.event_id.encode(), b"", 0
        async with log_stream(self.cluster, self.namespace, pod, container, follow=False, idle=_READ_SECONDS) as stream:
            async for chunk in stream.chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                seen += len(chunk)
                for line in lines:
                    if wanted in line:
                        yield line + b"\n"
                if seen > _LISTENER_CAP:
                    return
        if wanted in rest:
            yield rest + b"\n"


def _first_container(pod: JsonObject) -> str:
    return field(objects(pod, "spec.containers")[0], "name", str)


def _event_time(event: JsonObject) -> str:
    names = ("eventTime", "lastTimestamp", "firstTimestamp", "metadata.creationTimestamp")
    return next((time for name in names if (time := optional(event, name, str))), "")


def _event_line(event: JsonObject) -> bytes:
    parts = [optional(event, name, str) or "" for name in ("type", "involvedObject.kind", "reason", "message")]
    count = optional(event, "count", int) or 1
    told = " ".join(" ".join(part.split("\n")) for part in parts if part)
    return f"{_event_time(event)} {told}{f' (x{count})' if count > 1 else ''}\n".encode()
