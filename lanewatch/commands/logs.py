"""`logs STAGE`: the full log behind a stage, part by part, once or followed; safe to pipe."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from lanewatch.clients.answers import ReadFailure
from lanewatch.commands.errors import UsageError, unknown
from lanewatch.commands.lane import open_lane
from lanewatch.output.exit_codes import DONE, UNKNOWN
from lanewatch.rollout.facts import Handle
from lanewatch.rollout.rollout import ENDED, Stage
from lanewatch.watch.live import LiveSession
from lanewatch.watch.stage_logs import log_handles
from lanewatch.watch.waiting import settle

if TYPE_CHECKING:
    from lanewatch.output.log_lines import LogPrinter


def run(arguments: Namespace) -> int:
    return asyncio.run(_print_logs(arguments))


async def _print_logs(arguments: Namespace) -> int:
    from lanewatch.logs.query import QueryError
    from lanewatch.output.log_lines import LogPrinter, Wanted

    try:
        wanted = Wanted.of(arguments, colour=sys.stdout.isatty())
    except QueryError as error:
        raise UsageError(f"--grep: {error}") from None
    async with open_lane(arguments) as session:
        if session.rollout.stage(arguments.stage) is None:
            raise unknown("stage", arguments.stage, [stage.id for stage in session.rollout.stages])
        await settle(session, session.lane.status_seconds)
        printer = LogPrinter(session.connected.logs, wanted, sys.stdout, sys.stderr)
        if arguments.follow:
            return await _followed(session, arguments.stage, printer)
        stage = _stage(session, arguments.stage)
        handles = log_handles(session.rollout, stage)
        for handle in handles:
            await printer.print_once(handle)
        if not handles:
            print(f"lanewatch: {stage.id} has no log{_because(stage)}", file=sys.stderr)
        return DONE if printer.read else UNKNOWN


async def _followed(session: LiveSession, stage_id: str, printer: LogPrinter) -> int:
    """Follow every log that the stage has or comes to have, until the stage and they have ended."""
    reader_left = False
    try:
        async with asyncio.TaskGroup() as group:
            await _follow_as_they_come(session, stage_id, printer, group)
    except* BrokenPipeError:
        reader_left = True
    if reader_left:
        raise BrokenPipeError
    return DONE if printer.read else UNKNOWN


async def _follow_as_they_come(
    session: LiveSession, stage_id: str, printer: LogPrinter, group: asyncio.TaskGroup
) -> None:
    followed: set[str] = set()
    async for rollout in session.pictures():
        stage = rollout.stage(stage_id)
        assert stage is not None
        for handle in log_handles(rollout, stage):
            if handle.locator not in followed:
                followed.add(handle.locator)
                group.create_task(_follow_one(printer, handle))
        if stage.state in ENDED:
            printer.stage_ended()
            return


async def _follow_one(printer: LogPrinter, handle: Handle) -> None:
    try:
        await printer.follow(handle)
    except ReadFailure as failure:
        print(f"lanewatch: {handle.title}: {failure.reason}", file=sys.stderr)


def _stage(session: LiveSession, stage_id: str) -> Stage:
    stage = session.rollout.stage(stage_id)
    assert stage is not None
    return stage


def _because(stage: Stage) -> str:
    return f" yet ({stage.state}: {stage.says})" if stage.says else f" yet ({stage.state})"
