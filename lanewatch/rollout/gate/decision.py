"""The decision gate: passed only if every check passes over the last rollouts that exercise it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.rollout.gate.verdict import Verdict
from lanewatch.rollout.record import CheckState, Record
from lanewatch.rollout.rollout import ENDED
from lanewatch.rollout.wording import counted, short
from lanewatch.spec.lane import Lane

WANTED = 5  # rollouts that must exercise each check

Decision = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Tally:
    """One check over the last rollouts that exercised it, newest first."""

    check: str
    state: CheckState  # not-exercised: no rollout that was seen put it to the test
    states: tuple[CheckState, ...]
    commits: tuple[str, ...]
    wanted: int

    @property
    def sentence(self) -> str:
        passed = self.states.count("pass")
        if not self.states:
            return f"no rollout seen so far puts it to the test ({self.wanted} are wanted)"
        at = next((short(sha) for sha, state in zip(self.commits, self.states, strict=True) if state != "pass"), "")
        why = f", {self.state} at {at}" if at else ""
        return f"{passed} of {counted(self.wanted, 'wanted rollout')} passed{why}"


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdicts of the watched rollout, the tallies of the spec's checks, and the decision."""

    name: str  # spec.scope.decisionGate
    verdicts: tuple[Verdict, ...]
    tallies: tuple[Tally, ...]
    decision: Decision
    sentence: str


def decide(
    lane: Lane, case: Case, verdicts: Sequence[Verdict], records: Sequence[Record], wanted: int = WANTED
) -> Gate:
    """Over the watched rollout, once it has ended or something failed in it, and the records of others."""
    others = sorted(
        (record for record in records if record.commit != case.commit), key=lambda one: one.ended_at, reverse=True
    )
    tallies = tuple(_tally(verdict, case, lane, _latest(others), wanted) for verdict in verdicts)
    states = [tally.state for tally in tallies]
    decision: Decision = "unknown"
    if "fail" in states:
        decision = "fail"
    elif states and all(state == "pass" for state in states):
        decision = "pass"
    return Gate(lane.decision_gate, tuple(verdicts), tallies, decision, _sentence(decision, tallies))


def _latest(records: Sequence[Record]) -> Iterator[Record]:
    """One record a commit, the newest."""
    told: set[str] = set()
    for record in records:
        if record.commit not in told:
            told.add(record.commit)
            yield record


def _tally(verdict: Verdict, case: Case, lane: Lane, others: Iterator[Record], wanted: int) -> Tally:
    told: list[tuple[str, CheckState]] = []
    if _counts(verdict, case, lane):
        told.append((case.commit or "", verdict.state))
    told += [(record.commit, record.checks.get(verdict.check, "unknown")) for record in others]
    exercised = [(commit, state) for commit, state in told if state != "not-exercised"][:wanted]
    states = tuple(state for _, state in exercised)
    state: CheckState = "unknown"
    if not states:
        state = "not-exercised"
    elif "fail" in states:
        state = "fail"
    elif len(states) == wanted and set(states) == {"pass"}:
        state = "pass"
    return Tally(verdict.check, state, states, tuple(commit for commit, _ in exercised), wanted)


def _counts(verdict: Verdict, case: Case, lane: Lane) -> bool:
    """A rollout under way has not said its last word; a broken link will not mend."""
    ended = all(case.signal(stage.authority).state in (*ENDED, "unknown") for stage in lane.stages)
    return ended or verdict.state == "fail"


def _sentence(decision: Decision, tallies: Sequence[Tally]) -> str:
    if decision == "pass":
        return "The gate is passed: every check passes over the last rollouts that exercise it."
    if decision == "fail":
        bad = ", ".join(tally.check for tally in tallies if tally.state == "fail")
        return f"The gate is closed: {bad} failed."
    if not tallies:
        return "The gate stays closed: the spec names no check."
    passed = sum(tally.state == "pass" for tally in tallies)
    each = counted(tallies[0].wanted, "rollout")
    return f"The gate stays closed: {passed} of {len(tallies)} checks are proven by {each} each."
