"""The records of past rollouts that belong to the arguments' lane; light, for every command that watches reads them."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from lanewatch.commands.sources import connections_path
from lanewatch.rollout.record import Record
from lanewatch.rollout.wording import counted
from lanewatch.spec.connecting import load_connections
from lanewatch.watch.records import lane_key, read_records, records_path


def remembered(arguments: Namespace, target: str) -> tuple[Record, ...]:
    """The records of the arguments' lane; what could not be read is said on stderr, once a command."""
    try:
        found = read_records(records_file(arguments), key_of(arguments, target))
    except OSError as error:
        _say(arguments, f"past rollouts were not read: {records_file(arguments)}: {error.strerror}")
        return ()
    if found.skipped:
        skipped = counted(found.skipped, "line")
        _say(arguments, f"{skipped} of {records_file(arguments)} could not be read; the others count")
    return found.records


def _say(arguments: Namespace, text: str) -> None:
    told: set[str] = vars(arguments).setdefault("said_of_records", set())
    if text not in told:
        told.add(text)
        print(f"lanewatch: {text}", file=sys.stderr)


def key_of(arguments: Namespace, target: str) -> str:
    """What tells this lane's records from those of others."""
    return lane_key(target, load_connections(connections_path(arguments.connections)))


def records_file(arguments: Namespace) -> Path:
    """Where records are kept; `demo` may give its own place, so that a demonstration is no history."""
    given: Path | None = getattr(arguments, "records", None)
    return given or records_path()
