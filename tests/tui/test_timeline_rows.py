"""How stages become rows: the axis, the budget's end inside a bar, the shared budget, trouble said in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import Outcome, Quality
from tests.tui import pictures
from tui.screens import lane_lines, timeline_rows
from tui.showing import Showing


def row(name: str, stage: int) -> timeline_rows.TimelineRow:
    return timeline_rows.rows(Showing(getattr(pictures, name)()))[stage]


@pytest.mark.parametrize(("elapsed", "limit"), [(71.4, 156.0), (156.0, 156.0), (900.0, 900.0)])
def test_the_axis_holds_130_percent_of_the_budget_or_all_there_is(elapsed: float, limit: float) -> None:
    assert timeline_rows.axis(replace(pictures.running(), elapsed_seconds=elapsed)).limit == pytest.approx(limit)


def test_the_axis_holds_a_bar_that_is_longer_than_the_lane() -> None:
    made = pictures.done()
    stages = (*made.stages[:7], pictures.stage(7, "running", span=(96.0, None)))
    late = replace(made, stages=stages, now=replace(made.now, wall=pictures.at(400.0)))
    assert timeline_rows.axis(late).limit == pytest.approx(400.0)


def test_an_axis_without_any_time_is_drawn_all_the_same() -> None:
    made = pictures.nothing()
    bare = replace(made, budget=replace(made.budget, seconds=None), baseline_seconds=None)
    assert timeline_rows.axis(bare) == timeline_rows.Axis(60.0, ())


def test_a_running_bar_is_open_until_its_budget() -> None:
    bar = row("running", 3).bar
    assert bar is not None
    assert (bar.start, bar.end, bar.budget_end, bar.open) == pytest.approx((40.4, 71.4, 110.4, True))


def test_the_shared_budget_ends_for_both_stages_where_its_one_clock_ends() -> None:
    publish, closeout = row("done", 5), row("done", 6)
    assert publish.bar is not None
    assert closeout.bar is not None
    assert publish.bar.budget_end == closeout.bar.budget_end == pytest.approx(124.0)
    assert (publish.bracket, closeout.bracket, row("done", 4).bracket) == ("┐", "┘", "")


def test_what_has_not_started_has_no_bar_and_what_started_at_an_unknown_time_says_so() -> None:
    assert row("nothing", 0).bar is None
    assert row("nothing", 0).used == "–"
    made = pictures.running()
    stages = (replace(pictures.stage(0, "running"), elapsed_seconds=None), *made.stages[1:])
    first = timeline_rows.rows(Showing(replace(made, stages=stages)))[0]
    assert (first.bar, first.used) == (None, "?")


def test_an_ended_stage_without_a_known_end_gets_no_bar() -> None:
    made = pictures.running()
    stages = (pictures.stage(0, "succeeded", span=(0, None)), *made.stages[1:])
    assert timeline_rows.rows(Showing(replace(made, stages=stages)))[0].bar is None


def test_an_authority_that_cannot_be_asked_says_why_in_its_row() -> None:
    assert row("silent", 4).says == "✖ error: 127.0.0.1:6443 refused the connection, 12 s ago"
    assert row("silent", 6).says.startswith("⊘ denied: 403")


def test_the_reason_of_a_failure_is_what_the_row_says() -> None:
    assert row("failed", 3).says == "exit 1 in pod build-3f9c2e1b7a5d-x2"


def test_what_is_old_is_said_to_be_old() -> None:
    stale = row("running", 6)
    assert (stale.says, stale.age) == ("◷ was: synced at 91ab3cd", "31s")
    assert stale.age_style != row("running", 5).age_style


def test_an_ended_stage_keeps_its_words_when_its_authority_falls_silent() -> None:
    made = pictures.done()
    stages = (replace(made.stages[0], quality=Quality.ERROR), *made.stages[1:])
    assert timeline_rows.rows(Showing(replace(made, stages=stages)))[0].says == "snapshot 3f9c2e1"


def test_the_bar_of_an_unknown_stage_ends_where_the_clock_of_the_lane_stopped() -> None:
    made = pictures.drift()
    later = replace(made, now=replace(made.now, wall=pictures.at(4000.0)))
    bar = timeline_rows.rows(Showing(later))[7].bar
    assert bar is not None
    assert (bar.start, bar.end, bar.open) == pytest.approx((96.0, 104.0, False))
    assert timeline_rows.axis(later).limit == pytest.approx(156.0)


def silent(**more: object) -> Showing:
    """The running lane, whose Argo has not answered for 83 s."""
    picture = pictures.running()
    stage = replace(picture.stages[6], quality=Quality.STALE, age_seconds=83.0, **more)  # type: ignore[arg-type]
    reads = tuple(
        replace(read, outcome=Outcome.UNREACHABLE, reason="refused: 10.0.0.1:6443") if read.authority == stage.authority
        else read for read in picture.reads
    )  # fmt: skip
    return Showing(replace(picture, stages=(*picture.stages[:6], stage, picture.stages[7]), reads=reads))


SAID: tuple[tuple[dict[str, object], str, str], ...] = (
    (
        {},
        "◷ was: synced at 91ab3cd",
        "pending  ◷ stale: refused: 10.0.0.1:6443; 1 min 23 s ago it was: synced at 91ab3cd",
    ),
    ({"says": ""}, "◷ refused: 10.0.0.1:6443", "pending  ◷ stale: refused: 10.0.0.1:6443; not heard for 1 min 23 s"),
    (
        {"state": "unknown", "says": "not heard for 83 s", "last_said": "health Progressing"},
        "◷ was: health Progressing",
        "unknown  ◷ stale: refused: 10.0.0.1:6443; 1 min 23 s ago it was: health Progressing",
    ),
)


@pytest.mark.parametrize(("more", "in_row", "whole"), SAID, ids=["said", "never said", "unknown"])
def test_a_silent_row_keeps_what_was_said_last_and_its_line_says_when_and_why(
    more: dict[str, object], in_row: str, whole: str
) -> None:
    shown = silent(**more)
    row = timeline_rows.rows(shown)[6]
    assert (row.says, row.tells_word) == (in_row, False)
    line = "".join(part.plain for part in timeline_rows.sentence("argo-closeout", shown))
    assert line.split(" ", 1)[1] == whole


def test_unread_authorities_are_counted_however_good_what_they_told_before_is() -> None:
    made = pictures.done()
    dead = tuple(replace(read, outcome=Outcome.UNREACHABLE, reason="refused: gitea") for read in made.reads[:3])
    _, (liveness,) = lane_lines.lane(Showing(replace(made, reads=(*dead, *made.reads[3:]))))
    assert liveness.plain == "5/8 live  3 unread"
