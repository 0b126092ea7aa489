"""The records of past rollouts that belong to the arguments' lane; light, for every command that watches reads them."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from lanewatch.commands.sources import connections_path
from lanewatch.rollout.record import Record
from lanewatch.spec.connecting import load_connections
from lanewatch.watch.records import lane_key, read_records, records_path


def remembered(arguments: Namespace, target: str) -> tuple[Record, ...]:
    """The records of the arguments' lane; what could not be read is said on stderr."""
    try:
        found = read_records(records_file(arguments), key_of(arguments, target))
    except OSError as error:
        print(f"lanewatch: past rollouts were not read: {error.strerror}", file=sys.stderr)
        return ()
    if found.skipped:
        print(f"lanewatch: {found.skipped} lines of {records_file(arguments).name} could not be read", file=sys.stderr)
    return found.records


def key_of(arguments: Namespace, target: str) -> str:
    """What tells this lane's records from those of others."""
    return lane_key(target, load_connections(connections_path(arguments.connections)))


def records_file(arguments: Namespace) -> Path:
    """Where records are kept; `demo` may give its own place, so that a demonstration is no history."""
    given: Path | None = getattr(arguments, "records", None)
    return given or records_path()
