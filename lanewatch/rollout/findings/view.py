"""What a finding may be drawn from: the judged lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Span
from lanewatch.rollout.rollout import Burn, Cell, Evidence, LaneState, Stage
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.words_of_stages import stage_name
from lanewatch.spec.lane import Lane


@dataclass(frozen=True, slots=True)
class View:
    """One judged lane."""

    case: Case
    lane: Lane
    state: LaneState
    stages: tuple[Stage, ...]
    fields: Mapping[str, Cell]
    evidence: Evidence
    budget: Burn  # end to end
    elapsed: Span | None  # what the end-to-end budget was judged by
    newer_commit: str | None

    def signal(self, authority: str) -> Signal:
        return self.case.signal(authority)

    def name(self, authority: str) -> str:
        """The stage id that people know."""
        return stage_name(self.lane, authority)

    def has(self, authority: str) -> bool:
        """Whether the lane has a stage of this authority."""
        return self.lane.stage_of(authority) is not None
