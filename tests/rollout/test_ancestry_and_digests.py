"""Two small certainties: which commit is older, and which digests are one image."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lanewatch.rollout.ancestry import is_ancestor, is_strict_ancestor
from lanewatch.rollout.digests import digest_in, is_same_image
from lanewatch.rollout.reports import DigestSet


@dataclass(frozen=True)
class Node:
    sha: str
    parents: tuple[str, ...]


WHOLE = (Node("m", ("c", "x")), Node("c", ("b",)), Node("x", ("a",)), Node("b", ("a",)), Node("a", ()))
CUT = WHOLE[:3]


@pytest.mark.parametrize(
    ("older", "newer", "history", "answer"),
    [
        ("a", "m", WHOLE, True),
        ("x", "m", WHOLE, True),
        ("m", "m", WHOLE, True),
        ("m", "a", WHOLE, False),
        ("x", "c", WHOLE, False),
        ("z", "m", WHOLE, False),
        ("a", "m", CUT, True),  # named as a parent
        ("z", "m", CUT, None),  # may lie below where the history ends
        ("a", "z", WHOLE, None),
        ("a", "b", (), None),
        ("a", "a", (), True),
    ],
)
def test_ancestry(older: str, newer: str, history: tuple[Node, ...], answer: bool | None) -> None:
    assert is_ancestor(older, newer, history) is answer


def test_no_commit_is_its_own_strict_ancestor() -> None:
    assert is_strict_ancestor("a", "a", WHOLE) is False
    assert is_strict_ancestor("a", "b", WHOLE) is True


def test_a_circle_of_parents_ends() -> None:
    assert is_ancestor("z", "a", (Node("a", ("b",)), Node("b", ("a",)))) is False


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


ONE = DigestSet(digest("1"), digest("1"), (digest("2"),), (digest("3"),))
TWO = DigestSet(digest("4"), digest("4"), (digest("5"),), (digest("6"),))
REBUILT = DigestSet(digest("7"), digest("7"), (digest("8"),), (digest("3"),))


@pytest.mark.parametrize(
    ("first", "second", "known", "answer"),
    [
        (digest("1"), digest("1"), (), True),
        (digest("a"), digest("a").upper().replace("SHA", "sha"), (), True),
        (digest("1"), digest("2"), (ONE,), True),
        (digest("2"), digest("3"), (ONE,), True),
        (digest("1"), digest("4"), (ONE, TWO), False),
        (digest("1"), digest("7"), (ONE, REBUILT), True),  # one config: the same content under two indexes
        (digest("1"), digest("4"), (ONE,), None),
        (digest("1"), digest("4"), (), None),
        (digest("1"), digest("9"), (DigestSet(digest("9"), None, (), ()), ONE), None),
    ],
)
def test_same_image(first: str, second: str, known: tuple[DigestSet, ...], answer: bool | None) -> None:
    assert is_same_image(first, second, known) is answer
    assert is_same_image(second, first, known) is answer


def test_digest_in_a_reference() -> None:
    assert digest_in(f"registry/mgr:tag@{digest('b')}") == digest("b")
    assert digest_in("registry/mgr:tag") == ""
