"""The picture of one commit at one instant: what every front end shows and every export holds. Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from lanewatch.rollout.facts import ANSWERED, Correlation, Cost, Fact, Handle, Moment, Outcome, Quality

if TYPE_CHECKING:
    from lanewatch.rollout.forecast import Forecast, Interval

StageState = Literal["pending", "running", "succeeded", "reused", "failed", "cancelled", "skipped", "unknown"]
LaneState = Literal["failed", "superseded", "unknown", "running", "pending", "succeeded"]
BurnState = Literal["within", "at-risk", "over", "none", "unknown"]
Severity = Literal["info", "warning", "error"]

DONE: frozenset[str] = frozenset({"succeeded", "reused", "skipped"})  # ended well
ENDED: frozenset[str] = DONE | {"failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A fact judged at now: `quality` may be worse than its own, `age_seconds` is None where nothing was read."""

    fact: Fact
    quality: Quality
    age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Burn:
    """How much of its budget a stage has used."""

    id: str | None  # the budget key of the spec, e.g. "buildOrReuseSeconds"; None: no budget
    seconds: float | None  # the budget
    used_seconds: float | None
    state: BurnState
    shared_with: str = ""  # the stage whose clock this is too (gitops-publish and argo-closeout share one)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the lane at one instant."""

    id: str
    authority: str
    owner: str
    state: StageState
    says: str
    reason: str
    started_at: datetime | None  # moved to our clock by the host's skew
    finished_at: datetime | None
    uncertainty_seconds: float | None
    elapsed_seconds: float | None
    budget: Burn
    age_seconds: float | None  # of what its authority said last
    quality: Quality  # of what its authority said last, judged at now
    cells: tuple[Cell, ...]
    handles: tuple[Handle, ...]
    last_said: str = ""  # `says` of before its authority fell silent, where that made it unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person must know, with the facts it rests on."""

    id: str  # stable kind, e.g. "stage-failed", "over-budget", "image-drift", "mirror-behind"
    severity: Severity
    message: str  # one sentence: what, where, what to do next
    facts: tuple[Fact, ...] = ()
    stage: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One required item and its standing."""

    name: str
    value: str
    authority: str
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """requiredEvidence, each item in exactly one of the five lists (CONTRACTS §3)."""

    required: tuple[str, ...]
    present: tuple[EvidenceItem, ...]
    pending: tuple[EvidenceItem, ...]
    not_applicable: tuple[EvidenceItem, ...]
    unreadable: tuple[EvidenceItem, ...]
    missing: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """How the last read of one authority went; `outcome` None: not asked yet, `reason` says what it waits for."""

    authority: str
    outcome: Outcome | None
    reason: str
    seconds: float
    age_seconds: float | None
    cost: Cost

    @property
    def has_failed(self) -> bool:
        """Whether the last try failed, however good what was told before still is."""
        return self.outcome is not None and self.outcome not in ANSWERED


@dataclass(frozen=True, slots=True)
class LastGood:
    """The last rollout that is known to have been delivered: what a person would go back to."""

    commit: str
    image_digest: str
    gitops_revision: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Rollout:
    """The picture of one commit at one instant."""

    target: str
    repository: str
    branch: str
    node: str
    mode: str  # spec.scope.rolloutMode
    commit: str | None
    commit_subject: str
    commit_author: str
    commit_time: datetime | None
    newer_commit: str | None  # a newer head that is not watched
    state: LaneState
    partial: bool  # some authority is unreadable, or has not answered for the current correlation
    now: Moment
    t0: Cell | None
    elapsed_seconds: float | None  # from t0 to now, or to the last finish or failure
    budget: Burn  # end to end
    baseline_seconds: float | None
    forecast_seconds: float | None  # None: unknown, see forecast_reason
    forecast_reason: str
    stages: tuple[Stage, ...]
    fields: Mapping[str, Cell]  # the 18, in the order of the spec
    findings: tuple[Finding, ...]  # most severe first
    evidence: Evidence
    reads: tuple[Read, ...]
    correlation: Correlation
    last_good: LastGood | None = None
    skews: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    forecast: Forecast | None = None  # with its interval, and each running stage's; None: unknown

    def stage(self, stage_id: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def expected(self, stage_id: str) -> Interval | None:
        """How many seconds a running stage will have taken, where own history tells."""
        return self.forecast.stages.get(stage_id) if self.forecast else None

    def expected_end(self, stage_id: str) -> tuple[datetime, Interval] | None:
        """When a stage that has not ended will likely end, by our clock; the interval in seconds from the start."""
        found = self.forecast.ends.get(stage_id) if self.forecast else None
        if found is None or self.budget.used_seconds is None:
            return None
        return self.now.wall + timedelta(seconds=found.likely - self.budget.used_seconds), found
