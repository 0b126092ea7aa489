"""Strict JSON and narrow reading: nothing is coerced, the last of two keys never wins, the wrong leaf is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.clients.shape import ShapeError, child, field, mapping, object_list, objects, optional, texts
from lanewatch.clients.strict_json import DEPTH_LIMIT, JsonError, parse_json

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_every_clean_value_is_read_as_it_was_written(value: object) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a":1,"a":2}', 'duplicate key "a"'),
        (b'[{"b":{"a":1,"a":1}}]', 'duplicate key "a"'),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "out of range"),
        (b"{", "cut off"),
        (b"nope", "broken JSON at byte 0"),
        (b"[" * 70 + b"]" * 70, f"over {DEPTH_LIMIT}"),
        (b"[" * 100_000, f"over {DEPTH_LIMIT}"),
        (b"1" * 5000, "too many digits"),
    ],
)
def test_what_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(JsonError, match=message.replace("(", r"\(")):
        parse_json(text)


def test_encoding_faults_are_shown_and_never_reach_an_export() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": "\xff"}') == {"a": "�"}
    lone = parse_json(rb'{"a": "x\ud800y"}')
    json.dumps(lone, ensure_ascii=False).encode("utf-8")
    assert lone == {"a": "x�y"}
    assert parse_json(rb'"\ud83d\ude00"') == "😀"


def test_large_integers_stay_exact() -> None:
    assert parse_json(b"18446744073709551617") == 2**64 + 1


OBJECT = parse_json(
    b'{"a": {"b": "x", "n": 3, "t": true, "z": null, "f": 1.5, "l": [{"k": 1}], "s": ["p"], "m": {"k": "v"}}}'
)


def test_leaves_of_their_kind_are_given() -> None:
    assert isinstance(OBJECT, dict)
    assert field(OBJECT, "a.b", str) == "x"
    assert field(OBJECT, "a.n", int) == 3
    assert field(OBJECT, "a.n", float) == 3.0
    assert field(OBJECT, "a.t", bool) is True
    assert optional(OBJECT, "a.z", str) is None
    assert optional(OBJECT, "a.no.where", str) is None
    assert objects(OBJECT, "a.l") == [{"k": 1}]
    assert texts(OBJECT, "a.s") == ["p"]
    assert mapping(OBJECT, "a.m") == {"k": "v"}
    assert (objects(OBJECT, "x"), texts(OBJECT, "x"), mapping(OBJECT, "x"), child(OBJECT, "x")) == ([], [], {}, {})


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("a.z", str, r"\$\.a\.z: expected text, got null"),
        ("a.x", str, r"\$\.a\.x: is missing"),
        ("a.t", int, r"\$\.a\.t: expected a whole number, got true or false"),
        ("a.n", str, r"\$\.a\.n: expected text, got a whole number"),
        ("a.n", bool, r"\$\.a\.n: expected true or false, got a whole number"),
        ("a.f", int, r"\$\.a\.f: expected a whole number, got a number"),
        ("a.l", str, r"\$\.a\.l: expected text, got a list"),
        ("a.b.c", str, r"\$\.a\.b: expected an object, got text"),
    ],
)
def test_a_leaf_that_drifted_is_named(path: str, kind: type[str], message: str) -> None:
    assert isinstance(OBJECT, dict)
    with pytest.raises(ShapeError, match=message):
        field(OBJECT, path, kind)


def test_lists_are_checked_item_by_item() -> None:
    with pytest.raises(ShapeError, match=r"\$\.runs\[1\]: expected an object, got text"):
        object_list([{}, "x"], "runs")
    with pytest.raises(ShapeError, match=r"\$\.l\[0\]: expected text, got a whole number"):
        texts({"l": [1]}, "l")
