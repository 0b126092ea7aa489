"""The world of one lane: everything that ever happens in it, as dated changes.

A world is pure data. Scenarios write it, servers answer from it ("what was true at second `at`?"), the ledger is read
off it. Seconds count from the lane's start (the push); negative seconds are history that was there before. Nothing in a
world changes after it is built, so the same seed and start give the same answers for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """A Kubernetes object as the API server holds it from `at` on. `object` is whole but for resourceVersion."""

    at: float
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Json


@dataclass(frozen=True, slots=True)
class Document:
    """A Gitea resource as its REST API shows it from `at` on; `value` None deletes it.

    collection: "repos" (key "owner/name"), "runs" (key "owner/name/ID"), "jobs" (key "owner/name/ID", value has
    run_id), "artifacts" (key "owner/name/ID", value as in the REST list), "runners" (key "owner/name/ID").
    Values are wire shapes of Gitea 1.26 (reference gitea.md 3.8) without `url` fields, which the server adds.
    """

    at: float
    collection: str
    key: str
    value: Json | None


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref that moves at `at`. repository: "upstream/owner/name" or "gitea/owner/name"; sha None deletes the ref.

    A move in a "gitea/" repository brings the commit's objects from upstream, as a mirror's fetch does.
    """

    at: float
    repository: str
    ref: str
    sha: str | None


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Bytes that a log gained at `at`.

    stream: ("job", "ID") or ("container", namespace, pod, container), all instances of the container in one stream.
    """

    at: float
    stream: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Rotation:
    """From `at` on, what a container printed before is no longer served: the kubelet serves the current file only."""

    at: float
    stream: tuple[str, ...]  # as in LogChunk


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes in the registry from `at` on, by digest; media_type is None for plain blobs and set for manifests."""

    at: float
    repository: str
    digest: str
    data: bytes
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class TagChange:
    """A registry tag that points at `digest` from `at` on."""

    at: float
    repository: str
    tag: str
    digest: str


@dataclass(frozen=True, slots=True)
class HealthChange:
    """What the workload's health path answers from `at` on; status 0 = connection refused."""

    at: float
    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """The zip of a Gitea artifact from `at` on."""

    at: float
    artifact_id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Beat:
    """What keeps moving after the lane's end: every `every` seconds from `first` on, the time at `field` of an object.

    object: (apiVersion, kind, namespace, name). The n-th beat is one more change of that object, so it has a
    resourceVersion of its own. Beats never start before the world's last object change.
    """

    first: float
    every: float
    object: tuple[str, str, str, str]
    field: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What truly happened: at `at` this stage (or "lane") entered `state`; `what` is what a person would say."""

    at: float
    stage: str
    state: str
    what: str
    facts: Json


@dataclass(frozen=True, slots=True)
class World:
    """One lane, complete."""

    scenario: str
    seed: int
    start: datetime  # UTC, whole seconds: the push
    end: float  # the last event's second, or the declared one for a scenario that never ends
    commit: str | None  # what --write-connections writes; None writes none
    repositories: Path  # bare git repositories: <repositories>/<repository of RefChange>.git; upstream has all objects
    objects: tuple[ObjectChange, ...]
    documents: tuple[Document, ...]
    refs: tuple[RefChange, ...]
    logs: tuple[LogChunk, ...]
    blobs: tuple[Blob, ...]
    tags: tuple[TagChange, ...]
    artifacts: tuple[ArtifactFile, ...]
    health: tuple[HealthChange, ...]
    ledger: tuple[LedgerEntry, ...]
    beats: tuple[Beat, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    secrets: tuple[str, ...] = ()  # planted secrets that must never leave the product

    def stamp(self, at: float) -> str:
        """The second `at` as the systems write it: RFC 3339, whole seconds, UTC."""
        return (self.start + timedelta(seconds=math.floor(at))).strftime("%Y-%m-%dT%H:%M:%SZ")
