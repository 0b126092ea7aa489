"""A race: one or two authorities say what is not so yet while every other one already says good.

The journal of a race is the whole delivery of tests/rollout/story.py, told at its end, with those reports put in the
place of the true ones; ten seconds later the truth is told and the lane succeeds, so nothing but the race held it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from lanewatch.rollout.correlation import correlate
from lanewatch.rollout.facts import (
    AUTHORITIES,
    NEEDS,
    SUBJECT_FIELDS,
    Confirmation,
    Correlation,
    Entry,
    Knowledge,
)
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.reports import Report
from lanewatch.rollout.rollout import LaneState, Rollout
from lanewatch.rollout.stages import judged
from tests.rollout.story import REPORTS, STEADY, lane, moment, operator, says

GREEN = frozenset({"succeeded", "reused"})
SEEN, TOLD = 90.0, 100.0  # when the race is seen, and when the truth is told


@dataclass(frozen=True)
class Race:
    """sight: what a person would have seen. not_green: authorities whose stage may not be green before the truth.

    says: what authorities say in the race; before: what was said at earlier seconds. subjects: questions that an answer
    is for, where it is not the current one. read_at: seconds at which an authority was read, where it is not SEEN.
    truth: what is told in the end, where it is not the story's own; ends: the lane's state then, None where attempts go
    on that nothing more is told of.
    """

    sight: str
    not_green: frozenset[str]
    says: Mapping[str, Report | None]
    before: Sequence[tuple[float, str, Report]] = ()
    against: frozenset[str] = frozenset()  # whose word shows that the others are early, beside those that say so
    subjects: Mapping[str, Correlation] = field(default_factory=dict)
    read_at: Mapping[str, float] = field(default_factory=dict)
    truth: Mapping[str, Report] = field(default_factory=dict)
    ends: LaneState | None = "succeeded"


def race(sight: str, not_green: str | tuple[str, ...], says: Mapping[str, Report | None], **more: object) -> Race:
    """A race in which these authorities say so, and the stages of `not_green` are not to be believed."""
    names = (not_green,) if isinstance(not_green, str) else not_green
    return Race(sight, frozenset(names), says, **{**more, "against": frozenset(more.get("against", ()))})  # type: ignore


@dataclass
class Telling:
    """Writes a journal down, each authority asked what the watcher would ask it."""

    entries: list[Entry] = field(default_factory=list)
    known: Knowledge = field(default_factory=Knowledge)

    def tell(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.known = learn(self.known, entry)

    def ask(self, authority: str, report: Report | None, second: float, subject: Correlation | None = None) -> None:
        """What it answers, unless it cannot be asked yet or was asked just this."""
        known = correlate(self.known)
        if any(getattr(known, need) is None for need in NEEDS[authority]):
            return
        subject = subject or known.only(SUBJECT_FIELDS[authority])
        seen = self.known.seen.get(authority)
        if seen is None or seen.last.subject != subject or seen.last.report is not report:
            self.tell(says(authority, report, second, subject))

    def repeat(self, second: float) -> None:
        """Everyone is read once more and says the same."""
        for authority in AUTHORITIES:
            if authority in self.known.seen:
                self.tell(Confirmation(authority, moment(second), 0.0))


def journal(race: Race, order: Sequence[str] = AUTHORITIES) -> list[Entry]:
    """The race and then the truth, the authorities heard in this order."""
    telling = Telling()
    telling.tell(operator(0.0))
    for second, authority, report in race.before:
        telling.ask(authority, report, second)
    reports = {**REPORTS, **race.says}
    for late in (False, True):  # who was read before the others, then the others
        for _ in range(3):
            for authority in order:
                if (authority not in race.read_at) is late:
                    second = race.read_at.get(authority, SEEN)
                    telling.ask(authority, reports[authority], second, race.subjects.get(authority))
    if not race.read_at:
        telling.repeat(SEEN + 2)
    for _ in range(3):
        for authority in order:
            telling.ask(authority, race.truth.get(authority, REPORTS[authority]), TOLD)
    telling.repeat(TOLD + 2)
    return telling.entries


def _is_seen(race: Race, entries: Sequence[Entry]) -> bool:
    """Whether everyone by whom the race can be told was heard since it began."""
    begun = [entry for entry in entries if entry.read_at.steady >= STEADY + min([SEEN, *race.read_at.values()])]
    return race.against | {*race.says, *race.subjects} <= {entry.authority for entry in begun}


def wrong_greens(race: Race, order: Sequence[str] = AUTHORITIES) -> list[str]:
    """Every cut at which the lane, or a stage that may not be, is green before the truth is told."""
    found, known, entries = [], Knowledge(), journal(race, order)
    for number, entry in enumerate(entries, 1):
        if entry.read_at.steady >= STEADY + TOLD:
            break
        known = learn(known, entry)
        watched = race.not_green if _is_seen(race, entries[:number]) else frozenset()
        found += [f"{name} is green at {entry.read_at.steady - STEADY}" for name in _greens(known, entry, watched)]
    return found


def _greens(known: Knowledge, entry: Entry, watched: frozenset[str]) -> list[str]:
    """Which of these stages are green, and the lane if it is."""
    signals = judged(known, entry.read_at).signals
    green = [authority for authority in watched if signals[authority].state in GREEN]
    could_be = all(signal.is_done for signal in signals.values())
    return [*green, "lane"] if could_be and picture(lane(), known, entry.read_at).state in GREEN else green


def ending(race: Race, order: Sequence[str] = AUTHORITIES) -> Rollout:
    """The picture once the truth is told."""
    entries = journal(race, order)
    return picture(lane(), reduce(learn, entries, Knowledge()), entries[-1].read_at)
