"""`record FOLDER` (not in --help): what a live lane tells, redacted, as a recording that the tests play.

For `--for` seconds, or until interrupted, the clusters are listed and watched, each plane into a file of its own; then
one sweep asks everything that `status` asks, and its raw answers are kept. The folder appears whole, or not at all.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from lanewatch import __version__
from lanewatch.clients.clock import Clock, SystemClock
from lanewatch.clients.native import Resource
from lanewatch.clients.opening import Clients, open_clients
from lanewatch.clients.overhearing import overhearing
from lanewatch.commands.errors import UsageError
from lanewatch.commands.lane import open_lane
from lanewatch.commands.sources import sources
from lanewatch.output.exit_codes import DONE, UNKNOWN
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.text import decode, safe_block
from lanewatch.watch.live import LiveSession
from lanewatch.watch.raw_answers import RawAnswers
from lanewatch.watch.recording import ARGO_KINDS, CI_KINDS, RUNTIME_KINDS, Recording
from lanewatch.watch.waiting import settle

STREAM: Final = "watch.ndjson"
ANSWERS: Final = "answers.ndjson"
ABOUT: Final = "lane.json"
SWEEP_SECONDS: Final = 30.0


@dataclass(slots=True)
class Told:
    """What came of it: lines by plane and kind, and why a kind is missing."""

    counts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)  # of the API server, by plane
    answers: int = 0


def run(arguments: Namespace) -> int:
    found = sources(arguments)
    lane, connections = found.lane(arguments.target), found.connect()
    with whole_folder(arguments.folder) as partial, tempfile.TemporaryDirectory() as cache:
        for file in found.spec:
            _write(partial / "config" / file.path.name, safe_block(decode(file.data)))
        told = asyncio.run(_recorded(arguments, lane, connections, partial, Path(cache)))
        if not told.answers and not any(told.counts.values()):
            raise NothingRead(next(iter(told.failures.values()), "nothing answered in time"))
    for what, reason in told.failures.items():
        print(f"lanewatch: {what}: {reason}", file=sys.stderr)
    lines = [f"{count} {plane} {kind}" for plane, kinds in told.counts.items() for kind, count in kinds.items()]
    print(f"{arguments.folder}: {', '.join([*lines, f'{told.answers} answers'])}; read it before you send it")
    return DONE if told.answers else UNKNOWN


class NothingRead(UsageError):
    """Nothing answered, so there is no recording."""


async def _recorded(arguments: Namespace, lane: Lane, connections: Connections, folder: Path, cache: Path) -> Told:
    told = Told()
    clock = SystemClock()
    await record_streams(connections, lane, folder, arguments.seconds, clock, cache, told)
    session = open_lane(arguments)
    await record_answers(session, folder, about(lane, connections, clock, told), told)
    return told


async def record_streams(
    connections: Connections, lane: Lane, folder: Path, seconds: float | None, clock: Clock, cache: Path, told: Told
) -> None:
    """Every plane's lists and watches, for `seconds` (None: until interrupted, which ends it as well as time does)."""
    clients = open_clients(connections, clock, cache)
    with ExitStack() as files:
        recordings = {plane: _recording(plane, lane, clients, clock, files, folder) for plane in clients.clusters}
        try:
            with suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(seconds):
                    await asyncio.gather(*(recording.run() for recording in recordings.values()))
        finally:
            await clients.close()
    for plane, recording in recordings.items():
        told.counts[plane], told.hosts[plane] = recording.counts, clients.clusters[plane].host
        told.failures |= {f"{plane} {kind}": reason for kind, reason in recording.failures.items()}


def _recording(plane: str, lane: Lane, clients: Clients, clock: Clock, files: ExitStack, folder: Path) -> Recording:
    """`watch.ndjson` is the ci plane's, as tests/recordings/tekton has it; the others stand in folders of their own."""
    planes: dict[str, tuple[str, Mapping[str, Resource]]] = {
        "ci": (lane.pipeline_namespace, CI_KINDS),
        "argo": (lane.argo_namespace, ARGO_KINDS),
        "runtime": (lane.runtime_namespace, RUNTIME_KINDS),
    }
    namespace, kinds = planes[plane]
    stream = files.enter_context(_opened(folder / ("" if plane == "ci" else plane) / STREAM))
    return Recording(clients.clusters[plane], namespace, kinds, clock, clients.redactor, stream)


async def record_answers(session: LiveSession, folder: Path, told_about: dict[str, Any], told: Told) -> None:
    """One whole sweep, its raw answers and what lanewatch concluded from them."""
    answers = RawAnswers()
    with overhearing(answers.hear):
        async with session:
            await settle(session, SWEEP_SECONDS)
            rollout, redactor = session.rollout, session.redactor
    lines = list(answers.lines(redactor))
    told.answers = len(lines)
    _write(folder / ANSWERS, "".join(lines))
    _write(folder / ABOUT, json.dumps(told_about | {"concluded": _concluded(rollout)}, indent=1) + "\n")


def about(lane: Lane, connections: Connections, clock: Clock, told: Told) -> dict[str, Any]:
    """What it takes to ask the same questions again: who was asked where, about which target, and when."""
    known = connections
    return {
        "lanewatch": __version__,
        "target": lane.target,
        "at": clock.now().wall.isoformat(),
        "gitea": None if known.gitea is None else known.gitea.url,
        "registry": None if known.registry is None else known.registry.url,
        "kubernetes": told.hosts,
        "health": None if known.health is None else known.health.model_dump(mode="json", exclude_none=True),
        "snapshots": None if known.snapshots is None else known.snapshots.repository,
        "pushedAt": None if known.pushed_at is None else known.pushed_at.isoformat(),
    }


def _concluded(rollout: Rollout) -> dict[str, Any]:
    return {
        "commit": rollout.commit,
        "state": rollout.state,
        "stages": {stage.id: stage.state for stage in rollout.stages},
        "says": {stage.id: stage.says for stage in rollout.stages},
    }


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder for writing (0700) that gets its name when the block has ended well. Raises UsageError."""
    if folder.exists():
        raise UsageError(f"{folder} is there already: name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    try:
        yield partial
        partial.replace(folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _opened(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def _write(path: Path, text: str) -> None:
    with _opened(path) as file:
        file.write(text)
