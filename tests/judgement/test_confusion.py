"""The confusion matrix: what is true of every scenario against what is said of it, whole and under every fault.

A fault is what a read comes to, whatever befell it on its way (the table of faults leads each to one of these): nothing
was read of an authority, or every read of it ended so, or its last one did, or it fell silent. And the builder's log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce

import pytest

from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.facts import AUTHORITIES, Confirmation, Entry, Knowledge, Moment, Observation, Outcome
from lanewatch.rollout.gate import CHECKS, examine
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.stages import judged
from tests.judgement.endings import Ending, endings, lane, later, record_before, twisted

# A lane that is closed while git still runs in it kills git, which asyncio then complains about.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ROLLOUT, ENVIRONMENT, PLAN, LINKS = CHECKS
DELIVERED = frozenset({"build", "reuse", "env-reuse", "rerun", "slow", "hostile", "fallback"})
HOLDS: Mapping[str, frozenset[str]] = {
    ROLLOUT: frozenset({"reuse"}),
    ENVIRONMENT: frozenset({"reuse", "env-reuse"}),
    PLAN: DELIVERED | {"argo-degraded", "rolled-back", "image-drift", "argo-unnoticed", "crash-loop"},
    LINKS: DELIVERED,
    "lane": DELIVERED,
}
"""Where each check truly holds and each lane is delivered, by the scenarios' stories; nowhere else may it be green."""
FAILED = frozenset({"build-fails", "tekton-timeout", "tekton-cancelled", "argo-degraded", "rolled-back"})
BROKEN: Mapping[str, frozenset[str]] = {
    LINKS: frozenset({"image-drift"}),
    "lane": FAILED,
    "built-running": frozenset({"image-drift"}),
    "health-old": frozenset({"image-drift"}),
}

ENDS = (Outcome.DENIED, Outcome.ABSENT)  # it cannot be read, whatever the reason; or it answers that there is nothing
COUNTED = frozenset({"source-commit", "build-missing", "causal-order", "follower"})
"""Rules that count witnesses: with one fewer, what is left may truly agree."""
LATER = 40.0  # seconds after which an authority that is silent vouches for nothing


@dataclass(frozen=True)
class Seen:
    """What is known of an ending under a fault, and when."""

    known: Knowledge
    now: Moment
    built: BuildLog


Fault = Callable[[Ending], Seen]


def _folded(ending: Ending, entries: Iterable[Entry], seconds: float = 0.0) -> Seen:
    return Seen(reduce(learn, entries, Knowledge()), later(ending, seconds), ending.built)


def _ends_so(entry: Entry, outcome: Outcome) -> Entry:
    if not isinstance(entry, Observation):
        return entry
    return replace(entry, outcome=outcome, reason=f"it was {outcome}", facts=(), report=None, handles=())


def _unread(authority: str) -> Fault:
    return lambda ending: _folded(ending, (one for one in ending.entries if one.authority != authority))


def _always(authority: str, outcome: Outcome) -> Fault:
    return lambda ending: _folded(
        ending, (_ends_so(one, outcome) if one.authority == authority else one for one in ending.entries)
    )


def _moved(entry: Observation, seconds: float) -> Moment:
    return Moment(entry.read_at.wall + timedelta(seconds=seconds), entry.read_at.steady + seconds)


def _at_last(authority: str, outcome: Outcome) -> Fault:
    """It answered, and then not any more; the others are confirmed."""

    def seen(ending: Ending) -> Seen:
        last = {one.authority: one for one in ending.entries if isinstance(one, Observation)}
        news = [
            replace(_observation(_ends_so(one, outcome)), read_at=_moved(one, LATER))
            if name == authority
            else Confirmation(name, _moved(one, LATER), 0.0)
            for name, one in last.items()
        ]
        return _folded(ending, (*ending.entries, *news), LATER + 1)

    return seen


def _observation(entry: Entry) -> Observation:
    assert isinstance(entry, Observation)
    return entry


def _faults() -> Iterator[tuple[str, Fault]]:
    yield "none", lambda ending: Seen(ending.known(), ending.at, ending.built)
    yield "silence for five minutes", lambda ending: Seen(ending.known(), later(ending, 300.0), ending.built)
    yield "no builder's log", lambda ending: Seen(ending.known(), ending.at, BuildLog())
    for authority in AUTHORITIES:
        yield f"{authority} not read", _unread(authority)
        for outcome in ENDS:
            yield f"{authority} {outcome}", _always(authority, outcome)
        yield f"{authority} lost", _at_last(authority, Outcome.UNREACHABLE)


def _said(seen: Seen) -> Iterator[tuple[str, str]]:
    """(question, green, red or neither): every check, every contradiction, and the lane itself."""
    case = judged(seen.known, seen.now)
    for verdict in examine(case, lane(), (record_before(),), seen.built):
        yield verdict.check, {"pass": "green", "fail": "red"}.get(verdict.state, "neither")
    for one in compare_all(Scene(case, lane())):
        yield one.rule.id, {"agrees": "green", "contradicts": "red"}.get(one.comparison.standing, "neither")
    state = picture(lane(), seen.known, seen.now).state
    yield "lane", {"succeeded": "green", "failed": "red"}.get(state, "neither")


def _truth(question: str, scenario: str) -> str:
    if scenario in BROKEN.get(question, frozenset()):
        return "broken"
    if question not in HOLDS:
        return "holds"  # two sides contradict each other only where the story says so
    return "holds" if scenario in HOLDS[question] else "open"


FAULTS = dict(_faults())


def test_no_false_green_in_any_scenario_under_any_fault(capsys: pytest.CaptureFixture[str]) -> None:
    matrix: Counter[tuple[str, str]] = Counter()
    false_greens, false_alarms = [], []
    for scenario, ending in endings().items():
        for name, fault in FAULTS.items():
            for question, said in _said(fault(ending)):
                truth = _truth(question, scenario)
                matrix[truth, said] += 1
                if said == "green" and truth != "holds":
                    false_greens.append((scenario, name, question))
                if said == "red" and truth != "broken":
                    false_alarms.append((scenario, name, question))
    with capsys.disabled():
        print(f"\n  {len(endings())} scenarios × {len(FAULTS)} faults")
        print("  truth    " + "".join(f"{said:>10}" for said in ("green", "red", "neither")))
        for truth in ("holds", "broken", "open"):
            print(f"  {truth:<9}" + "".join(f"{matrix[truth, said]:>10}" for said in ("green", "red", "neither")))
        print(f"  false greens: {len(false_greens)}; false alarms: {false_alarms or 0}")
    assert not false_greens
    assert not false_alarms


def test_what_is_broken_is_green_under_no_fault() -> None:
    """Each check and each pair of sides, in the lane that breaks it."""
    greens = {
        (rule, name)
        for rule, ending in twisted().items()
        if rule not in COUNTED
        for name, fault in FAULTS.items()
        for question, said in _said(fault(ending))
        if question == rule and said == "green"
    }
    assert not greens


def test_every_true_green_is_seen() -> None:
    for scenario, ending in endings().items():
        for check, said in _said(FAULTS["none"](ending)):
            if check in CHECKS and (scenario, check) != ("hostile", ENVIRONMENT):
                assert (said == "green") == (scenario in HOLDS[check]), (scenario, check)


def test_after_silence_what_runs_is_not_green() -> None:
    found = dict(_said(FAULTS["silence for five minutes"](endings()["reuse"])))
    assert found[LINKS] == found[ROLLOUT] == "neither"
    assert found[PLAN] == "green"  # rests on what is pinned by uid and digest, and does not age
