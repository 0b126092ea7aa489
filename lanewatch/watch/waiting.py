"""Waiting for a session to have an answer: all of it ends by a deadline of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from lanewatch.rollout.rollout import Rollout

if TYPE_CHECKING:
    from lanewatch.watch.live import LiveSession

LANE_ENDED = frozenset({"failed", "superseded", "succeeded"})


def has_ended(rollout: Rollout) -> bool:
    """Whether the lane's state can only change by something new being pushed or changed by hand.

    `unknown` ends it only once nothing runs and no authority is outstanding: until then more may be told.
    """
    if rollout.state in LANE_ENDED:
        return True
    return rollout.state == "unknown" and not rollout.partial and all(s.state != "running" for s in rollout.stages)


async def wait_for(session: LiveSession, wanted: Callable[[Rollout], bool], seconds: float | None) -> bool:
    """Whether `wanted` held for a picture within `seconds` (None: without end)."""
    try:
        async with asyncio.timeout(seconds):
            async for rollout in session.pictures():
                if wanted(rollout):
                    return True
    except TimeoutError:
        pass
    return False


async def settle(session: LiveSession, seconds: float) -> bool:
    """Whether one whole sweep, second reads included, ended within `seconds`."""
    return await wait_for(session, lambda _: session.settled(), seconds)
