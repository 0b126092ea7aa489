"""The words in which a rule compares two authorities, and how lag is told from contradiction.

What belongs here: values and the one decision between `settling` and `contradicts`. Which authorities are compared is
the business of the rules' own modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.facts import Moment
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.freshness import age_of
from lanewatch.rollout.wording import seconds
from lanewatch.spec.lane import Lane

Standing = Literal["agrees", "settling", "contradicts", "unknown"]


@dataclass(frozen=True, slots=True)
class Side:
    """What one authority says, and where it can be read."""

    authority: str
    says: str
    source: str
    age_seconds: float | None = None  # since it last said so


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two or more authorities stand to each other. `sentence` is for a person; "" where they agree."""

    standing: Standing
    sentence: str = ""
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule may look at: the judged lane, and the follower where somebody read it."""

    case: Case
    lane: Lane
    follower: FollowerStatus | None = None
    follower_reason: str = "not read"  # why there is none

    @property
    def now(self) -> Moment:
        return self.case.now

    def side(self, authority: str, says: str, name: str = "") -> Side:
        """A side with the locator and the age of the authority's own fact."""
        answer = self.case.answer(authority)
        fact = answer.fact(name) if answer and name else None
        source = fact.source if fact else (answer.facts[0].source if answer and answer.facts else authority)
        return Side(authority, says, source, age_of(self.case.seen(authority), self.case.now))


AGREES = Comparison("agrees")


def unknown(reason: str) -> Comparison:
    """Not comparable: a side is missing. `reason` says which, and so what would settle it."""
    return Comparison("unknown", reason)


def contradicts(sentence: str, *sides: Side) -> Comparison:
    """No lag explains it: ids, digests and ended things do not change."""
    return Comparison("contradicts", sentence, sides)


def lagging(scene: Scene, sentence: str, sides: tuple[Side, ...], since: Stamp | None, patience: float) -> Comparison:
    """A contradiction once it was surely seen to last longer than news takes to travel; until then it is settling.

    sentence: without its end, which is for how long. Since a side was last heard the news may have come.
    """
    span = scene.case.clocks.until_now(since)
    if span is None:
        return Comparison("settling", f"{sentence}, since when is not known.", sides)
    lasts = f"{sentence}, for {seconds(span.seconds)}"
    if span.low - max(side.age_seconds or 0.0 for side in sides) > patience:
        return Comparison("contradicts", f"{lasts}.", sides)
    return Comparison("settling", f"{lasts}: up to {patience:g} s are news under way.", sides)


@dataclass(frozen=True, slots=True)
class Told:
    """Values that several authorities told of one thing, for rules that compare any number of them."""

    sides: list[tuple[Side, str]] = field(default_factory=list)

    def add(self, scene: Scene, authority: str, what: str, value: str, name: str = "") -> None:
        """One more witness; an empty value says nothing."""
        if value:
            self.sides.append((scene.side(authority, f"{what} {value}", name), value))

    def differ(self) -> bool:
        return len({value for _, value in self.sides}) > 1

    def witnesses(self) -> tuple[Side, ...]:
        return tuple(side for side, _ in self.sides)
