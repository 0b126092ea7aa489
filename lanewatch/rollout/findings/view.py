"""What a finding may be drawn from: the judged lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Span
from lanewatch.rollout.correlation import outstanding
from lanewatch.rollout.facts import Fact
from lanewatch.rollout.freshness import age_of
from lanewatch.rollout.rollout import Burn, Cell, Evidence, Finding, LaneState, Severity, Stage
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

    def is_answered(self, authority: str) -> bool:
        """Whether it was read since the last that is known of what it is asked about: before, its silence is ours."""
        return not outstanding(self.case.known, authority, self.case.correlation)

    def facts(self, *names: str) -> tuple[Fact, ...]:
        """The facts behind these fields, as far as they have a value."""
        cells = [self.fields[name] for name in names if name in self.fields]
        return tuple(cell.fact for cell in cells if cell.fact.value is not None)

    def waited(self, authority: str, at: datetime | None, source: str) -> float:
        """Seconds from `at` to when this authority was last read, at least; 0 where that is not known."""
        waited = self.case.clocks.until_now(self.case.stamp(authority, at, source))
        age = age_of(self.case.seen(authority), self.case.now)
        return 0.0 if waited is None or age is None else waited.low - age

    def finding(
        self, kind: str, severity: Severity, message: str, authority: str = "", facts: tuple[Fact, ...] = ()
    ) -> Finding:
        """A finding about the stage of an authority, or about the whole lane."""
        return Finding(kind, severity, message, facts, self.name(authority) if authority else "")
