"""The plain form of what was read: whatever can be said comes back equal, and nothing else is taken."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lanewatch.rollout.codec import CodecError, decode, encode
from lanewatch.rollout.facts import Confirmation, Moment, Observation, Outcome
from lanewatch.rollout.reports import OperatorReport, Report
from tests.rollout import story

TEXTS = some.text(some.characters(exclude_categories=("Cs",)), max_size=6)
SIMPLE: Mapping[Any, some.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: some.booleans(),
    int: some.integers(-(2**63), 2**63),
    float: some.floats(allow_nan=False, allow_infinity=False),
    datetime: some.datetimes(timezones=some.just(UTC)),
    type(None): some.none(),
}


def anything(hint: Any) -> some.SearchStrategy[Any]:
    """Values of a type hint, built by the hint and not by the codec."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if dataclasses.is_dataclass(hint):
        return instances(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return some.sampled_from(list(hint))
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return some.sampled_from(parts)
    if origin is tuple and parts[1:] == (Ellipsis,):
        return some.lists(anything(parts[0]), max_size=1).map(tuple)
    if origin is tuple:
        return some.tuples(*map(anything, parts))
    if origin is Mapping:
        return some.dictionaries(TEXTS, anything(parts[1]), max_size=2)
    assert origin in (Union, types.UnionType), hint
    return some.one_of(*map(anything, parts))


@functools.cache
def instances(kind: Any) -> some.SearchStrategy[Any]:
    """Of a dataclass; made when they are drawn, as it may hold others of its kind (a child pipeline does)."""
    hints = get_type_hints(kind, localns={"Report": Report})
    names = [one.name for one in dataclasses.fields(kind)]
    return some.deferred(lambda: some.builds(kind, **{name: anything(hints[name]) for name in names}))


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(encode(value), ensure_ascii=False, allow_nan=False))


@pytest.mark.parametrize("kind", [Confirmation, Moment, *get_args(Report)])
def test_what_is_encoded_comes_back_equal(kind: type) -> None:
    @settings(max_examples=20)
    @given(anything(kind))
    def holds(value: Any) -> None:
        again = decode(kind, through_json(value))
        assert again == value
        assert encode(again) == encode(value)

    holds()


@pytest.mark.parametrize("kind", get_args(Report))
def test_an_observation_holds_every_report(kind: type) -> None:
    @settings(max_examples=5)
    @given(anything(Observation), anything(kind))
    def holds(observation: Observation, report: Any) -> None:
        value = dataclasses.replace(observation, report=report)
        assert decode(Observation, through_json(value)) == value

    holds()


def test_the_lane_of_the_given_spec_comes_back_equal() -> None:
    assert decode(type(story.lane()), through_json(story.lane())) == story.lane()


def test_what_holds_its_default_is_left_out() -> None:
    assert encode(OperatorReport(note="looking into it")) == {"note": "looking into it"}
    assert decode(OperatorReport, {}) == OperatorReport()


BROKEN: list[tuple[str, Any, str]] = [
    ("unknown key", {"wall": "2026-07-05T14:00:00Z", "steady": 1.0, "more": 1}, "unknown key 'more'"),
    ("missing key", {"wall": "2026-07-05T14:00:00Z"}, "no steady"),
    ("naive time", {"wall": "2026-07-05T14:00:00", "steady": 1.0}, "wall: a time in UTC is wanted"),
    ("no time", {"wall": "yesterdayZ", "steady": 1.0}, "wall: a time in UTC is wanted"),
    ("flag for a number", {"wall": "2026-07-05T14:00:00Z", "steady": True}, "steady: a whole number is wanted"),
    ("infinite", {"wall": "2026-07-05T14:00:00Z", "steady": float("inf")}, "steady: a whole number is wanted"),
    ("huge", {"wall": "2026-07-05T14:00:00Z", "steady": 10**30}, "steady: a whole number is wanted"),
    ("list", [], "an object is wanted"),
]


@pytest.mark.parametrize(("plain", "message"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_does_not_fit_is_refused_with_its_place(plain: Any, message: str) -> None:
    with pytest.raises(CodecError) as error:
        decode(Moment, plain)
    assert str(error.value) == message


def test_the_place_of_a_fault_is_told_from_the_outside_in() -> None:
    plain = encode(story.says("gitops-commit", story.GITOPS_REPORT, 1.0))
    plain["report"]["history"][0]["sha"] = 5
    with pytest.raises(CodecError, match=r"^report\.history\.sha: a text is wanted$"):
        decode(Observation, plain)


@pytest.mark.parametrize("kind", ["PosixPath", "", None, "Moment"])
def test_a_report_of_no_known_kind_is_refused(kind: str | None) -> None:
    plain = encode(story.says("gitops-commit", story.GITOPS_REPORT, 1.0))
    plain["report"]["type"] = kind
    with pytest.raises(CodecError, match=r"^report: no type, or an unknown one$"):
        decode(Observation, plain)


def test_an_outcome_that_nobody_knows_is_refused() -> None:
    plain = {**encode(story.says("gitops-commit", None, 1.0)), "outcome": "fine"}
    with pytest.raises(CodecError, match=r"^outcome: none of the known words$"):
        decode(Observation, plain)
    assert decode(Observation, {**plain, "outcome": "ok"}).outcome is Outcome.OK
