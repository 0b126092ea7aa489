"""The fold of lists and events: whatever order and repetition they come in, the objects are those that exist."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.clients.native import PODS, Listing
from lanewatch.clients.watched_list import Event, StreamBroken, WatchedList, can_be_watched, parse_event
from lanewatch.rollout.facts import Moment
from tests.clients.conftest import StillClock

NOW: Moment = StillClock().now()


def pod(uid: str, version: int, name: str = "") -> dict[str, Any]:
    meta = {"uid": uid, "namespace": "ci", "name": name or uid, "resourceVersion": str(version)}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta}


def listing(version: int, *items: dict[str, Any]) -> Listing:
    bare = tuple({"metadata": item["metadata"]} for item in items)
    return Listing(bare, str(version), NOW, "cluster.example.org", "")


def told(kind: Any, uid: str, version: int, name: str = "") -> Event:
    return Event(kind, pod(uid, version, name))


def versions(known: WatchedList) -> dict[str, str]:
    found: dict[str, Any] = {str(item["metadata"]["uid"]): item["metadata"] for item in known.items}  # type: ignore[index,call-overload]
    return {uid: meta["resourceVersion"] for uid, meta in found.items()}


def known_of(*items: dict[str, Any], version: int = 10) -> WatchedList:
    known = WatchedList(PODS)
    known.listed(listing(version, *items), "", streaming=False)
    return known


def test_events_change_what_was_listed_and_look_like_listed_items() -> None:
    known = known_of(pod("a", 5))
    assert known.heard(told("MODIFIED", "a", 11))
    assert known.heard(told("ADDED", "b", 12))
    assert not known.heard(Event("BOOKMARK", {"metadata": {"resourceVersion": "40"}}))
    assert versions(known) == {"a": "11", "b": "12"}
    assert not any("kind" in item for item in known.items)
    assert known.version == "40"


def test_repeated_and_late_events_change_nothing() -> None:
    known = known_of(pod("a", 20), version=20)
    assert not known.heard(told("MODIFIED", "a", 20))
    assert not known.heard(told("MODIFIED", "a", 7))
    known.heard(told("DELETED", "a", 25))
    assert not known.heard(told("MODIFIED", "a", 24))
    assert versions(known) == {}


def test_an_object_that_is_told_as_added_though_it_is_known_is_there_once() -> None:
    known = known_of(pod("a", 5))
    assert not known.heard(told("ADDED", "a", 5))
    assert known.heard(told("ADDED", "a", 12))
    assert versions(known) == {"a": "12"}


def test_a_recreated_object_replaces_its_namesake_even_when_the_deletion_was_lost() -> None:
    known = known_of(pod("old", 5, "runner"))
    assert known.heard(told("ADDED", "new", 12, "runner"))
    assert versions(known) == {"new": "12"}
    assert not known.heard(told("DELETED", "old", 11, "runner"))
    assert versions(known) == {"new": "12"}


def test_a_list_that_was_overtaken_by_events_takes_nothing_back() -> None:
    known = known_of(pod("a", 5), pod("gone", 6))
    known.heard(told("MODIFIED", "a", 30))
    known.heard(told("ADDED", "b", 31))
    known.heard(told("DELETED", "gone", 32))
    assert not known.listed(listing(20, pod("a", 5), pod("gone", 6)), "10", streaming=True)
    assert versions(known) == {"a": "30", "b": "31"}
    assert known.version == "32"
    assert not known.owes


def test_what_a_list_tells_and_the_stream_does_not_is_owed_until_it_does() -> None:
    known = known_of(pod("a", 5), pod("b", 6))
    assert known.listed(listing(20, pod("a", 15)), "10", streaming=True)
    assert known.owes
    known.heard(told("MODIFIED", "a", 15))
    assert known.owes, "the deletion of b is still owed"
    known.heard(told("DELETED", "b", 16))
    assert not known.owes


def test_versions_that_went_back_are_another_history() -> None:
    known = known_of(pod("a", 500), pod("b", 501), version=510)
    known.heard(told("DELETED", "b", 511))
    assert known.listed(listing(90, pod("a", 50), pod("b", 51)), "511", streaming=True)
    assert versions(known) == {"a": "50", "b": "51"}
    assert known.version == "90"


@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=12))
def test_any_order_with_any_repetition_ends_at_the_newest_of_each(order: list[int], repeated: list[int]) -> None:
    events = [told("MODIFIED", f"u{number % 3}", 100 + number) for number in range(9)]
    events += [told("DELETED", "u0", 120), told("ADDED", "u3", 121), told("MODIFIED", "u3", 122)]
    known = known_of()
    for number in [*order, *repeated]:
        known.heard(events[number])
    assert versions(known) == {"u1": "107", "u2": "108", "u3": "122"}


@pytest.mark.parametrize(
    ("line", "reason", "expired"),
    [
        (b'{"type":"ERROR","object":{"code":410}}', "ended with 410", True),
        (b'{"type":"ERROR","object":{"code":500}}', "ended with 500", False),
        (b"Too many requests, please try again later.", "broken JSON", False),
        (b'"a word"', "no event", False),
        (b'{"type":"ADDED"}', "no event", False),
        (b'{"type":"SORTED","object":{}}', "unknown type", False),
        (b'{"type":"ADDED","object":{"a":1,"a":2}}', "duplicate key", False),
    ],
)
def test_lines_that_are_no_events(line: bytes, reason: str, expired: bool) -> None:
    with pytest.raises(StreamBroken, match=reason) as caught:
        parse_event(line)
    assert caught.value.expired is expired


def test_an_event_without_identity_breaks_the_stream() -> None:
    with pytest.raises(StreamBroken, match="without uid"):
        known_of().heard(parse_event(json.dumps({"type": "ADDED", "object": {"metadata": {"uid": 7}}}).encode()))


def test_a_list_without_identity_or_order_is_not_watched() -> None:
    assert can_be_watched(listing(5, pod("a", 1)))
    assert not can_be_watched(Listing(({},), "5", NOW, "h", ""))
    assert not can_be_watched(Listing((), "", NOW, "h", ""))
    assert not can_be_watched(listing(5, {"metadata": {"uid": "a", "resourceVersion": "x1"}}))
