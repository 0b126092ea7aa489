"""`doctor`: can lanewatch see this lane? Reach, rights, versions, clocks; every failure with its exact fix."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from lanewatch.clients.clock import SystemClock
from lanewatch.clients.opening import open_clients
from lanewatch.commands.lane import selected_lane
from lanewatch.commands.sources import connections_path
from lanewatch.doctor.check import Diagnosis
from lanewatch.doctor.examining import examine
from lanewatch.doctor.page import doctor_json, doctor_text, exit_code
from lanewatch.output.glyphs import glyphs
from lanewatch.output.page import columns
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane

WIDEST = 120  # columns; sentences of more are hard to read


def run(arguments: Namespace) -> int:
    lane = selected_lane(arguments)
    connections = load_connections(connections_path(arguments.connections))
    return report(lane, connections, arguments.output, everything=arguments.all)


def report(lane: Lane, connections: Connections, form: str, *, everything: bool = False) -> int:
    """Examine, print, and give the exit code."""
    diagnosis = asyncio.run(_diagnosis(lane, connections))
    if form == "json":
        sys.stdout.write(doctor_json(diagnosis))
    else:
        width = min(columns(sys.stdout), WIDEST)
        sys.stdout.write(doctor_text(diagnosis, glyphs(sys.stdout.encoding), width, everything=everything))
    return exit_code(diagnosis)


async def _diagnosis(lane: Lane, connections: Connections) -> Diagnosis:
    with tempfile.TemporaryDirectory(prefix="lanewatch-doctor-") as cache:
        clients = open_clients(connections, SystemClock(), Path(cache))
        try:
            return await examine(lane, connections, clients)
        finally:
            await clients.close()
