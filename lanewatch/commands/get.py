"""`get DRILLDOWN`: the native object behind a stage, under the name that the spec gives it."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from lanewatch.clients.answers import ReadFailure
from lanewatch.commands.errors import unknown
from lanewatch.commands.lane import open_lane
from lanewatch.output.exit_codes import DONE, UNAUTHORISED, UNKNOWN
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.objects import as_json, as_yaml
from lanewatch.watch.waiting import wait_for


def run(arguments: Namespace) -> int:
    return asyncio.run(_print_object(arguments))


async def _print_object(arguments: Namespace) -> int:
    async with open_lane(arguments) as session:
        if arguments.drilldown not in session.lane.drilldowns:
            raise unknown("drill-down", arguments.drilldown, session.lane.drilldowns)

        def found(rollout: Rollout) -> bool:
            return _handle(rollout, arguments.drilldown) is not None or session.settled()

        await wait_for(session, found, session.lane.status_seconds)
        handle = _handle(session.rollout, arguments.drilldown)
        if handle is None:
            print(f"lanewatch: no {arguments.drilldown} yet{_why(session.rollout)}", file=sys.stderr)
            return UNKNOWN
        try:
            value = await session.connected.objects.read(handle.locator)
        except ReadFailure as failure:
            print(f"lanewatch: {arguments.drilldown}: {failure.reason}", file=sys.stderr)
            return UNAUTHORISED if failure.outcome is Outcome.DENIED else UNKNOWN
    sys.stdout.write(as_json(value) if arguments.output == "json" else as_yaml(value))
    return DONE


def _handle(rollout: Rollout, drilldown: str) -> Handle | None:
    handles = (handle for stage in rollout.stages for handle in stage.handles)
    return next((one for one in handles if one.kind == "object" and one.drilldown == drilldown), None)


def _why(rollout: Rollout) -> str:
    """What the authorities that could not be read said: likely the reason."""
    reasons = [read.reason for read in rollout.reads if read.reason]
    return f": {reasons[0]}" if reasons else ""
