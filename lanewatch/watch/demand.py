"""How much a stage needs to be asked about now, and so how often its authority is, and how far streams are believed."""

from __future__ import annotations

from enum import Enum

from lanewatch.authorities.interface import Period
from lanewatch.clients.confirming import CONFIRM_SECONDS
from lanewatch.rollout.freshness import RESTING_SECONDS
from lanewatch.rollout.rollout import ENDED, Rollout

PENDING_SECONDS = 13.0  # between two reads, at least; a fact is still confirmed before it counts as ageing (16 s)


class Demand(Enum):
    """The value: how many seconds old a list may be that confirms what a stream keeps current. More is less urgent."""

    RUNNING = CONFIRM_SECONDS
    PENDING = 18.0  # nothing can have happened yet
    RESTING = RESTING_SECONDS  # the stage has ended, another of its lane has not
    FINISHED = 600.0  # the whole lane has ended


def demand_of(rollout: Rollout, authority: str) -> Demand:
    """That of the stage whose authority it is."""
    state = next((stage.state for stage in rollout.stages if stage.authority == authority), "running")
    if state == "pending":
        return Demand.PENDING
    if state not in ENDED:
        return Demand.RUNNING
    return Demand.FINISHED if all(stage.state in ENDED for stage in rollout.stages) else Demand.RESTING


def seconds_between(period: Period, demand: Demand) -> float:
    """From one read to the next."""
    match demand:
        case Demand.RUNNING:
            return period.active
        case Demand.PENDING:
            return max(period.active, PENDING_SECONDS)
        case Demand.RESTING:
            return max(period.active, min(period.idle, RESTING_SECONDS))
        case Demand.FINISHED:
            return period.idle
