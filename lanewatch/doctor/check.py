"""What an examination says: checks of one system, each with the exact fix where something is wrong. Plain values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from lanewatch.clients.answers import ReadFailure
from lanewatch.doctor.grants import Grant
from lanewatch.rollout.facts import Outcome

T = TypeVar("T")


class Verdict(StrEnum):
    """How one check ended, from best to worst."""

    OK = "ok"
    NOTE = "note"  # it works; a person should know what is odd or slower
    UNTOLD = "unknown"  # nobody tells, or there was nothing to try it on
    FAILED = "failed"


SEVERITY: tuple[Verdict, ...] = (Verdict.OK, Verdict.NOTE, Verdict.UNTOLD, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Check:
    """One question to one system. `fix` is the line to type or the value to change; "" unless it failed or is odd."""

    name: str
    verdict: Verdict
    says: str
    fix: str = ""
    outcome: Outcome = Outcome.OK
    authorities: tuple[str, ...] = ()  # who needs it; empty: every authority that asks this system
    grant: Grant | None = None  # the right that lacks, where `fix` is to grant it


@dataclass(frozen=True, slots=True)
class Examined:
    """One system after its examination. Seconds; `skew` bounds its clock minus ours, None when it told no time."""

    system: str  # its connections key: "gitea", "kubernetes.ci"
    address: str
    authorities: tuple[str, ...]
    checks: tuple[Check, ...]
    version: str = ""
    latency: float | None = None
    skew: tuple[float, float] | None = None
    requests: int = 0
    named: bool = True  # in connections; else it only says what lacks without it

    @property
    def verdict(self) -> Verdict:
        return worst(check.verdict for check in self.checks)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole lane: every system, and the authorities whose system connections leave out, with what to add."""

    target: str
    systems: tuple[Examined, ...]
    unconfigured: tuple[tuple[str, str], ...]  # authority, why

    def of(self, authority: str) -> tuple[Verdict, tuple[tuple[Examined, Check], ...]]:
        """The worst verdict for one authority, and the checks that made it so."""
        if any(authority == one for one, _ in self.unconfigured):
            return Verdict.UNTOLD, ()
        concerned = [
            (system, check)
            for system in self.systems
            if authority in system.authorities
            for check in system.checks
            if not check.authorities or authority in check.authorities
        ]
        found = worst(check.verdict for _, check in concerned)
        return found, tuple(pair for pair in concerned if pair[1].verdict is found and found is not Verdict.OK)


def worst(verdicts: object) -> Verdict:
    """The worst of some verdicts; OK of none."""
    return max(verdicts, key=SEVERITY.index, default=Verdict.OK)  # type: ignore[call-overload,no-any-return]


@dataclass(slots=True)
class Sheet:
    """Collects the checks of one system in the order they are written."""

    authorities: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)

    def ok(self, name: str, says: str) -> None:
        self.add(Check(name, Verdict.OK, says))

    def note(self, name: str, says: str, fix: str = "") -> None:
        self.add(Check(name, Verdict.NOTE, says, fix))

    def untold(self, name: str, says: str, fix: str = "") -> None:
        self.add(Check(name, Verdict.UNTOLD, says, fix))

    def failed(self, name: str, says: str, fix: str, outcome: Outcome = Outcome.INVALID) -> None:
        self.add(Check(name, Verdict.FAILED, says, fix, outcome))

    def lacks(self, name: str, says: str, lacking: Grant, verdict: Verdict = Verdict.FAILED) -> None:
        """A right that is not granted; `says` does not repeat the name, so that several can be told as one."""
        outcome = Outcome.DENIED if verdict is Verdict.FAILED else Outcome.OK
        self.add(Check(name, verdict, says, lacking.fix(), outcome, grant=lacking))

    def add(self, check: Check) -> None:
        self.checks.append(replace(check, authorities=check.authorities or self.authorities))

    def about(self, *authorities: str) -> Sheet:
        """The same sheet for checks that concern these authorities only."""
        return Sheet(authorities, self.checks)

    async def read(self, name: str, asked: Awaitable[T], fix: Callable[[ReadFailure], str]) -> T | None:
        """What was asked for; None, and a failed check with its fix, where it could not be read."""
        try:
            return await asked
        except ReadFailure as failure:
            asked_for = "configured" if failure.outcome is Outcome.UNCONFIGURED else name  # nothing was asked at all
            self.failed(asked_for, failure.reason, fix(failure), failure.outcome)
            return None
