"""The table: in every race some authority already says good while another does not yet; nothing is green too soon."""

from __future__ import annotations

import pytest

from lanewatch.rollout.facts import AUTHORITIES
from tests.wrong_green.races import Race, ending, wrong_greens
from tests.wrong_green.races_of_build import BUILD_RACES
from tests.wrong_green.races_of_closeout import CLOSEOUT_RACES
from tests.wrong_green.races_of_source import SOURCE_RACES

RACES: tuple[Race, ...] = (*SOURCE_RACES, *BUILD_RACES, *CLOSEOUT_RACES)
ORDERS = (AUTHORITIES, AUTHORITIES[::-1], (*AUTHORITIES[4:], *AUTHORITIES[:4]))


def by_sight(race: Race) -> str:
    return race.sight


@pytest.mark.parametrize("race", RACES, ids=by_sight)
def test_nothing_is_green_before_it_is_true(race: Race) -> None:
    for order in ORDERS:
        assert wrong_greens(race, order) == []


@pytest.mark.parametrize("race", RACES, ids=by_sight)
def test_and_the_race_alone_held_it_back(race: Race) -> None:
    for order in ORDERS:
        last = ending(race, order)
        assert last.state == race.ends, [(stage.id, stage.state, stage.says) for stage in last.stages]


def test_every_authority_is_raced_and_every_race_has_a_name_of_its_own() -> None:
    assert {authority for race in RACES for authority in race.not_green} == set(AUTHORITIES)
    assert len({race.sight for race in RACES}) == len(RACES) >= 40
