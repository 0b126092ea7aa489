"""What must hold in every picture, whatever goes wrong.

Each finds its own way to the truth, by the ledger, the journal or the faults in force; only whether a stage's facts are
pinned is asked of the code that is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lanewatch.rollout.facts import (
    RUNTIME,
    Entry,
    Knowledge,
    Observation,
    Outcome,
    Quality,
)
from lanewatch.rollout.freshness import Rest, Thresholds, thresholds_of
from lanewatch.rollout.knowledge import MOST_SIGHTS, learn
from lanewatch.rollout.picture import project
from lanewatch.rollout.rollout import ENDED, Cell, Rollout, Stage
from lanewatch.rollout.stages import judged
from lanewatch.spec.lane import Lane
from lanewatch.watch.journal import MOST_ENTRIES
from tests.explore.plan import EDIT, FORCE, OPEN, ROTATE, SKEW, STEP, SWEEP, Disturbance
from tests.explore.truth import LANE, Truth, between

ANSWERED = (Outcome.OK, Outcome.ABSENT)
STAMP_SECONDS = 1.5  # stamps are whole seconds, and the ledger has one line for what happens step by step
LAG_SECONDS = 35.0  # within one sweep a change is seen
REPLAYED_EVERY = 60  # pictures: a whole journal is folded anew
READ_UNDER_WAY = 12.0  # a question asked before a server fell silent may still be answered
ENDING_SECONDS = 65.0  # what a lane that is not at rest may take to be told another state
HARMLESS = frozenset({"N08", "N11", "H03", "J05", "S04", "V03", "V04", "V05", "V07"})
HARMLESS |= {STEP, SWEEP, OPEN, EDIT, ROTATE, FORCE, SKEW}
# A green, red or grey word of ours needs one of these in the ledger.
NEEDS_TRUTH = {
    "succeeded": frozenset({"succeeded"}),
    "reused": frozenset({"reused"}),
    "skipped": frozenset({"skipped"}),
    "failed": frozenset({"failed", "cancelled"}),
    # A stage that was cancelled with its run is skipped once Tekton tells that there was no more of it.
    "cancelled": frozenset({"failed", "cancelled", "skipped"}),
    "superseded": frozenset({"superseded"}),
}


@dataclass(slots=True)
class Checker:
    """Looks at every picture of one run; `broken` are the first words of each invariant that did not hold."""

    lane: Lane
    truth: Truth
    disturbances: tuple[Disturbance, ...] = ()
    began: float = 0.0  # our steady second at which the watch began
    slept: Callable[[], float] = lambda: 0.0  # seconds that the machine has slept so far: only our steady clock counts
    told: Mapping[str, float] = field(default_factory=dict)  # by authority: when it was last told something on the wire
    checks: int = 0
    pictures: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    known: Knowledge = field(default_factory=Knowledge)  # the journal folded once more
    answered: dict[str, float] = field(default_factory=dict)  # by authority: when it last truly answered
    read: dict[str, float] = field(default_factory=dict)  # when it was last read, with whatever outcome
    _last: dict[str, Outcome] = field(default_factory=dict)
    _asked_anew: dict[str, float] = field(default_factory=dict)  # since when there is no answer to the question of now
    _rested: dict[str, float] = field(default_factory=dict)  # by stage: when its lane was last at rest

    def hold(self, name: str, holds: bool, what: str) -> None:
        self.checks += 1
        if not holds:
            self.broken.setdefault(name, what)

    def heard(self, entry: Entry) -> None:
        """One more entry of the journal."""
        self.known = learn(self.known, entry)
        if isinstance(entry, Observation):
            self._last[entry.authority] = entry.outcome
        self.read[entry.authority] = entry.read_at.steady
        if self._last[entry.authority] in ANSWERED:
            self.answered[entry.authority] = entry.read_at.steady

    def look(self, rollout: Rollout, entries: Sequence[Entry], live: Knowledge, second: float) -> None:
        """One picture. second: the world's."""
        self.pictures += 1
        finals: dict[str, bool] = {}

        def final(authority: str) -> bool:
            """Asked only of what is old: judging takes as long as all that is checked here."""
            if not finals:
                case = judged(self.known, rollout.now)
                finals.update({one: signal.final for one, signal in case.signals.items()})
            return finals[authority]

        self.hold("replay", self.known == live, "the journal folded anew is another knowledge")
        if self.pictures % REPLAYED_EVERY == 0:
            self.hold("replay", project(self.lane, entries, rollout.now) == rollout, "another picture on replay")
        self._bounded(entries, live)
        self._no_bug(rollout)
        for stage in rollout.stages:
            limits = thresholds_of(stage.authority, rest_of(stage, rollout))
            self._fresh(stage, rollout.now.steady, final, limits)
            self._silent(stage, rollout.now.steady, final, limits.unknown)
            self._true(stage.id, stage.state, second, thresholds_of(stage.authority, Rest.LANE).unknown)
            self._soon(stage.id, stage.state, stage.says, rollout, second)
        self._fields(rollout)
        at_rest = all(stage.state in ENDED for stage in rollout.stages)
        limit = thresholds_of(RUNTIME, Rest.LANE).stale if at_rest else ENDING_SECONDS  # stale evidence proves no end
        self._true(LANE, rollout.state, second, limit)
        self._soon(LANE, rollout.state, "", rollout, second)

    def _bounded(self, entries: Sequence[Entry], known: Knowledge) -> None:
        self.hold("bounded", len(entries) <= MOST_ENTRIES, f"{len(entries)} entries in the journal")
        self.hold("bounded", max(len(known.first_seen), len(known.gone)) <= MOST_SIGHTS, "too many sights")

    def _no_bug(self, rollout: Rollout) -> None:
        for read in rollout.reads:
            self.hold("bug", "bug in lanewatch" not in read.reason, f"{read.authority}: {read.reason}")

    def _fresh(self, stage: Stage, now: float, final: Callable[[str], bool], limits: Thresholds) -> None:
        """Nothing old is shown as live."""
        at = self.answered.get(stage.authority)
        age = None if at is None else now - at
        same = (age is None) == (stage.age_seconds is None) and abs((age or 0) - (stage.age_seconds or 0)) < 1e-6
        self.hold("age", same, f"{stage.id} is {age} s old, not {stage.age_seconds}")
        for cell in stage.cells:
            self._marked(cell, self._told(stage.authority, cell, now), limits, stage.id)
        if age is not None and (age <= limits.ageing or not final(stage.authority)):
            self._marked_as(stage.quality, age, limits, f"stage {stage.id}")

    def _fields(self, rollout: Rollout) -> None:
        rests = {stage.authority: rest_of(stage, rollout) for stage in rollout.stages}
        for name, cell in rollout.fields.items():
            authority = cell.fact.authority
            if authority in rests:
                age = self._told(authority, cell, rollout.now.steady)
                self._marked(cell, age, thresholds_of(authority, rests[authority]), f"field {name}")

    def _told(self, authority: str, cell: Cell, now: float) -> float | None:
        """Seconds since this value was told; a read that failed may still have told it."""
        seen = self.known.seen.get(authority)
        told = {(fact.name, fact.value) for fact in seen.last.facts} if seen and seen.last is not seen.last_ok else ()
        at = (self.read if (cell.fact.name, cell.fact.value) in told else self.answered).get(authority)
        return None if at is None else now - at

    def _marked(self, cell: Cell, age: float | None, limits: Thresholds, where: str) -> None:
        if not cell.fact.final and age is not None and cell.fact.quality in (Quality.GOOD, Quality.ESTIMATED):
            self._marked_as(cell.quality, age, limits, f"{where} {cell.fact.name}")

    def _marked_as(self, quality: Quality, age: float, limits: Thresholds, what: str) -> None:
        live = quality in (Quality.GOOD, Quality.ESTIMATED)
        self.hold("old as live", not live or age <= limits.ageing + 1e-6, f"{what} is {quality} though {age:.1f} s old")
        young = quality is not Quality.AGEING or age <= limits.stale + 1e-6
        self.hold("old as live", young, f"{what} is only ageing though {age:.1f} s old")

    def _silent(self, stage: Stage, now: float, final: Callable[[str], bool], limit: float) -> None:
        """A stage whose authority is not heard is unknown."""
        if stage.quality is not Quality.UNKNOWN:
            self._asked_anew.pop(stage.authority, None)
        if stage.state in ("pending", "skipped", "unknown"):
            return
        at, told = self.answered.get(stage.authority), self.told.get(stage.authority)
        if stage.quality is Quality.UNKNOWN:  # the question is another one since, and is being asked
            at = told = self._asked_anew.setdefault(stage.authority, now)
        silent = at is not None and now - at > limit + 1e-6 and not final(stage.authority)
        self.hold("silence", not silent, f"{stage.id} is {stage.state} though not heard for {limit} s")
        limit = self._limit_on_the_wire(stage, now, limit)
        silent = told is not None and now - told > limit + READ_UNDER_WAY and not final(stage.authority)
        since = f"its server silent for {now - (told or now):.1f} s"
        self.hold("silent server", not silent, f"{stage.id} is {stage.state}, {since}")

    def _limit_on_the_wire(self, stage: Stage, now: float, limit: float) -> float:
        """What moves again was last asked for as one at rest is: by streams, which may say nothing for long."""
        at_rest = thresholds_of(stage.authority, Rest.LANE).unknown
        if limit == at_rest:
            self._rested[stage.id] = now
        return at_rest if now - self._rested.get(stage.id, -limit - 1) <= limit else limit

    def _true(self, what: str, shown: str, second: float, limit: float) -> None:
        needed = NEEDS_TRUTH.get(shown)
        if needed is not None:
            states = self.truth.states(what, second - limit - READ_UNDER_WAY, second + STAMP_SECONDS)
            told = f"{what} is shown {shown} at second {second:.1f}, truly {sorted(states)}"
            self.hold(f"false {shown}", bool(states & needed), told)

    def _soon(self, what: str, state: str, says: str, rollout: Rollout, second: float) -> None:
        """While nothing that could hinder goes wrong, a change is seen within a sweep."""
        since = self._awake(rollout.now.steady)
        if since < LAG_SECONDS or any(self._hinders(one, since) for one in self.disturbances):
            return
        states = self.truth.states(what, second - LAG_SECONDS, second + STAMP_SECONDS)
        told = f"{what} is shown {state} ({says}) at second {second:.1f}, truly {sorted(states)}"
        self.hold("late", between(state, states), told)

    def _awake(self, now: float) -> float:
        """Seconds since the watch began, as disturbances count them."""
        return now - self.began - self.slept()

    def _hinders(self, one: Disturbance, since: float) -> bool:
        return one.what not in HARMLESS and one.begins <= since <= one.ends + LAG_SECONDS


def rest_of(stage: Stage, rollout: Rollout) -> Rest:
    """How far a stage has come to rest, by what is shown."""
    if stage.state not in ENDED:
        return Rest.NONE
    return Rest.LANE if all(one.state in ENDED for one in rollout.stages) else Rest.STAGE
