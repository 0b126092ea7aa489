"""`gate`: the no-regression checks of the spec and the decision gate, with the facts that each rests on."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from lanewatch.commands.errors import reading_bundles
from lanewatch.commands.lane import loaded_spec, open_lane, selected_lane
from lanewatch.commands.past import audit_of, case_of, follower_status, from_bundles, keep, read_past
from lanewatch.commands.remembered import remembered
from lanewatch.output.exit_codes import DONE, FAILED, PENDING, UNKNOWN, nothing_read
from lanewatch.output.gate_text import gate_json, gate_text
from lanewatch.output.glyphs import glyphs
from lanewatch.output.page import columns
from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.gate import gate_of
from lanewatch.rollout.gate.decision import Gate
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.follower import follower_of
from lanewatch.watch.waiting import settle


def run(arguments: Namespace) -> int:
    return reading_bundles(lambda: asyncio.run(_judge(arguments)))


async def _judge(arguments: Namespace) -> int:
    bundles = from_bundles(arguments.evidence, selected_lane(arguments).target)
    async with open_lane(arguments) as session:
        await settle(session, session.lane.status_seconds)
        records = [*remembered(arguments, session.lane.target), *bundles]
        past = await read_past(arguments, session, arguments.history, records)
        for one in past:
            if one.gone:
                print(f"lanewatch: {one.record.commit[:12]}: {'; '.join(one.gone)}", file=sys.stderr)
        built, case = await session.build(), case_of(session)
        records += [one.record for one in past]
        gate = gate_of(case, session.lane, records, built, arguments.last)
        read = await follower_status(session, follower_of(loaded_spec(arguments), session.lane.target))
        told = (read, "") if isinstance(read, FollowerStatus) else (None, read.reason)
        compared, rollout = compare_all(Scene(case, session.lane, *told)), session.rollout
        audited = await audit_of(arguments, session) if arguments.policy else ()
        keep(arguments, session, gate.verdicts)
    if arguments.output == "json":
        sys.stdout.write(gate_json(rollout, gate, compared, audited))
    else:
        sys.stdout.write(gate_text(rollout, gate, compared, audited, glyphs(sys.stdout.encoding), columns(sys.stdout)))
    return _exit_code(gate, rollout)


def _exit_code(gate: Gate, rollout: Rollout) -> int:
    unread = nothing_read(rollout)
    if unread is not None:
        return unread
    if gate.decision == "fail":
        return FAILED
    if gate.decision == "pass":
        return DONE
    return PENDING if rollout.state in ("running", "pending") else UNKNOWN
