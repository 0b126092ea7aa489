"""What stands against the end-to-end budget, and what beside it."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.output.lines import changes
from lanewatch.output.status_text import status_text
from lanewatch.output.words import end_to_end
from tests.tui import pictures


def test_a_rerun_counts_from_its_attempt_and_says_beside_it_how_long_ago_the_push_was() -> None:
    done = pictures.done()
    assert done.elapsed_seconds == done.budget.used_seconds
    rerun = replace(done, elapsed_seconds=133.8, budget=replace(done.budget, used_seconds=78.8, state="within"))
    assert end_to_end(rerun) == "78.8 s of 120 s, 133.8 s since the push"
    header = status_text(rerun).splitlines()[1]
    assert "   78.8 s of 120 s, 133.8 s since the push" in header
    assert list(changes(None, rerun))[-1].endswith("(78.8 s of 120 s, 133.8 s since the push)")


def test_a_rerun_over_its_budget_says_so_beside_what_is_over() -> None:
    rollout = pictures.done()
    rerun = replace(rollout, elapsed_seconds=200.0, budget=replace(rollout.budget, used_seconds=130.0, state="over"))
    assert "130.0 s of 120 s (over), 200.0 s since the push" in status_text(rerun)


def test_a_first_attempt_says_one_time_only() -> None:
    assert "since the push" not in status_text(pictures.done())
