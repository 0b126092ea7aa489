"""argo-closeout: the native Application alone, closed out at R (argo-k8s-oci reference 1.7 and 9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import ARGO, GITOPS, Correlation, Outcome
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import ApplicationReport, ArgoCondition, Deployed, GitopsCommit
from lanewatch.rollout.rollout import Rollout, Stage
from tests.rollout import story
from tests.rollout.story import (
    APPLICATION,
    G_LATER,
    G_OLD,
    OLD_APPLICATION,
    OLD_OPERATION,
    OLD_WORKLOAD,
    OPERATION,
    PUBLISHED,
    A,
    B,
    G,
    delivered,
    learned,
    says,
    seen_at,
    time,
)


def closing(application: ApplicationReport, second: float = 90, **more: Any) -> Rollout:
    return seen_at(delivered(second, argo=application, **more), second)


def row(rollout: Rollout) -> Stage:
    found = rollout.stage("argo-closeout")
    assert found is not None
    return found


def bent(**changes: Any) -> ApplicationReport:
    return replace(APPLICATION, **changes)


def operated(**changes: Any) -> ApplicationReport:
    return replace(APPLICATION, operation=replace(OPERATION, **changes))


def test_closed_out_at_r() -> None:
    found = row(closing(APPLICATION))
    assert (found.state, found.says) == ("succeeded", "synced at eeeeeee")
    assert (found.started_at, found.finished_at) == (time(64), time(82))


ERROR = (ArgoCondition("ComparisonError", "cannot load", None),)


@pytest.mark.parametrize(
    ("application", "words"),
    [
        (bent(deleting=True), "being deleted"),
        (bent(conditions=ERROR), "ComparisonError: cannot load"),
        (bent(compared_to_spec=False), "compared another source"),
        (bent(operation_pending=True), "sync queued"),
        (operated(phase="Running", finished_at=None, message="one or more tasks are running"), "syncing: one or more"),
        (operated(phase="Running", retry_count=2), "sync retry 2 waits"),
        (operated(phase="Terminating", finished_at=None), "syncing"),
        (operated(finished_at=None), "ended without a time"),
        (operated(dry_run=True), "dry run"),
        (operated(partial=True), "partial sync"),
        (bent(reconciled_at=time(73)), "comparing after the sync"),
        (bent(reconciled_at=None), "comparing after the sync"),
        (bent(sync_status="OutOfSync"), "OutOfSync at eeeeeee"),
        (bent(sync_status="Unknown"), "Unknown at eeeeeee"),
        (bent(health_status="Progressing"), "health Progressing"),
        (bent(health_status="Suspended"), "health Suspended"),
        (bent(health_status=""), "health unknown"),
        (replace(OLD_APPLICATION, reconciled_at=time(85)), "has not noticed eeeeeee"),
        (bent(sync_revision=""), "has not noticed eeeeeee"),
        (bent(sync_revision="9" * 40), "order not known"),
    ],
)
def test_each_rule_that_does_not_hold_keeps_it_running(application: ApplicationReport, words: str) -> None:
    found = row(closing(application))
    assert found.state == "running"
    assert words in found.says


def test_a_reconcile_in_the_very_second_of_the_finish_counts() -> None:
    assert row(closing(bent(reconciled_at=time(74)))).state == "succeeded"


def test_synced_and_healthy_at_the_old_commit_right_after_the_push_is_nothing() -> None:
    assert row(closing(OLD_APPLICATION)).state == "running"


def test_a_commit_that_renders_the_same_manifests_needs_no_operation() -> None:
    application = bent(operation=OLD_OPERATION, health_since=time(-7900), reconciled_at=time(84))
    found = row(closing(application))
    assert (found.state, found.finished_at) == ("succeeded", None)


def test_but_it_needs_a_comparison_since_the_publish() -> None:
    application = bent(operation=OLD_OPERATION, reconciled_at=time(50))
    assert row(closing(application)).says == "waiting for a comparison"


def test_the_time_of_a_closeout_without_an_operation_is_as_seen_live() -> None:
    known = delivered(80, argo=replace(OLD_APPLICATION, reconciled_at=time(60)), runtime=OLD_WORKLOAD)
    application = bent(operation=OLD_OPERATION, health_since=time(-7900), reconciled_at=time(84))
    known = learned(says(ARGO, application, 85), known=known)
    assert row(seen_at(known, 86)).finished_at == time(85)


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_an_operation_that_failed_at_r_fails_it(phase: str) -> None:
    rollout = closing(operated(phase=phase, message="one hook failed", failed_resources=("Job/migrate: exit 1",)))
    assert (row(rollout).state, rollout.state) == ("failed", "failed")
    assert row(rollout).reason == f"sync {phase} at eeeeeee: one hook failed (Job/migrate: exit 1)"
    assert row(rollout).finished_at == time(74)


def test_an_operation_that_failed_at_another_revision_does_not() -> None:
    failed = replace(OLD_OPERATION, phase="Failed")
    assert row(closing(replace(OLD_APPLICATION, operation=failed))).state == "running"


def test_degraded_at_r_fails_it() -> None:
    rollout = closing(bent(health_status="Degraded", health_since=time(85)), runtime=OLD_WORKLOAD)
    assert (row(rollout).state, row(rollout).reason) == ("failed", "Degraded at eeeeeee")
    assert row(rollout).finished_at == time(85)
    assert rollout.stages[7].state in ("skipped", "running")


def test_degraded_since_before_r_says_nothing_of_r() -> None:
    assert row(closing(bent(health_status="Degraded", health_since=time(-50)))).state == "running"


def test_degraded_while_the_sync_still_runs_says_nothing_yet() -> None:
    application = replace(operated(phase="Running", finished_at=None), health_status="Degraded", health_since=time(72))
    assert row(closing(application)).state == "running"


def test_degraded_at_r_that_is_noticed_and_not_applied_is_of_the_revision_before() -> None:
    """Argo CD before 3.0 tells no time of health, and compares a commit some moments before it syncs it."""
    noticed = bent(
        health_status="Degraded", health_since=None, sync_status="OutOfSync", operation=OLD_OPERATION,
        reconciled_at=time(66),
    )  # fmt: skip
    assert row(closing(noticed)).state == "running"


def test_degraded_without_a_time_at_r_fails_it() -> None:
    assert row(closing(bent(health_status="Degraded", health_since=None))).state == "failed"


LATER = GitopsCommit(G_LATER, time(80), "", "scale up", "eve", (G,))
NEWER = replace(LATER, source_commit=B)
MIRROR = replace(story.MIRROR_REPORT, history=(story.B_COMMIT, story.A_COMMIT, story.OLD_COMMIT))


def after(commit: GitopsCommit) -> dict[str, Any]:
    return {
        "gitops": replace(story.GITOPS_REPORT, history=(commit, PUBLISHED, story.OLD_PUBLISHED)),
        "mirror": MIRROR,
        "argo": replace(operated(revision=G_LATER, started_at=time(81), finished_at=time(83)), sync_revision=G_LATER),
    }


def test_any_other_later_commit_counts_as_r() -> None:
    rollout = seen_at(delivered(**after(LATER)))
    assert (row(rollout).state, rollout.state) == ("succeeded", "succeeded")
    assert row(rollout).says == "synced at fffffff"


def test_the_time_of_a_later_commit_is_not_rs_where_r_had_a_sync_of_its_own() -> None:
    told = after(LATER)
    rollout = seen_at(delivered(**told))
    assert row(rollout).finished_at is None
    skipped = told["argo"]
    told["argo"] = replace(skipped, history=(Deployed(G_OLD, time(-7985)), Deployed(G_LATER, time(83))))
    assert row(seen_at(delivered(**told))).finished_at == time(83)


def test_a_later_commit_for_a_newer_commit_of_the_branch_supersedes() -> None:
    rollout = seen_at(delivered(**after(NEWER)))
    assert (row(rollout).state, row(rollout).reason) == ("skipped", "superseded by bbbbbbb")
    assert rollout.state == "superseded"


def test_a_later_commit_for_an_older_commit_of_the_branch_does_not() -> None:
    rollout = seen_at(delivered(**after(replace(LATER, source_commit=story.OLD))))
    assert rollout.state != "superseded"


def test_a_newer_commit_that_argo_has_not_reached_does_not_supersede_yet() -> None:
    told = after(NEWER) | {"argo": APPLICATION}
    assert row(seen_at(delivered(**told))).state == "succeeded"


def test_argo_not_noticing_is_found_after_10_s() -> None:
    early = closing(replace(OLD_APPLICATION, reconciled_at=time(60)), 72, runtime=OLD_WORKLOAD)
    assert "argo-unnoticed" not in {finding.id for finding in early.findings}
    late = closing(replace(OLD_APPLICATION, reconciled_at=time(60)), 80, runtime=OLD_WORKLOAD)
    message = next(finding.message for finding in late.findings if finding.id == "argo-unnoticed")
    assert "eeeeeee" in message
    assert "webhook" in message
    assert late.state == "running"


def test_what_keeps_argo_from_working_is_found() -> None:
    def ids(application: ApplicationReport) -> set[str]:
        return {finding.id for finding in closing(application).findings}

    assert "argo-condition" in ids(bent(conditions=ERROR))
    assert "argo-frozen" in ids(bent(skip_reconcile=True))
    assert "argo-stalled" in ids(bent(reconciled_at=time(-300)))
    assert "argo-manual-sync" in ids(bent(auto_sync=False, sync_status="OutOfSync"))


def test_its_row_tells_where_argo_stands_before_its_turn() -> None:
    known = delivered(
        40,
        provenance=None,
        tekton=None,
        gitops=replace(story.GITOPS_REPORT, revision=None),
        argo=OLD_APPLICATION,
        runtime=OLD_WORKLOAD,
    )
    found = row(seen_at(known, 40))
    assert (found.state, found.says) == ("pending", f"at {G_OLD[:7]}")


def test_argo_that_goes_on_to_a_commit_not_read_yet_undoes_no_closeout_until_the_branch_is_read() -> None:
    """It used to be shown as running for up to three seconds on a lane that had finished."""
    known = delivered(90)
    on = says(ARGO, replace(APPLICATION, sync_revision=G_LATER), 95)
    first = seen_at(learned(on, known=known), 95)
    assert (row(first).state, row(first).says, first.state) == ("succeeded", "was synced at eeeeeee", "succeeded")
    assert unsettled(learned(on, known=known), story.moment(95)) == {GITOPS}
    history = (replace(LATER, committed_at=time(93)), *story.GITOPS_REPORT.history)
    read = says(GITOPS, replace(story.GITOPS_REPORT, history=history), 96, Correlation(commit=A))
    assert row(seen_at(learned(on, read, known=known), 96)).says == "synced at fffffff"
    unrelated = says(GITOPS, story.GITOPS_REPORT, 96, Correlation(commit=A))
    assert "order not known" in row(seen_at(learned(on, unrelated, known=known), 96)).says


def test_while_the_branch_cannot_be_read_where_argo_went_is_not_known() -> None:
    known = learned(says(GITOPS, None, 94, Correlation(commit=A), Outcome.TIMEOUT), known=delivered(90))
    on = says(ARGO, replace(APPLICATION, sync_revision=G_LATER), 95)
    assert row(seen_at(learned(on, known=known), 95)).state == "running"
