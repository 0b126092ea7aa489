"""The history page: percentiles, sparklines, shares, and the one change that would save most."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest

from lanewatch.output.glyphs import ASCII
from lanewatch.output.history_text import history_json, history_text, sparkline
from lanewatch.output.page import columns
from lanewatch.rollout.baseline import Series, baseline
from lanewatch.rollout.record import Record
from tests.rollout.story import lane, time


def record(number: int, total: float | None, **waits: float) -> Record:
    return Record(
        "agentrun-jd01-v02", f"{number:040x}", "", "succeeded", time(0) + timedelta(hours=number), "built",
        elapsed_seconds=total, waits=waits,
        started={"build-or-reuse": 20.0, "gitops-publish": 60.0},
        finished={"build-or-reuse": 20.0 + number, "argo-closeout": 60.0 + 40 + number},
    )  # fmt: skip


def test_percentiles_are_durations_that_happened() -> None:
    series = Series("x", (*(float(n) for n in range(1, 21)), None), 15.0)
    assert (series.median, series.high, series.over) == (10.5, 19.0, 5)
    assert Series("x", (None,), 15.0).median is None
    assert Series("x", (7.0,), None).high == 7.0


def test_against_budget_and_predecessor() -> None:
    told = baseline(lane(), [record(n, 90.0 + 5 * n) for n in range(8)], 20)
    assert told.faster == 4  # 90, 95, 100, 105 of 105.7
    assert told.total.over == 1  # 125 of 120
    closeout = next(series for series in told.stages if "argo-closeout" in series.name)
    assert closeout.budget == 50
    assert closeout.known == [40.0 + n for n in range(8)]


def test_only_the_newest_are_told_and_in_order() -> None:
    told = baseline(lane(), [record(n, 90.0) for n in (5, 3, 9, 1)], 2)
    assert [one.ended_at.hour for one in told.records] == [time(0).hour + 5, time(0).hour + 9]


def test_the_change_that_saves_most_is_the_longest_avoidable_wait() -> None:
    told = baseline(lane(), [record(n, 100.0, build=12.0, polling=60.0, queue=2.0) for n in range(3)], 20)
    assert told.best_change is not None
    assert told.best_change.wait.id == "polling"
    assert told.best_change.part == 0.6
    text = history_text("t", told)
    assert "Argo's polling 60 s (60%)" in text
    assert "saves most: a webhook from Gitea to Argo CD, up to 57 s a rollout" in text


def test_the_page_fits_and_is_bounded() -> None:
    told = baseline(lane(), [record(n, 100.0 + n, build=30.0) for n in range(60)], 60)
    text = history_text("agentrun-jd01-v02", told, ["0123456789ab: no PipelineRun: pruned"])
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len(text.splitlines()) <= 48
    assert "+50 more" in text
    assert json.loads(history_json("t", told))["endToEnd"]["p50"] == 129.5


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_page_is_as_wide_as_its_terminal_and_always_the_same_on_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    told = baseline(lane(), [record(n, 100.0 + n, build=30.0) for n in range(90)], 90)
    for wide, shown in (("160", "oldest to newest"), ("80", "the newest 13")):
        monkeypatch.setenv("COLUMNS", wide)
        text = history_text("t", told, columns=columns(Terminal()))
        assert shown in text
        assert max(map(len, text.splitlines())) <= int(wide)
        assert columns(StringIO()) == 100


def test_a_missing_time_is_a_gap_and_no_zero() -> None:
    series = Series("x", (10.0, None, 20.0), 20.0)
    assert sparkline(series) == "▅ █"
    assert sparkline(series, ASCII) == "5 8"


def test_nothing_seen_yet_says_how_to_begin() -> None:
    text = history_text("t", baseline(lane(), [], 20))
    assert "no rollout was seen to end yet" in text
    assert "--read" in text


def test_a_rollout_without_a_whole_time_is_listed_but_not_timed() -> None:
    told = baseline(lane(), [record(1, 90.0), replace(record(2, None), seen="history")], 20)
    assert told.total.known == [90.0]
    assert "(as kept)" in history_text("t", told)


def test_a_wait_that_is_rare_and_long_costs_what_it_costs_on_average() -> None:
    """Argo polled for 80 s in one of four rollouts: that is 20 s each, and the runner queue is 6 s each."""
    told = baseline(lane(), [record(n, 100.0, polling=80.0 if n == 2 else 0.0, queue=6.0) for n in range(4)], 20)
    assert [(share.wait.id, share.seconds) for share in told.shares] == [("polling", 20.0), ("queue", 6.0)]
    assert told.best_change is not None
    assert (told.best_change.wait.id, told.best_change.saved) == ("polling", 77.0 / 4)


@pytest.mark.parametrize("count", [1, 3, 33, 34, 50])
def test_the_newest_rollout_is_always_drawn(count: int) -> None:
    told = baseline(lane(), [record(n, 120.0 if n == count - 1 else 1.0) for n in range(count)], count)
    row = next(line for line in history_text("t", told).splitlines() if "end to end " in line)
    assert row.endswith("█")
    assert len(row) <= 100


def test_what_breaks_its_budget_is_marked_beside_the_predecessor() -> None:
    text = history_text("t", baseline(lane(), [record(n, 90.0 + 10 * n) for n in range(5)], 20))
    assert "p50 110.0 s, p95 130.0 s; the branch follower takes 105.7 s: 2 of 5 were faster" in text
    assert "  110.0   130.0!    120     1  " in text


def test_where_nothing_is_timed_no_share_is_told() -> None:
    told = baseline(lane(), [record(n, None, build=12.0) for n in range(2)], 20)
    assert "build 12 s\n" in history_text("t", told)
    assert json.loads(history_json("t", told))["waits"][0]["part"] is None
