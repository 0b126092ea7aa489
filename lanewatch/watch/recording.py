"""Records what a cluster tells of a live lane, plane by plane, so that what one user saw becomes a test.

One `watch.ndjson`: `{"t": ms since the start, "kind", "type", "object"}` a line, in the order of arrival. `type` is
LIST (the answer that precedes a watch, and each later one), ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. Objects
are as the server sent them but for secrets, control characters and `managedFields`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final

from lanewatch.authorities.tekton_lists import CUSTOM_RUNS
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import (
    APPLICATIONS,
    DEPLOYMENTS,
    EVENTS,
    JOBS,
    PIPELINE_RUNS,
    PODS,
    REPLICA_SETS,
    TASK_RUNS,
    Listing,
    Resource,
    read_list,
)
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome
from lanewatch.text import Redactor, mask_object

CI_KINDS: Final[Mapping[str, Resource]] = {
    "PipelineRun": PIPELINE_RUNS,
    "TaskRun": TASK_RUNS,
    "CustomRun": CUSTOM_RUNS,
    "Pod": PODS,
    "Event": EVENTS,
    "Job": JOBS,
}
ARGO_KINDS: Final[Mapping[str, Resource]] = {"Application": APPLICATIONS, "Event": EVENTS}
RUNTIME_KINDS: Final[Mapping[str, Resource]] = {
    "Deployment": DEPLOYMENTS,
    "ReplicaSet": REPLICA_SETS,
    "Pod": PODS,
    "Event": EVENTS,
}
STREAM_SECONDS = 240
AGAIN_SECONDS = 2.0  # after a stream's end or refusal: a list that may not be watched is polled
HOPELESS = frozenset({Outcome.DENIED, Outcome.UNSUPPORTED, Outcome.UNCONFIGURED})


@dataclass(slots=True)
class Recording:
    """Lists and watches every kind of one namespace at once; `into` gets the lines as they come."""

    cluster: Cluster
    namespace: str
    kinds: Mapping[str, Resource]
    clock: Clock
    redactor: Redactor
    into: IO[str]
    counts: dict[str, int] = field(default_factory=dict)  # lines by kind
    failures: dict[str, str] = field(default_factory=dict)  # kinds that could not be listed, or not again, and why

    async def run(self) -> None:
        """Record until cancelled, or until no kind can be read. Raises OSError when a line cannot be written."""
        began = self.clock.now().steady
        try:
            async with asyncio.TaskGroup() as group:
                for kind in self.kinds:
                    group.create_task(self._follow(kind, began))
        except ExceptionGroup as broken:
            raise broken.exceptions[0] from None

    async def _follow(self, kind: str, began: float) -> None:
        while True:
            try:
                listing = await read_list(self.cluster, self.kinds[kind], self.namespace)
                self._write(kind, "LIST", _as_served(kind, self.kinds[kind], listing), began)
                self.failures.pop(kind, None)
                await self._stream(kind, listing.resource_version, began)
            except ReadFailure as failure:
                self.failures[kind] = failure.reason
                if failure.outcome in HOPELESS:
                    return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _stream(self, kind: str, version: str, began: float) -> None:
        """One watch to its end. A list follows whatever ended it."""
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version),
            ("timeoutSeconds", str(STREAM_SECONDS)),
        ]
        path = self.kinds[kind].path(self.namespace)
        async with self.cluster.stream(path, query, idle=STREAM_SECONDS + 15) as stream:
            if stream.status != 200:
                return
            async for line in stream.lines:
                told = _event(line)
                self._write(kind, told["type"], told["object"], began)
                if told["type"] == "ERROR":
                    return

    def _write(self, kind: str, event: str, native: Any, began: float) -> None:
        milliseconds = round((self.clock.now().steady - began) * 1000)
        line = {"t": milliseconds, "kind": kind, "type": event, "object": mask_object(native, self.redactor)}
        self.into.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.counts[kind] = self.counts.get(kind, 0) + 1


def _as_served(kind: str, resource: Resource, listing: Listing) -> dict[str, Any]:
    """The list's own form, all its pages as one."""
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    meta = {"resourceVersion": listing.resource_version}
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": meta, "items": list(listing.items)}


def _event(line: bytes) -> dict[str, Any]:
    """Raises ReadFailure `invalid` for a line that is no watch event."""
    try:
        told = parse_json(line)
    except JsonError as error:
        raise ReadFailure(Outcome.INVALID, f"watch: {error}") from None
    if isinstance(told, dict) and isinstance(told.get("object"), dict) and isinstance(told.get("type"), str):
        return told
    raise ReadFailure(Outcome.INVALID, "watch: a line that is no event")
