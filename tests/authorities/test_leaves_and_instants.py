"""Times, leaves and commits as the servers spell them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lanewatch.authorities.commits import commit_of, skip_marker
from lanewatch.authorities.instants import instant
from lanewatch.authorities.leaves import instant_at, number_at, objects_at, text_at, texts_at, truth_at
from lanewatch.authorities.mirrored import go_seconds
from lanewatch.authorities.reading import Witness
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import MIRROR
from lanewatch.text import Redactor

SHA = "a" * 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-05T14:00:01Z", datetime(2026, 7, 5, 14, 0, 1, tzinfo=UTC)),
        ("2026-07-05T16:00:01+02:00", datetime(2026, 7, 5, 14, 0, 1, tzinfo=UTC)),
        ("2026-07-05T14:00:01.1234567Z", datetime(2026, 7, 5, 14, 0, 1, 123456, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("1970-01-01T01:00:00+01:00", None),
        ("1969-12-31T19:00:00-05:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-07-05T14:00:01", None),
        ("2026-13-05T14:00:01Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1783260000, None),
    ],
)
def test_instant(text: object, expected: datetime | None) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h0m0s", 28800.0), ("10m0s", 600.0), ("0s", 0.0), ("1m30.5s", 90.5), ("", None), ("soon", None), ("-5m", None)],
)
def test_go_duration(text: str, seconds: float | None) -> None:
    assert go_seconds(text) == seconds


def test_a_leaf_that_drifted_is_empty() -> None:
    source = {"a": {"b": 5, "c": "x"}, "d": "no object", "e": [1], "f": ["x"], "g": [{"h": 1}], "i": True}
    assert text_at(source, "a.b") == ""
    assert text_at(source, "a.c") == "x"
    assert text_at(source, "d.e") == ""
    assert number_at(source, "a.b") == 5
    assert number_at(source, "a.c", 7) == 7
    assert number_at(source, "i") == 0
    assert truth_at(source, "i") is True
    assert truth_at(source, "a.b") is None
    assert texts_at(source, "e") == []
    assert texts_at(source, "f") == ["x"]
    assert objects_at(source, "e") == []
    assert objects_at(source, "g") == [{"h": 1}]
    assert instant_at(source, "a.c") is None


def test_commit() -> None:
    witness = Witness(MIRROR, Redactor(["hunter22"]))
    native = {
        "sha": SHA,
        "commit": {
            "message": "fix: \x1b[31mlease hunter22\n\nbody [skip ci]",
            "author": {"name": "Lin\u202eWei", "date": "2026-07-05T14:00:00+02:00"},
            "committer": {"date": "2026-07-05T14:00:05Z"},
        },
        "parents": [{"sha": "b" * 40}],
    }
    commit = commit_of(native, witness.text)
    assert commit.subject == "fix: ␛[31mlease [redacted:secret]"
    assert commit.author == "Lin<U+202E>Wei"
    assert commit.authored_at == datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
    assert commit.committed_at == datetime(2026, 7, 5, 14, 0, 5, tzinfo=UTC)
    assert commit.parents == ("b" * 40,)
    assert commit.skip_marker == "[skip ci]"


def test_a_commit_without_sha_is_none() -> None:
    with pytest.raises(ReadFailure, match=r"\$\.sha: is missing"):
        commit_of({"commit": {"message": "x"}}, str)


@pytest.mark.parametrize(
    ("message", "marker"),
    [("x [no ci]", "[no ci]"), ("[actions skip]\n", "[actions skip]"), ("[Skip CI]", ""), ("skip ci", ""), ("", "")],
)
def test_skip_marker(message: str, marker: str) -> None:
    assert skip_marker(message) == marker
