"""`record FOLDER` (not in --help): what the CI cluster tells of the lane, redacted, as a recording for the tests.

Runs for `--for` seconds, or until interrupted; either way the file appears whole, or not at all.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lanewatch.clients.clock import Clock, SystemClock
from lanewatch.clients.opening import open_clients
from lanewatch.commands.errors import UsageError
from lanewatch.commands.lane import selected_lane
from lanewatch.commands.sources import connections_path
from lanewatch.output.exit_codes import DONE, UNKNOWN
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.watch.recording import Recording

STREAM = "watch.ndjson"


def run(arguments: Namespace) -> int:
    lane, connections = selected_lane(arguments), load_connections(connections_path(arguments.connections))
    if connections.kubernetes is None:
        raise UsageError("connections name no kubernetes: there is nothing to record")
    with whole_file(arguments.folder) as stream, tempfile.TemporaryDirectory() as cache:
        recording = asyncio.run(
            record(connections, lane.pipeline_namespace, stream, arguments.seconds, SystemClock(), Path(cache))
        )
        if not recording.counts:
            raise NothingRead(next(iter(recording.failures.values()), "nothing answered in time"))
    return _told(recording, arguments.folder / STREAM)


class NothingRead(UsageError):
    """No kind could be listed, so there is no recording."""


async def record(
    connections: Connections, namespace: str, stream: IO[str], seconds: float | None, clock: Clock, cache: Path
) -> Recording:
    """Record for `seconds` (None: until interrupted, which ends it as well as time does)."""
    clients = open_clients(connections, clock, cache)
    recording = Recording(clients.clusters["ci"], namespace, clock, clients.redactor, stream)
    try:
        with suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(seconds):
                await recording.run()
    finally:
        await clients.close()
    return recording


@contextmanager
def whole_file(folder: Path) -> Iterator[IO[str]]:
    """`folder`/watch.ndjson for writing (0600); it gets its name when the block has ended well. Raises UsageError."""
    place = folder / STREAM
    if place.exists():
        raise UsageError(f"{place} is there already: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(prefix=f".{STREAM}.", dir=folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            yield stream
        Path(partial).replace(place)
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    finally:
        Path(partial).unlink(missing_ok=True)


def _told(recording: Recording, place: Path) -> int:
    for kind, reason in recording.failures.items():
        print(f"lanewatch: {kind}: {reason}", file=sys.stderr)
    print(f"{place}: {', '.join(f'{count} {kind}' for kind, count in recording.counts.items())}")
    return UNKNOWN if "PipelineRun" not in recording.counts else DONE
