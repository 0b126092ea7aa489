"""Lints about time: budgets that do not fit together, or that the systems cannot keep by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanewatch.spec.lints.subject import Lint, Rule, Subject

MIRROR_SCHEDULE_SECONDS: Final = 600
"""Gitea's default least interval of a scheduled mirror sync."""
ARGO_POLL_SECONDS: Final = 120
"""Argo CD's default interval between two looks at a repository."""


def _budget_sum(subject: Subject) -> Iterator[Lint]:
    budgets = {stage.budget_id: stage.budget_seconds for stage in subject.lane.stages if stage.budget_id}
    total = sum(seconds for seconds in budgets.values() if seconds is not None)
    if total > subject.lane.end_to_end_seconds:
        message = (
            f"the stages' budgets add up to {total:g} s > {subject.lane.end_to_end_seconds:g} s end to end:"
            " every stage can be within its own and the lane over"
        )
        yield subject.lint("budget-sum", "warning", message, "spec", "budgets", "endToEndSeconds")


def _source_sync(subject: Subject) -> Iterator[Lint]:
    seconds = subject.lane.budgets["sourceSyncSeconds"]
    if seconds < MIRROR_SCHEDULE_SECONDS:
        message = (
            f"sourceSyncSeconds {seconds:g} s needs a forced sync ({subject.lane.force_sync_entry}):"
            " a scheduled mirror takes minutes"
        )
        yield subject.lint("needs-forced-sync", "warning", message, "spec", "budgets", "sourceSyncSeconds")


def _argo_poll(subject: Subject) -> Iterator[Lint]:
    seconds = subject.lane.budgets["gitopsArgoCloseoutSeconds"]
    if seconds < ARGO_POLL_SECONDS:
        message = (
            f"gitopsArgoCloseoutSeconds {seconds:g} s needs a webhook or a refresh:"
            f" by itself Argo CD looks every {ARGO_POLL_SECONDS} s"
        )
        yield subject.lint("needs-argo-webhook", "warning", message, "spec", "budgets", "gitopsArgoCloseoutSeconds")


def _status_budget(subject: Subject) -> Iterator[Lint]:
    if subject.lane.status_seconds > subject.lane.end_to_end_seconds:
        message = "statusSeconds is longer than the whole lane may take: a status could tell of a lane long gone"
        yield subject.lint("status-too-slow", "warning", message, "spec", "budgets", "statusSeconds")


def _no_budget(subject: Subject) -> Iterator[Lint]:
    for index, stage in enumerate(subject.lane.stages):
        if stage.budget_id is None:
            message = f"stage {stage.id} has no budget of its own; only the end-to-end budget bounds it"
            yield subject.lint("stage-without-budget", "info", message, "spec", "stages", index)


RULES: Final[tuple[Rule, ...]] = (
    _budget_sum,
    _source_sync,
    _argo_poll,
    _status_budget,
    _no_budget,
)
