"""One cause is told once, for all stages that it makes unreadable."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.output.joined import joined
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.rollout import Finding, Rollout
from tests.tui import pictures

OTHER = Finding("over-budget", "warning", "took long", stage="mirror-sync")


def unread(*reasons: str) -> Rollout:
    """The running lane, whose first authorities cannot be read for these reasons."""
    made = pictures.running()
    reads = tuple(replace(read, outcome=Outcome.UNREACHABLE, reason=why) for read, why in zip(made.reads, reasons))  # noqa: B905
    said = [f"{stage.id}: {stage.authority} cannot be read: {why}." for stage, why in zip(made.stages, reasons)]  # noqa: B905
    found = [Finding("unreadable", "warning", told, stage=one.id) for told, one in zip(said, made.stages)]  # noqa: B905
    return replace(made, reads=(*reads, *made.reads[len(reads) :]), findings=(OTHER, *found))


def test_stages_with_one_cause_are_one_line_and_another_cause_is_its_own() -> None:
    assert [one.message for one in joined(unread("refused: gitea", "refused: gitea", "401", "refused: gitea"))] == [
        "took long",
        "mirror-sync, actions-dispatch, build-or-reuse cannot be read: refused: gitea.",
        "reuse-plan: reuse-plan-artifact cannot be read: 401.",
    ]


def test_what_stands_alone_is_left_as_it_is() -> None:
    rollout = unread("refused: gitea", "401")
    assert joined(rollout) == rollout.findings
