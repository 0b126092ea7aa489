"""A recorded lane asked again: its raw answers behind real sockets, and the product's whole sweep over them.

`lanewatch record FOLDER` made the folder: `answers.ndjson` (also .xz), `lane.json`, `config/`. What was not asked then
is 404 now, and nothing can be watched: it is polled, which gives the same lists.
"""

from __future__ import annotations

import io
import json
import lzma
import time
import zipfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lanewatch.rollout.facts import Moment
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Handler, Request, Response, json_response, serve
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.loading import load_spec
from lanewatch.watch import assembly
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle

SPEC = "cicd-gitea-actions-poc.yaml"
Line = dict[str, Any]
Query = frozenset[tuple[str, str]]


class RecordedClock:
    """Goes on from the moment of the recording."""

    def __init__(self, at: str) -> None:
        self._began = time.monotonic()
        self._at = datetime.fromisoformat(at)

    def now(self) -> Moment:
        steady = time.monotonic()
        return Moment(self._at + timedelta(seconds=steady - self._began), steady)


def answers_of(folder: Path) -> Iterator[Line]:
    packed = folder / "answers.ndjson.xz"
    with lzma.open(packed, "rt") if packed.exists() else (folder / "answers.ndjson").open() as lines:
        yield from map(json.loads, lines)


def handler(recorded: list[Line]) -> Handler:
    """Answers what was answered: to the same path and query, else to the same path where it was asked once only."""
    known: dict[tuple[str, Query], Line] = {}
    paths: dict[str, list[Line]] = {}
    for line in recorded:
        parts = urlsplit(line["url"])
        known[unquote(parts.path), frozenset(parse_qsl(parts.query))] = line
        paths.setdefault(unquote(parts.path), []).append(line)

    async def respond(request: Request) -> Response:
        if ("watch", "true") in request.query:
            return json_response({"kind": "Status", "code": 403, "message": "not recorded"}, 403)
        line = known.get((request.path, frozenset(request.query)))
        alone = paths.get(request.path, [])
        if line is None and len(alone) == 1:
            line = alone[0]
        if line is None:
            return json_response({"kind": "Status", "code": 404, "message": "not recorded"}, 404)
        kept = ((name, value) for name, value in line["headers"].items() if name not in ("date", "age"))
        return Response(line["status"], _body(line), tuple(kept))

    return respond


def _body(line: Line) -> bytes:
    if "zip" not in line:
        return str(line.get("text", "")).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in line["zip"].items():
            archive.writestr(name, text)
    return packed.getvalue()


async def replayed(folder: Path, work: Path) -> Rollout:
    """What a sweep concludes now from the answers of then."""
    told = json.loads((folder / "lane.json").read_text())
    lane = load_spec(folder / "config" / SPEC).lane(told["target"])
    clock = RecordedClock(told["at"])
    async with AsyncExitStack() as stack:
        urls = await _served(stack, list(answers_of(folder)), told["at"])
        (work / "connections.yaml").write_text(handover.as_yaml(_connections(told, urls, work)))
        connections = load_connections(work / "connections.yaml")
        operator = OperatorReport(
            commit=told["concluded"]["commit"],
            commit_by="connections",
            pushed_at=connections.pushed_at,
            upstream_configured=False,
        )
        session = LiveSession(lane, clock, lambda: assembly.connect(lane, connections, operator, clock))
        await stack.enter_async_context(session)
        await settle(session, 25)
        return session.rollout


async def _served(stack: AsyncExitStack, recorded: list[Line], at: str) -> dict[str, str]:
    """One server for each host that was asked; its address by that host."""
    clock, urls = WorldClock(datetime.fromisoformat(at), 0.0, time.monotonic(), 1.0, time.monotonic), {}
    for host in {urlsplit(line["url"]).netloc for line in recorded}:
        own = [line for line in recorded if urlsplit(line["url"]).netloc == host]
        server = await serve(handler(own), clock, name=host)
        stack.push_async_callback(server.close)
        urls[host] = server.url
    return urls


def _connections(told: dict[str, Any], urls: dict[str, str], work: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for section in ("gitea", "registry"):
        if told[section]:
            parts = urlsplit(told[section])
            found[section] = {"url": urls.get(parts.netloc, "http://127.0.0.1:9") + parts.path}
    planes = told["kubernetes"]
    for plane, host in planes.items():
        file = work / f"{plane}.kubeconfig"
        file.write_text(json.dumps(_kubeconfig(urls.get(host, "http://127.0.0.1:9"))))
        found.setdefault("kubernetes", {})[plane] = {"kubeconfig": str(file), "context": "recorded"}
    if told["health"]:
        found["health"] = dict(told["health"])
        if "url" in found["health"]:
            parts = urlsplit(found["health"]["url"])
            found["health"]["url"] = urls.get(parts.netloc, "http://127.0.0.1:9") + parts.path
    if told["snapshots"]:
        found["snapshots"] = {"repository": told["snapshots"]}
    if told["pushedAt"]:
        found["pushedAt"] = told["pushedAt"]
    return found


def _kubeconfig(server: str) -> dict[str, Any]:
    names = {"cluster": "recorded", "user": "recorded"}
    return {
        "clusters": [{"name": "recorded", "cluster": {"server": server}}],
        "contexts": [{"name": "recorded", "context": names}],
        "users": [{"name": "recorded", "user": {}}],
    }
