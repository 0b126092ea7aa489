"""Writes a world down: what scenarios call to say "at this second this became true".

A Recorder is the only thing in the simulator that changes while a world is built; `world()` ends it. Every invented
identifier is derived from the seed and from what it names, so the order in which a scenario speaks does not matter.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from lanewatch.simulator.images import Image
from lanewatch.simulator.names import LaneNames
from lanewatch.simulator.objects.meta import Object, key, merged
from lanewatch.simulator.world import (
    ArtifactFile,
    Beat,
    Blob,
    Document,
    HealthChange,
    Json,
    LedgerEntry,
    LogChunk,
    ObjectChange,
    RefChange,
    TagChange,
    World,
)

UNVERSIONED = frozenset({  # kinds whose metadata has no generation
    "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Event", "Namespace", "Node", "Role", "RoleBinding", "Service",
})  # fmt: skip
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(slots=True)
class Recorder:
    """Everything that was said so far about one world."""

    scenario: str
    seed: int
    start: datetime
    end: float  # the last event's second; for a story that never ends, the second at which it is told
    names: LaneNames
    repositories: Path
    objects: list[ObjectChange] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    refs: list[RefChange] = field(default_factory=list)
    logs: list[LogChunk] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    tags: list[TagChange] = field(default_factory=list)
    artifacts: list[ArtifactFile] = field(default_factory=list)
    health: list[HealthChange] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    live: dict[tuple[str, str, str, str], Object] = field(default_factory=dict)
    changed: dict[tuple[str, str, str, str], float] = field(default_factory=dict)  # last change of each object

    # -- identifiers -------------------------------------------------------------------------------------------

    def hexes(self, length: int, *parts: object) -> str:
        """`length` hex digits (at most 64) that stand for `parts` in this seed."""
        return hashlib.sha256("/".join([str(self.seed), *map(str, parts)]).encode()).hexdigest()[:length]

    def number(self, below: int, *parts: object) -> int:
        """A number from 0 up to but not including `below`."""
        return int(self.hexes(12, *parts), 16) % below

    def uid(self, *parts: object) -> str:
        """A uid for what `parts` name."""
        return str(uuid.UUID(hex=self.hexes(32, "uid", *parts), version=4))

    def suffix(self, *parts: object) -> str:
        """Five letters as Kubernetes makes them for generateName."""
        digits = self.hexes(40, "suffix", *parts)
        return "".join(SUFFIX_LETTERS[int(digits[n * 4 : n * 4 + 4], 16) % len(SUFFIX_LETTERS)] for n in range(5))

    def stamp(self, at: float) -> str:
        """RFC 3339, whole seconds, as World.stamp."""
        return (self.start + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def precise(self, at: float, digits: int) -> str:
        """RFC 3339 with `digits` fraction digits (at most 9)."""
        moment = self.start + timedelta(seconds=at)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}000"[:digits] + "Z"

    # -- Kubernetes --------------------------------------------------------------------------------------------

    def put(self, at: float, made: Json) -> Object:
        """An object that exists from `at` on; gets the uid, creationTimestamp and generation that it has not."""
        name = key(made)
        meta = {
            "uid": self.uid(*name, at),
            "creationTimestamp": self.stamp(at),
            **({} if made["kind"] in UNVERSIONED else {"generation": 1}),
            **made["metadata"],
        }
        whole: Object = {**made, "metadata": meta}
        self._change(at, "ADDED", whole)
        return whole

    def patch(self, at: float, target: Json, change: Mapping[str, Any]) -> Object:
        """The newest state of `target` with an RFC 7386 merge patch applied from `at` on."""
        whole = merged(self.live[key(target)], change)
        self._change(at, "MODIFIED", whole)
        return whole

    def remove(self, at: float, target: Json) -> None:
        """The object is gone from `at` on."""
        self._change(at, "DELETED", self.live[key(target)])

    def _change(self, at: float, kind: Literal["ADDED", "MODIFIED", "DELETED"], whole: Object) -> None:
        """Raises ValueError when an object's story is told out of order."""
        name = key(whole)
        if at < self.changed.get(name, at):
            raise ValueError(f"{name} changed at {self.changed[name]}, so it cannot change at {at}")
        self.changed[name] = at
        if kind == "DELETED":
            del self.live[name]
        else:
            self.live[name] = whole
        self.objects.append(ObjectChange(at, kind, whole))

    # -- everything else ---------------------------------------------------------------------------------------

    def document(self, at: float, collection: str, name: str, value: Json | None) -> None:
        """A Gitea resource as it is from `at` on; see world.Document."""
        self.documents.append(Document(at, collection, name, value))

    def move(self, at: float, repository: str, ref: str, sha: str | None) -> None:
        """A ref that moves at `at`; see world.RefChange."""
        self.refs.append(RefChange(at, repository, ref, sha))

    def log(self, at: float, stream: tuple[str, ...], data: bytes) -> None:
        """Bytes that a log gains at `at`; see world.LogChunk."""
        self.logs.append(LogChunk(at, stream, data))

    def push(self, at: float, repository: str, image: Image, *tags: str) -> None:
        """The registry has the image from `at` on, by its digests and under these tags."""
        self.blobs.extend(image.blobs(at, repository))
        self.tags.extend(TagChange(at, repository, tag, image.digest) for tag in tags)

    def artifact(self, at: float, number: int, data: bytes) -> None:
        """The zip of artifact `number` from `at` on."""
        self.artifacts.append(ArtifactFile(at, number, data))

    def tell(self, at: float, stage: str, state: str, what: str, **facts: Any) -> None:
        """One line of the ledger."""
        self.ledger.append(LedgerEntry(round(at, 3), stage, state, what, facts))

    def world(self, commit: str | None) -> World:
        """The finished world, about `commit`."""
        return World(
            scenario=self.scenario,
            seed=self.seed,
            start=self.start,
            end=self.end,
            commit=commit,
            repositories=self.repositories,
            objects=tuple(sorted(self.objects, key=_when)),
            documents=tuple(sorted(self.documents, key=_when)),
            refs=tuple(sorted(self.refs, key=_when)),
            logs=tuple(sorted(self.logs, key=_when)),
            blobs=tuple(sorted(self.blobs, key=_when)),
            tags=tuple(sorted(self.tags, key=_when)),
            artifacts=tuple(sorted(self.artifacts, key=_when)),
            health=tuple(sorted(self.health, key=_when)),
            ledger=tuple(sorted(self.ledger, key=_when)),
            beats=tuple(self.beats),
            secrets=tuple(self.secrets),
        )


def _when(change: Any) -> float:
    at: float = change.at
    return at
