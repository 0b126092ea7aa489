"""`status`: one sweep over all authorities, or with --wait until the lane has ended; the bounded summary."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import replace

from lanewatch.commands.lane import open_lane
from lanewatch.output.exit_codes import TIMED_OUT, of_rollout
from lanewatch.output.glyphs import glyphs
from lanewatch.output.status_json import status_json
from lanewatch.output.status_text import status_text
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import has_ended, settle, wait_for


def run(arguments: Namespace) -> int:
    rollout, timed_out = asyncio.run(_read(arguments))
    if arguments.output == "json":
        sys.stdout.write(status_json(rollout))
    else:
        sys.stdout.write(status_text(rollout, glyphs(sys.stdout.encoding)))
    return TIMED_OUT if timed_out else of_rollout(rollout)


async def _read(arguments: Namespace) -> tuple[Rollout, bool]:
    """The picture to print, and whether --wait ran out of time."""
    async with open_lane(arguments) as session:
        seconds = arguments.timeout or (None if arguments.wait else session.lane.status_seconds)
        if arguments.wait:
            ended = await wait_for(session, has_ended, seconds)
            _keep(arguments, session)
            return session.rollout, not ended
        settled = await settle(session, seconds or session.lane.status_seconds)
        rollout = session.rollout
        _keep(arguments, session)
        return (rollout if settled else replace(rollout, partial=True)), False


def _keep(arguments: Namespace, session: LiveSession) -> None:
    """Remember a rollout that has ended; what judges it is loaded only then."""
    if has_ended(session.rollout):
        from lanewatch.commands.past import keep

        keep(arguments, session)
