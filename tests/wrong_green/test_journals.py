"""Every scenario as the real authorities read it: cut at every entry, held back, run ahead, shuffled, doubled, thinned.

What is green is judged by the ledger: at no cut is a stage, or the lane, green before it truly was.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import groupby

import pytest

from lanewatch.rollout.facts import ACTIONS, AUTHORITIES, OPERATOR, Entry, Knowledge, Observation
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.rollout import Rollout
from lanewatch.rollout.stages import judged
from lanewatch.simulator.scenarios import SCENARIOS
from tests.authorities.served_lane import lane
from tests.wrong_green.journals import Journal, journals, moment, second_of, truly
from tests.wrong_green.races import GREEN

STAGE_OF = {stage.authority: stage.id for stage in lane().stages}


@pytest.fixture(params=SCENARIOS)
def journal(request: pytest.FixtureRequest) -> Journal:
    return journals()[request.param]


def folded(entries: Iterable[Entry], known: Knowledge | None = None) -> Knowledge:
    return reduce(learn, entries, known or Knowledge())


def at_end(journal: Journal, entries: Iterable[Entry]) -> Rollout:
    return picture(lane(), folded(entries), journal.entries[-1].read_at)


def too_green(journal: Journal, known: Knowledge, second: float, besides: str = "") -> list[str]:
    """The stages and the lane that are green at a second at which the ledger has them otherwise.

    `besides` is an authority of whose stage more is known already than was true. A run that was taken and then ended
    badly keeps its row as it was until Tekton was asked again whether it made a PipelineRun: `status` waits for that.
    """
    case = judged(known, moment(second))
    asked = [one for one in AUTHORITIES if one != besides and not (one == ACTIONS and case.signal(one).awaits)]
    states = {STAGE_OF[one]: case.signal(one).state for one in asked}
    if all(signal.is_done for signal in case.signals.values()):  # else the lane has not succeeded
        states["lane"] = picture(lane(), known, moment(second)).state  # type: ignore[assignment]
    return [f"{name} is {state} at {second}" for name, state in states.items()
            if state in GREEN and not _may_be_green(journal, name, second, besides)]  # fmt: skip


def _may_be_green(journal: Journal, name: str, second: float, besides: str) -> bool:
    if name != "lane" or not besides:
        return bool(truly(journal.world, name, second) & GREEN)
    others = [truly(journal.world, STAGE_OF[one], second) for one in AUTHORITIES if one != besides]
    return all(states & (GREEN | {"skipped"}) for states in others)


def test_at_no_cut_is_anything_green_before_the_ledger_says_so(journal: Journal) -> None:
    known = Knowledge()
    for entry in journal.entries:
        known = learn(known, entry)
        assert too_green(journal, known, second_of(entry)) == []


def test_at_the_end_every_stage_and_the_lane_are_as_the_ledger_has_them(journal: Journal) -> None:
    rollout, second = at_end(journal, journal.entries), second_of(journal.entries[-1])
    states = {**{stage.id: stage.state for stage in rollout.stages}, "lane": rollout.state}
    assert {name: state for name, state in states.items() if state not in truly(journal.world, name, second)} == {}


def said_by(journal: Journal, second: float) -> dict[str, Observation]:
    """What each authority would say at a second."""
    heard = (one for one in journal.entries if isinstance(one, Observation) and second_of(one) < second + 1)
    return {one.authority: one for one in heard}


def observed_seconds(journal: Journal) -> list[int]:
    return sorted({int(second_of(one)) for one in journal.entries if isinstance(one, Observation)})


def test_one_sweep_at_any_second_is_not_greener_than_the_world(journal: Journal) -> None:
    for second in observed_seconds(journal):
        swept = [replace(one, read_at=moment(second)) for one in said_by(journal, second).values()]
        assert too_green(journal, folded(swept), second) == []


def said(observation: Observation) -> object:
    """What was said, whatever was asked."""
    return observation.outcome, [(fact.name, fact.value) for fact in observation.facts]


def held_back(journal: Journal, authority: str) -> Iterator[tuple[list[Entry], float]]:
    """The journal with one answer of an authority kept for ever, and the second until which that answer was true."""
    own = [one for one in journal.entries if isinstance(one, Observation) and one.authority == authority]
    for number, last in enumerate(own):
        dropped = own[number + 1 :]
        until = next((second_of(one) for one in dropped if said(one) != said(last)), None)
        if until is not None:
            left_out = {id(one) for one in dropped}
            yield [one for one in journal.entries if id(one) not in left_out], until


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_an_authority_that_repeats_an_old_answer_makes_nothing_green(journal: Journal, authority: str) -> None:
    end = second_of(journal.entries[-1])
    for entries, until in held_back(journal, authority):
        if at_end(journal, entries).state == "succeeded":
            own = truly(journal.world, STAGE_OF[authority], until) & (GREEN | {"skipped"})
            delivered = "succeeded" in truly(journal.world, "lane", end)
            assert "succeeded" in truly(journal.world, "lane", until) or (own and delivered), until


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_an_authority_that_runs_ahead_makes_nothing_else_green(journal: Journal, authority: str) -> None:
    last = said_by(journal, second_of(journal.entries[-1])).get(authority)
    others = [one for one in journal.entries if one.authority != authority]
    known = Knowledge()
    for second, entries in groupby(others, lambda one: int(second_of(one))):
        read = list(entries)
        known = folded(read, known)
        if last is not None and any(isinstance(one, Observation) for one in read):
            early = learn(known, replace(last, read_at=moment(second + 0.9)))
            assert too_green(journal, early, second + 0.9, besides=authority) == []


def shuffled(journal: Journal, seed: int) -> list[Entry]:
    """The same reads in another order between authorities, each one's own order kept; the operator speaks first."""
    choice = random.Random(seed)
    own = {name: [one for one in journal.entries if one.authority == name] for name in AUTHORITIES}
    slots = [one.authority for one in journal.entries if one.authority != OPERATOR]
    choice.shuffle(slots)
    return [journal.entries[0], *(own[name].pop(0) for name in slots)]


