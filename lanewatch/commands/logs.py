"""`logs STAGE`: the full log behind a stage, part by part, once or followed; safe to pipe.

Printed once, the exit code is 0 when a log could be read; followed, it is that of how the stage ended (CONTRACTS §8).
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lanewatch.commands.errors import UsageError, unknown
from lanewatch.commands.lane import open_lane
from lanewatch.output.exit_codes import DONE, INTERNAL, PENDING, UNAUTHORISED, UNKNOWN, of_stage
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.rollout.rollout import ENDED, Stage
from lanewatch.watch.live import LiveSession
from lanewatch.watch.stage_logs import log_handles
from lanewatch.watch.waiting import has_ended, settle

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
            return await _followed(session, arguments, printer)
        stage = _stage(session, arguments.stage)
        handles = await _with_asides(session, arguments, log_handles(session.rollout, stage))
        for handle in handles:
            await printer.print_once(handle)
        if not handles:
            print(f"lanewatch: {stage.id} has no log{_because(stage)}", file=sys.stderr)
        return _code(printer, stage, DONE)


async def _followed(session: LiveSession, arguments: Namespace, printer: LogPrinter) -> int:
    """Follow every log that the stage has or comes to have, until the stage and they have ended: how that ended."""
    reader_left = False
    try:
        async with asyncio.TaskGroup() as group:
            await _follow_as_they_come(session, arguments, printer, group)
    except* BrokenPipeError:
        reader_left = True
    if reader_left:
        raise BrokenPipeError
    stage = _stage(session, arguments.stage)
    return _code(printer, stage, of_stage(stage))


async def _follow_as_they_come(
    session: LiveSession, arguments: Namespace, printer: LogPrinter, group: asyncio.TaskGroup
) -> None:
    followed: set[str] = set()
    async for rollout in session.pictures():
        stage = rollout.stage(arguments.stage)
        assert stage is not None
        over = stage.state in ENDED or has_ended(rollout)
        if over:
            printer.stage_ended()
        new = [handle for handle in log_handles(rollout, stage) if handle.locator not in followed]
        if new:
            followed.update(handle.locator for handle in new)
            for handle in await _with_asides(session, arguments, new):
                group.create_task(printer.follow(handle))
        if over:
            return


async def _with_asides(session: LiveSession, arguments: Namespace, handles: Sequence[Handle]) -> Sequence[Handle]:
    """With --all the logs of init containers and sidecars come after those that the stage has."""
    if not arguments.all:
        return handles
    asides, reasons = await session.asides(handles)
    for reason in reasons:
        print(f"lanewatch: init containers and sidecars: {reason}", file=sys.stderr)
    return [*handles, *asides]


def _code(printer: LogPrinter, stage: Stage, read: int) -> int:
    """`read` where that is what was done: every line that came was printed, or looked at."""
    if not printer.read:
        return _nothing_read(printer, stage)
    return INTERNAL if printer.unkept else read


def _nothing_read(printer: LogPrinter, stage: Stage) -> int:
    """Why not one log could be read: it may still come, it may not be read, or it cannot be."""
    outcomes = {failure.outcome for failure in printer.failures}
    if outcomes <= {Outcome.ABSENT}:
        return PENDING if stage.state in ("pending", "running") else UNKNOWN
    return UNAUTHORISED if outcomes <= {Outcome.DENIED} else INTERNAL


def _stage(session: LiveSession, stage_id: str) -> Stage:
    stage = session.rollout.stage(stage_id)
    assert stage is not None
    return stage


def _because(stage: Stage) -> str:
    return f" yet ({stage.state}: {stage.says})" if stage.says else f" yet ({stage.state})"
