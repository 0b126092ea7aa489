"""`follower`: read-only status of the deprecated branch follower, beside the new lane for the same commit."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from lanewatch.commands.lane import loaded_spec, open_lane
from lanewatch.commands.past import audit_of, case_of, follower_status, keep
from lanewatch.output.exit_codes import DONE, UNAUTHORISED, UNKNOWN, nothing_read
from lanewatch.output.follower_text import Beside, follower_json, follower_text
from lanewatch.output.glyphs import glyphs
from lanewatch.output.page import columns
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.contradictions.order import same_commit_as_follower
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.survey import View, glance
from lanewatch.spec.follower import Follower, follower_of
from lanewatch.watch.waiting import settle


def run(arguments: Namespace) -> int:
    loaded = loaded_spec(arguments)
    follower = follower_of(loaded, loaded.lane(arguments.target).target)
    told, outcome = asyncio.run(_read(arguments, follower))
    if arguments.output == "json":
        sys.stdout.write(follower_json(told))
    else:
        sys.stdout.write(follower_text(told, glyphs(sys.stdout.encoding), columns(sys.stdout)))
    if told.status is not None:
        return DONE
    unread = nothing_read(told.rollout)
    return UNAUTHORISED if outcome is Outcome.DENIED else UNKNOWN if unread is None else unread


async def _read(arguments: Namespace, follower: Follower) -> tuple[Beside, Outcome]:
    """The page, and how reading the follower's object ended."""
    async with open_lane(arguments) as session:
        await settle(session, session.lane.status_seconds)
        read = await follower_status(session, follower)
        audited = await audit_of(arguments, session)
        keep(arguments, session)
        case, rollout = case_of(session), session.rollout
    status = read if isinstance(read, FollowerStatus) else None
    reason = "" if isinstance(read, FollowerStatus) else read.reason
    view = View(rollout, case, audited)
    glances = [(one, glance(one.component, view)) for one in follower.components]
    compared = same_commit_as_follower(Scene(case, session.lane, status, reason))
    outcome = Outcome.OK if isinstance(read, FollowerStatus) else read.outcome
    return Beside(follower, status, reason, rollout, compared, glances), outcome
