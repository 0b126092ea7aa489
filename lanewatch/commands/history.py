"""`history`: past rollouts against budgets and against the predecessor; what would save most."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from lanewatch.commands.lane import open_lane, selected_lane
from lanewatch.commands.past import keep, read_past
from lanewatch.commands.remembered import remembered
from lanewatch.output.exit_codes import DONE, UNKNOWN
from lanewatch.output.glyphs import glyphs
from lanewatch.output.history_text import history_json, history_text
from lanewatch.output.page import columns
from lanewatch.rollout.baseline import baseline
from lanewatch.rollout.record import Record
from lanewatch.watch.waiting import settle


def run(arguments: Namespace) -> int:
    lane = selected_lane(arguments)
    records, gone = list(remembered(arguments, lane.target)), list[str]()
    if arguments.read:
        records, gone = asyncio.run(_read(arguments))
    told = baseline(lane, records, arguments.count)
    if arguments.output == "json":
        sys.stdout.write(history_json(lane.target, told, gone))
    else:
        sys.stdout.write(history_text(lane.target, told, gone, glyphs(sys.stdout.encoding), columns(sys.stdout)))
    return DONE if told.records else UNKNOWN


async def _read(arguments: Namespace) -> tuple[list[Record], list[str]]:
    """The remembered rollouts, and those before the watched one as far as the systems hold them."""
    async with open_lane(arguments) as session:
        await settle(session, session.lane.status_seconds)
        keep(arguments, session)
        records = list(remembered(arguments, session.lane.target))
        past = await read_past(arguments, session, arguments.read, records)
        gone = [f"{one.record.commit[:12]}: {'; '.join(one.gone)}" for one in past if one.gone]
        return [*records, *(one.record for one in past)], gone