@pytest.mark.parametrize("seed", range(4))
def test_the_order_between_authorities_does_not_matter(journal: Journal, seed: int) -> None:
    assert at_end(journal, shuffled(journal, seed)) == at_end(journal, journal.entries)


def true_until(journal: Journal) -> dict[int, float]:
    """By identity of an entry: the second at which its authority says something else next, else the last second."""
    found: dict[int, float] = {}
    end = second_of(journal.entries[-1])
    for authority in AUTHORITIES:
        own = [one for one in journal.entries if one.authority == authority]
        heard = [one for one in own if isinstance(one, Observation)]
        until = end
        for entry in own:
            if isinstance(entry, Observation):
                after = heard[heard.index(entry) + 1 :]
                until = next((second_of(one) for one in after if said(one) != said(entry)), end)
            found[id(entry)] = until
    return found


@pytest.mark.parametrize("seed", range(2))
def test_authorities_that_are_read_at_different_seconds_make_nothing_green(journal: Journal, seed: int) -> None:
    """Each is behind or ahead of the others as it happens to be; what it vouches for was true when it was read."""
    known, end, until = Knowledge(), second_of(journal.entries[-1]), true_until(journal)
    read = dict.fromkeys((OPERATOR, *AUTHORITIES), 0.0)
    for number, entry in enumerate(shuffled(journal, seed)):
        now = moment(end + number / 50)
        known = learn(known, replace(entry, read_at=now))
        read[entry.authority] = until.get(id(entry), 0.0)
        case = judged(known, now)
        for authority in AUTHORITIES:
            if case.signal(authority).state in GREEN:
                assert truly(journal.world, STAGE_OF[authority], read[authority]) & GREEN, (authority, number)
        if all(signal.is_done for signal in case.signals.values()):
            ended = [truly(journal.world, STAGE_OF[one], read[one]) & (GREEN | {"skipped"}) for one in AUTHORITIES]
            assert all(ended) or picture(lane(), known, now).state != "succeeded", number


def test_reads_that_are_told_twice_change_nothing(journal: Journal) -> None:
    twice = [entry for entry in journal.entries for _ in range(2)]
    assert at_end(journal, twice) == at_end(journal, journal.entries)


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_without_one_authority_no_lane_has_succeeded(journal: Journal, authority: str) -> None:
    """Whether it failed, is unknown or had succeeded: what nobody vouches for is not green."""
    known = Knowledge()
    for entry in (one for one in journal.entries if one.authority != authority):
        known = learn(known, entry)
        if isinstance(entry, Observation):
            assert judged(known, entry.read_at).signal(authority).state not in GREEN
    assert picture(lane(), known, journal.entries[-1].read_at).state != "succeeded"


def test_one_read_less_is_green_only_where_the_lane_was_when_it_was_last_read(journal: Journal) -> None:
    if at_end(journal, journal.entries).state == "succeeded":
        return
    before: dict[str, float] = {}
    known, entries = Knowledge(), journal.entries
    for number, entry in enumerate(entries):
        if isinstance(entry, Observation) and entry.authority != OPERATOR:
            rollout = picture(lane(), folded(entries[number + 1 :], known), entries[-1].read_at)
            if rollout.state == "succeeded":
                assert "succeeded" in truly(journal.world, "lane", before.get(entry.authority, 0.0)), second_of(entry)
            before[entry.authority] = second_of(entry)
        known = learn(known, entry)


def test_the_journals_are_large_enough_to_mean_something() -> None:
    read = journals()
    assert list(read) == list(SCENARIOS)
    assert sum(isinstance(one, Observation) for journal in read.values() for one in journal.entries) > 1000
    assert observed(read["build"].entries) == {OPERATOR, *AUTHORITIES}


def observed(entries: Sequence[Entry]) -> set[str]:
    return {entry.authority for entry in entries}
