"""What was observed, as lines: only what changed, each stamped with our time of reading."""

from __future__ import annotations

from datetime import timedelta

from lanewatch.logs.observed import ObservedLog, changes
from lanewatch.logs.sources import Asked
from lanewatch.rollout.facts import MIRROR, Correlation, Entry, Fact, Moment, Observation, Outcome, Quality
from tests.jumping_loop import EPOCH


def seen(at: float, *facts: Fact, outcome: Outcome = Outcome.OK, reason: str = "") -> Observation:
    return Observation(MIRROR, Correlation(), outcome, reason, Moment(EPOCH + timedelta(seconds=at), at), 0.1, facts)


def fact(name: str, value: str, quality: Quality = Quality.GOOD, reason: str = "") -> Fact:
    return Fact(name, value, quality, MIRROR, "GET /x", reason=reason)


def test_only_what_changed_is_a_line() -> None:
    first = seen(0, fact("head", "a1"), fact("lag", "0"))
    second = seen(2, fact("head", "b2"), fact("lag", "0"))
    third = seen(4, fact("lag", "9", Quality.ESTIMATED, "no upstream"))
    assert list(changes(None, first)) == ["head: a1", "lag: 0"]
    assert list(changes(first, second)) == ["head: b2"]
    assert list(changes(second, third)) == ["lag: 9 (estimated: no upstream)", "head: no longer told"]
    failed = seen(6, outcome=Outcome.TIMEOUT, reason="no answer within 5 s: h")
    assert list(changes(third, failed)) == ["not read (timeout): no answer within 5 s: h"]
    assert list(changes(failed, failed)) == []


async def test_the_observed_log_says_first_what_it_is() -> None:
    entries: list[Entry] = [seen(0, fact("head", "a1")), seen(2, fact("head", "b2"))]
    pieces = [piece async for piece in ObservedLog(MIRROR, lambda: entries).pieces(Asked())]
    lines = b"".join(piece for piece in pieces if isinstance(piece, bytes)).decode().splitlines()
    assert lines[0].startswith("Gitea offers no log")
    assert lines[1:] == ["2026-07-05T14:00:00.000000Z head: a1", "2026-07-05T14:00:02.000000Z head: b2"]
