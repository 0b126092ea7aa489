"""`logs STAGE`: the full log behind a stage, read once, section by section, safe to pipe."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from lanewatch.clients.answers import ReadFailure
from lanewatch.commands.errors import unknown
from lanewatch.commands.lane import open_lane
from lanewatch.output.exit_codes import DONE, UNKNOWN
from lanewatch.rollout.rollout import Stage
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle


def run(arguments: Namespace) -> int:
    return asyncio.run(_print_logs(arguments))


async def _print_logs(arguments: Namespace) -> int:
    async with open_lane(arguments) as session:
        if session.rollout.stage(arguments.stage) is None:
            raise unknown("stage", arguments.stage, [stage.id for stage in session.rollout.stages])
        await settle(session, session.lane.status_seconds)
        stage = session.rollout.stage(arguments.stage)
        assert stage is not None
        return await _print_sections(session, stage, arguments)


async def _print_sections(session: LiveSession, stage: Stage, arguments: Namespace) -> int:
    """Print every section that matches; UNKNOWN where there was none to read."""
    wanted = (arguments.section or "").lower()
    handles = [handle for handle in stage.handles if handle.kind == "log" and wanted in handle.title.lower()]
    read = 0
    for handle in handles:
        print(f"==> {handle.title} <==")
        try:
            log = await session.connected.logs.read(handle, tail=arguments.tail, timestamps=arguments.timestamps)
        except ReadFailure as failure:
            print(f"lanewatch: {handle.title}: {failure.reason}", file=sys.stderr)
            continue
        read += 1
        for line in log.lines:
            if arguments.grep is None or arguments.grep in line:
                print(line)
        if log.note:
            print(f"lanewatch: {handle.title}: {log.note}", file=sys.stderr)
    if not handles:
        print(f"lanewatch: {stage.id} has no log{_because(stage)}", file=sys.stderr)
    return DONE if read else UNKNOWN


def _because(stage: Stage) -> str:
    return f" yet ({stage.state}: {stage.says})" if stage.says else f" yet ({stage.state})"
