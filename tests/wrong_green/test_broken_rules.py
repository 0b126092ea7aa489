"""Each stage rule, replaced by one that trusts too much, is caught by the table: else nobody would miss the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

import pytest

from lanewatch.rollout import stages
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import ACTIONS, ARGO, AUTHORITIES, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.rollouts import is_rolled_out
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages import StageRule
from tests.wrong_green.races import wrong_greens
from tests.wrong_green.test_table import RACES

FRESH = timedelta(seconds=60)


def synced_lately(case: Case) -> bool:
    """The mirror was synced within a minute: fresh by clock."""
    target = case.mirror.target if case.mirror else None
    return bool(target and target.mirror_updated and case.now.wall - target.mirror_updated < FRESH)


def run_says_completed(case: Case) -> bool:
    """The run's own status."""
    return case.run is not None and case.run.status == "completed"


def there_is_a_plan(case: Case) -> bool:
    return case.plan_report is not None and case.plan_report.plan is not None


def built(case: Case) -> bool:
    """Some provenance, or a Job that is complete."""
    report = case.provenance_report
    return report is not None and bool(report.provenance or (report.job and report.job.state == "complete"))


def some_run_succeeded(case: Case) -> bool:
    runs = case.tekton.runs if case.tekton else ()
    return any(run.condition is not None and run.condition.status == "True" for run in runs)


def branch_has_a_commit(case: Case) -> bool:
    return case.gitops is not None and bool(case.gitops.history)


def synced_and_healthy(case: Case) -> bool:
    """At whichever revision."""
    application = case.application
    return application is not None and (application.sync_status, application.health_status) == ("Synced", "Healthy")


def rolled_out(case: Case) -> bool:
    """Of whichever commit and image."""
    deployment = case.workload.deployment if case.workload else None
    return deployment is not None and is_rolled_out(deployment)


BROKEN: Mapping[str, Callable[[Case], bool]] = {
    MIRROR: synced_lately,
    ACTIONS: run_says_completed,
    PLAN: there_is_a_plan,
    PROVENANCE: built,
    TEKTON: some_run_succeeded,
    GITOPS: branch_has_a_commit,
    ARGO: synced_and_healthy,
    RUNTIME: rolled_out,
}


def trusting(rule: StageRule, is_good: Callable[[Case], bool]) -> StageRule:
    """The rule, but green as soon as its authority shows anything good."""

    def judge(case: Case) -> Signal:
        return Signal("succeeded", "looks good", final=True) if is_good(case) else rule(case)

    return judge


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_a_rule_that_trusts_too_much_makes_the_table_red(authority: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = cast(dict[str, StageRule], stages.RULES)
    monkeypatch.setitem(rules, authority, trusting(rules[authority], BROKEN[authority]))
    caught = [race.sight for race in RACES if authority in race.not_green and wrong_greens(race)]
    assert len(caught) >= 2, caught


def test_each_authority_has_a_broken_rule() -> None:
    assert set(BROKEN) == set(stages.RULES) == set(AUTHORITIES)
