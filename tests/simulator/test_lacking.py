"""What a lane's owners may leave out, by the words of the command line."""

from __future__ import annotations

import pytest

from lanewatch.simulator.lacking import WITHOUT, is_lack, set_up
from tests.e2e.lanes import lanewatch


@pytest.mark.parametrize("word", WITHOUT)
def test_every_word_changes_how_the_lane_is_set_up(word: str) -> None:
    lack = word.partition("=")[0] + ("=pods" if "=" in word else "")
    assert is_lack(lack)
    assert set_up([lack], "t") != set_up([], "t")


@pytest.mark.parametrize("text", ["", "scope=x", "crd", "crd=", "list", "everything", "=pods"])
def test_nothing_else_can_be_lacked(text: str) -> None:
    assert not is_lack(text)
    with pytest.raises(ValueError, match="cannot be lacked"):
        set_up([text], "t")


def test_what_may_not_be_listed_may_be_got() -> None:
    rights = set_up(["list=pods", "watch=jobs", "get=events"], "t").rights
    assert [verb for verb in ("get", "list", "watch") if rights.refuse("pods", verb)] == ["list", "watch"]
    assert [verb for verb in ("get", "list", "watch") if rights.refuse("jobs", verb)] == ["watch"]
    assert all(rights.refuse("events", verb) for verb in ("get", "list", "watch"))


def test_an_unknown_word_is_told_with_those_there_are_and_needs_serve() -> None:
    wrong = lanewatch("demo", "--serve", "--without", "scopes")
    assert (wrong.returncode, "did you mean scope?" in wrong.stderr) == (2, True)
    assert "need --serve" in lanewatch("demo", "--without", "scope").stderr
    assert all(word in lanewatch("demo", "--list-without").stdout for word in WITHOUT)
