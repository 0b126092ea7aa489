"""What is remembered of a rollout that was seen to end: small, plain, enough for baseline, forecast and gate.

A Record outlives its journal. What is in it was judged once, while the authorities could still be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lanewatch.rollout.rollout import LaneState

CheckState = Literal["pass", "fail", "unknown", "not-exercised"]


@dataclass(frozen=True, slots=True)
class Record:
    """One ended rollout. Times are seconds after its attempt's start; a stage or wait without a time is left out."""

    target: str
    commit: str
    attempt: str  # RUN/ATTEMPT of Actions, "" without a run
    state: LaneState
    ended_at: datetime  # when it was seen ended, by our clock
    decision: str = ""  # reuseDecision
    env_identity: str = ""
    env_digest: str = ""  # of the environment image, where the plan's audit names one
    image_digest: str = ""
    template_hash: str = ""  # of the ReplicaSet that ran when it ended
    gitops_revision: str = ""
    elapsed_seconds: float | None = None
    started: Mapping[str, float] = field(default_factory=dict)  # by stage id
    finished: Mapping[str, float] = field(default_factory=dict)
    waits: Mapping[str, float] = field(default_factory=dict)  # by waits.WAITS: where the time went
    checks: Mapping[str, CheckState] = field(default_factory=dict)  # by no-regression check
    seen: Literal["live", "history"] = "live"  # history: read afterwards, from what the systems had kept

    def duration(self, stage_id: str) -> float | None:
        """How long a stage took; None where either end has no time."""
        if stage_id not in self.started or stage_id not in self.finished:
            return None
        return max(0.0, self.finished[stage_id] - self.started[stage_id])
