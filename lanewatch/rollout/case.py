"""Everything a rule may look at: what the authorities said to the current question, and how earlier stages stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from lanewatch.rollout.attempts import is_of_earlier_attempt
from lanewatch.rollout.clocks import OUR_CLOCK, Clocks, Stamp, clocks_of
from lanewatch.rollout.correlation import answer, correlate
from lanewatch.rollout.facts import (
    ACTIONS,
    ANSWERED,
    ARGO,
    GITOPS,
    MIRROR,
    OPERATOR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    TOLD_ASIDE,
    Correlation,
    Fact,
    Knowledge,
    Moment,
    Observation,
    Outcome,
    Quality,
    Seen,
    Sight,
)
from lanewatch.rollout.reports import (
    ActionsReport,
    ActionsRun,
    ApplicationReport,
    DeletedRun,
    GitopsReport,
    MirrorReport,
    OperatorReport,
    PipelineRunState,
    PlanReport,
    Provenance,
    ProvenanceReport,
    ReusePlan,
    TektonReport,
    WorkloadReport,
)
from lanewatch.rollout.rollout import ENDED
from lanewatch.rollout.signal import Signal

R = TypeVar("R")

NOT_JUDGED = Signal("pending", "")


@dataclass(frozen=True)  # without slots: reports are looked up once
class Case:
    """One commit at one instant, as far as the stages before the one in question are judged."""

    known: Knowledge
    now: Moment
    signals: dict[str, Signal] = field(default_factory=dict)  # by authority; grows as stages are judged

    @cached_property
    def correlation(self) -> Correlation:
        return correlate(self.known)

    @cached_property
    def clocks(self) -> Clocks:
        return clocks_of(self.known, self.now)

    @property
    def commit(self) -> str | None:
        return self.correlation.commit

    @cached_property
    def mirror(self) -> MirrorReport | None:
        return self._report(MIRROR, MirrorReport)

    @cached_property
    def actions(self) -> ActionsReport | None:
        return self._report(ACTIONS, ActionsReport)

    @cached_property
    def plan_report(self) -> PlanReport | None:
        return self._report(PLAN, PlanReport)

    @cached_property
    def provenance_report(self) -> ProvenanceReport | None:
        return self._report(PROVENANCE, ProvenanceReport)

    @cached_property
    def tekton(self) -> TektonReport | None:
        return self._report(TEKTON, TektonReport)

    @cached_property
    def gitops(self) -> GitopsReport | None:
        return self._report(GITOPS, GitopsReport)

    @cached_property
    def application(self) -> ApplicationReport | None:
        return self._report(ARGO, ApplicationReport)

    @cached_property
    def workload(self) -> WorkloadReport | None:
        return self._report(RUNTIME, WorkloadReport)

    @cached_property
    def operator(self) -> OperatorReport | None:
        seen = self.known.seen.get(OPERATOR)
        report = seen.last.report if seen else None
        return report if isinstance(report, OperatorReport) else None

    @property
    def run(self) -> ActionsRun | None:
        return self.actions.run if self.actions else None

    @cached_property
    def pipeline_run(self) -> PipelineRunState | None:
        """The current PipelineRun: the newest; one of an earlier attempt is none."""
        newest = self.tekton.run if self.tekton else None
        return None if newest is None or self._is_of_earlier_attempt(newest.created_at) else newest

    @cached_property
    def deleted_pipeline_run(self) -> DeletedRun | None:
        """The newest PipelineRun that is gone; one of an earlier attempt is none."""
        newest = next(iter(self.tekton.deleted), None) if self.tekton else None
        return None if newest is None or self._is_of_earlier_attempt(newest.created_at) else newest

    def _is_of_earlier_attempt(self, created_at: datetime | None) -> bool:
        return is_of_earlier_attempt(self.known, self.clocks, self.actions, self.tekton, created_at)

    @cached_property
    def earlier_pipeline_runs(self) -> frozenset[str]:
        """Names of the PipelineRuns of this commit that are not current."""
        runs = self.tekton.runs if self.tekton else ()
        return frozenset(run.name for run in runs if run is not self.pipeline_run)

    @property
    def plan(self) -> ReusePlan | None:
        """The plan, once its stage's rule has accepted it."""
        done = self.signal(PLAN).is_done
        return self.plan_report.plan if self.plan_report and done else None

    @property
    def provenance(self) -> Provenance | None:
        """The provenance, once its stage's rule has accepted it."""
        done = self.signal(PROVENANCE).is_done
        return self.provenance_report.provenance if self.provenance_report and done else None

    @cached_property
    def answers(self) -> dict[str, Observation | None]:
        """What each authority that was read said to the current question, if it did."""
        return {authority: answer(seen, self.correlation) for authority, seen in self.known.seen.items()}

    def answer(self, authority: str) -> Observation | None:
        return self.answers.get(authority)

    def seen(self, authority: str) -> Seen | None:
        return self.known.seen.get(authority)

    def sight(self, key: str) -> Sight | None:
        return self.known.first_seen.get(key)

    def signal(self, authority: str) -> Signal:
        """How an earlier stage stands; one that is not judged yet is pending."""
        return self.signals.get(authority, NOT_JUDGED)

    @cached_property
    def goes_on(self) -> bool:
        """Whether a stage has not ended; to be asked once all are judged."""
        return any(signal.state not in ENDED for signal in self.signals.values())

    def unreadable(self, authority: str) -> str:
        """Why the authority cannot be read, where its last read failed or it is not configured; else ""."""
        if self.operator:
            reason = dict(self.operator.unconfigured).get(authority)
            if reason is not None:
                return reason or "not configured"
        seen = self.known.seen.get(authority)
        if seen is None or seen.last.outcome in ANSWERED:
            return ""
        return seen.last.reason or seen.last.outcome.value

    def told_aside(self, authority: str) -> str:
        """What the system told in another place, where its last read failed; else ""."""
        seen = self.known.seen.get(authority)
        if seen is None or seen.last.outcome in ANSWERED or seen.last.subject.contradicts(self.correlation):
            return ""
        told = seen.last.fact(TOLD_ASIDE)
        return str(told.value) if told else ""

    def absent(self, authority: str) -> str:
        """Why there is nothing to read, where the authority answered that what it is asked about does not exist."""
        seen = self.known.seen.get(authority)
        if seen is None or seen.last.outcome is not Outcome.ABSENT:
            return ""
        return seen.last.reason or "does not exist"

    def read_since(self, authority: str, key: str) -> bool:
        """Whether the authority was asked after `key` was first seen: before that, its silence proves nothing."""
        sight, seen = self.known.first_seen.get(key), self.known.seen.get(authority)
        asked = seen.asked_at if seen else None
        return sight is None or (asked is not None and asked >= sight.at.steady)

    def stamp(
        self,
        authority: str,
        at: datetime | None,
        source: str,
        quality: Quality = Quality.GOOD,
        reason: str = "",
        early: float = 0.0,
        late: float = 0.0,
    ) -> Stamp | None:
        """A time that the authority told, on its host's clock."""
        if at is None:
            return None
        observation = self.answer(authority)
        host = observation.host if observation else OUR_CLOCK
        fact = Fact(source, at.isoformat(), quality, authority, source, at, reason)
        return Stamp(at, host, fact, early, late)

    def live(self, authority: str, *keys: str) -> Stamp | None:
        """When the last of these was seen to appear, by our clock; None where all were there at the first look."""
        seen = [self.known.first_seen.get(key) for key in keys]
        sights = [sight for sight in seen if sight is not None]
        befores = [sight.before for sight in sights if sight.before is not None]
        if not sights or len(sights) < len(keys) or not befores:
            return None
        at = max((sight.at for sight in sights), key=lambda moment: moment.steady)
        early = at.steady - max(moment.steady for moment in befores)
        fact = Fact(
            "seen", at.wall.isoformat(), Quality.GOOD, authority, f"seen by lanewatch, ± {early:.1f} s", at.wall
        )
        return Stamp(at.wall, OUR_CLOCK, fact, early=max(0.0, early))

    def _report(self, authority: str, kind: type[R]) -> R | None:
        observation = self.answer(authority)
        return observation.report if observation and isinstance(observation.report, kind) else None
