"""runtime-provenance: what was built is what runs, healthy, from R's source commit (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import ARGO, RUNTIME, Confirmation, Correlation, Outcome
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import DigestSet, GitopsCommit, Health, PodState, WorkloadReport
from lanewatch.rollout.rollout import Rollout, Stage
from tests.rollout import story
from tests.rollout.story import (
    APPLICATION,
    DEPLOYMENT,
    DIGESTS,
    G_LATER,
    HEALTH,
    IMAGE,
    OLD,
    OLD_APPLICATION,
    OLD_WORKLOAD,
    OPERATION,
    OTHER_IMAGE,
    POD,
    PUBLISHED,
    WORKLOAD,
    A,
    G,
    delivered,
    learned,
    moment,
    says,
    seen_at,
    time,
)

SYNCING = replace(APPLICATION, health_status="Progressing", health_since=time(75))


def running(workload: WorkloadReport | None, second: float = 90, **more: Any) -> Rollout:
    return seen_at(delivered(second, runtime=workload, **more), second)


def row(rollout: Rollout) -> Stage:
    found = rollout.stage("runtime-provenance")
    assert found is not None
    return found


def deployed(**changes: Any) -> WorkloadReport:
    return replace(WORKLOAD, deployment=replace(DEPLOYMENT, **changes))


def pods(*digests: str, **changes: Any) -> tuple[PodState, ...]:
    return tuple(replace(POD, name=f"p{n}", uid=f"u{n}", digest=digest, **changes) for n, digest in enumerate(digests))


def test_it_starts_with_the_operation_for_r_and_ends_when_the_rollout_completed() -> None:
    found = row(running(WORKLOAD))
    assert (found.state, found.says) == ("succeeded", "serving aaaaaaa")
    assert (found.started_at, found.finished_at) == (time(70), time(80))


def test_it_starts_while_argo_still_waits_for_health() -> None:
    found = row(running(deployed(updated=1), argo=SYNCING))
    assert (found.state, found.started_at, found.says) == ("running", time(70), "1 of 2 Pods updated")


def test_an_operation_from_before_the_publish_starts_nothing() -> None:
    application = replace(SYNCING, operation=replace(OPERATION, started_at=time(50), finished_at=time(52)))
    found = row(running(OLD_WORKLOAD, argo=application))
    assert (found.state, found.says) == ("pending", "serving 1111111")


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        (deployed(observed_generation=7), "spec not observed yet"),
        (deployed(updated=1), "1 of 2 Pods updated"),
        (deployed(total=3), "1 old Pods still there"),
        (deployed(available=1), "1 of 2 Pods available"),
        (deployed(paused=True), "Deployment is paused"),
        (deployed(updated=0, refusal="exceeded quota: ci"), "no Pod can be made: exceeded quota: ci"),
        (replace(WORKLOAD, health=replace(HEALTH, status=503)), "health 503"),
        (replace(WORKLOAD, health=Health(0, "", "", "connection refused", "GET /health")), "connection refused"),
    ],
)
def test_each_rule_that_does_not_hold_keeps_it_running(workload: WorkloadReport, words: str) -> None:
    found = row(running(workload))
    assert found.state == "running"
    assert words in found.says


def test_the_old_template_during_a_rollout_is_lag() -> None:
    found = row(running(OLD_WORKLOAD, argo=SYNCING))
    assert (found.state, found.says) == ("running", "serving 1111111, not yet aaaaaaa")


@pytest.mark.parametrize(
    ("workload", "reason"),
    [
        (replace(WORKLOAD, health=None), "health path not configured"),
        (replace(WORKLOAD, pods=()), "no Pod tells its image"),
        (replace(deployed(wanted=0, total=0, updated=0, available=0), pods=()), "0 replicas: nothing runs"),
        (deployed(source_commit=""), "names no source commit"),
        (replace(WORKLOAD, pods=pods(OTHER_IMAGE), digests=()), "registry was not read"),
    ],
)
def test_what_can_never_be_known_makes_it_unknown(workload: WorkloadReport, reason: str) -> None:
    rollout = running(workload)
    assert (row(rollout).state, rollout.state) == ("unknown", "unknown")
    assert reason in row(rollout).reason


def test_progress_deadline_exceeded_at_the_observed_generation_fails_it() -> None:
    stuck = deployed(progressing_reason="ProgressDeadlineExceeded", available=1, progressing_updated_at=time(88))
    rollout = running(stuck, argo=SYNCING)
    assert (row(rollout).state, rollout.state) == ("failed", "failed")
    assert row(rollout).finished_at == time(88)


def test_but_not_at_an_older_generation_nor_of_the_template_before() -> None:
    stuck = deployed(progressing_reason="ProgressDeadlineExceeded", observed_generation=7, available=1)
    assert row(running(stuck, argo=SYNCING)).state == "running"
    before = replace(
        OLD_WORKLOAD,
        deployment=replace(DEPLOYMENT, source_commit=OLD, progressing_reason="ProgressDeadlineExceeded", available=1),
    )
    assert row(running(before, argo=SYNCING)).state == "running"


DRIFTED = replace(
    WORKLOAD,
    pods=pods(OTHER_IMAGE, OTHER_IMAGE),
    digests=(DIGESTS, DigestSet(OTHER_IMAGE, OTHER_IMAGE, ("sha256:" + "a" * 64,), ("sha256:" + "b" * 64,))),
)


def test_another_image_after_a_complete_rollout_is_a_conflict_that_names_both() -> None:
    rollout = running(DRIFTED)
    assert (row(rollout).state, rollout.state) == ("unknown", "unknown")
    assert [stage.state for stage in rollout.stages[:7]] == ["succeeded"] * 7
    drift = next(finding for finding in rollout.findings if finding.id == "image-drift")
    assert {fact.value for fact in drift.facts} == {OTHER_IMAGE, IMAGE}
    assert rollout.fields["imageDigest"].quality == "conflict"
    assert [item.name for item in rollout.evidence.missing] == ["imageDigest"]


@pytest.mark.parametrize("digest", [DIGESTS.manifests[0], DIGESTS.configs[0], IMAGE.upper().replace("SHA", "sha")])
def test_the_member_manifest_and_the_config_digest_are_the_same_image(digest: str) -> None:
    assert row(running(replace(WORKLOAD, pods=pods(digest)))).state == "succeeded"


def test_drift_while_argo_is_not_closed_out_is_lag() -> None:
    assert row(running(DRIFTED, argo=SYNCING)).state == "running"


def test_drift_during_a_rollout_is_lag() -> None:
    assert row(running(replace(DRIFTED, deployment=replace(DEPLOYMENT, available=1)))).state == "running"


@pytest.mark.parametrize(
    ("workload", "field"),
    [
        (replace(WORKLOAD, health=replace(HEALTH, source_commit=OLD)), "health"),
        (replace(deployed(source_commit="c" * 40)), "runtimeTargetSha"),
    ],
)
def test_health_or_template_naming_another_commit_after_a_complete_rollout_is_a_conflict(
    workload: WorkloadReport, field: str
) -> None:
    rollout = running(workload)
    assert (row(rollout).state, rollout.state) == ("unknown", "unknown")
    assert rollout.fields[field].quality == "conflict"
    assert "contradiction" in {finding.id for finding in rollout.findings}


@pytest.mark.parametrize("told", ["", A[:12], A])
def test_health_that_names_no_commit_or_a_short_one_is_right(told: str) -> None:
    assert row(running(replace(WORKLOAD, health=replace(HEALTH, source_commit=told)))).state == "succeeded"


def test_a_workload_read_before_argo_was_seen_closed_contradicts_nothing() -> None:
    known = delivered(80, runtime=OLD_WORKLOAD, argo=SYNCING)
    known = learned(says(ARGO, APPLICATION, 85), known=known)
    assert row(seen_at(known, 86)).state == "running"
    assert RUNTIME in unsettled(known, moment(86))
    known = learned(Confirmation(RUNTIME, moment(87), 0.0), known=known)
    assert row(seen_at(known, 87)).state == "unknown"


REVERT = GitopsCommit(G_LATER, time(85), OLD, "Revert deploy", "eve", (G,))
REVERTED: dict[str, Any] = {
    "gitops": replace(story.GITOPS_REPORT, history=(REVERT, PUBLISHED, story.OLD_PUBLISHED)),
    "argo": replace(
        APPLICATION,
        sync_revision=G_LATER,
        operation=replace(OPERATION, revision=G_LATER, started_at=time(86), finished_at=time(88)),
        reconciled_at=time(89),
    ),
}


def test_rolled_back_fails_and_names_where_to_and_by_which_commit() -> None:
    rollout = running(OLD_WORKLOAD, **REVERTED)
    assert (row(rollout).state, rollout.state) == ("failed", "failed")
    assert row(rollout).reason == "runtime went back to 1111111, by commit fffffff"
    assert [finding.id for finding in rollout.findings if finding.severity == "error"] == ["rolled-back"]
    assert rollout.elapsed_seconds == 88


def test_a_later_commit_under_the_same_source_is_no_rollback() -> None:
    harmless = replace(REVERT, source_commit="", subject="scale up")
    told = REVERTED | {"gitops": replace(story.GITOPS_REPORT, history=(harmless, PUBLISHED, story.OLD_PUBLISHED))}
    assert running(WORKLOAD, **told).state == "succeeded"


def test_an_ancestry_that_is_not_known_is_no_rollback_but_a_contradiction() -> None:
    assert story.MIRROR_REPORT.commit is not None
    orphan = replace(story.MIRROR_REPORT.commit, parents=("9" * 40,))
    unknown = replace(story.MIRROR_REPORT, history=(), commit=orphan)
    assert row(running(OLD_WORKLOAD, mirror=unknown, **REVERTED)).state == "unknown"


def test_crashing_pods_are_found_with_how_they_last_ended() -> None:
    crashing = pods(
        IMAGE, ready=False, waiting_reason="CrashLoopBackOff", restarts=3, last_exit="exit 1 (Error)", phase="Running"
    )
    rollout = running(replace(deployed(available=1, ready=1), pods=crashing), argo=SYNCING)
    assert (row(rollout).state, rollout.state) == ("running", "running")
    assert row(rollout).says == "pod CrashLoopBackOff ×3, exit 1 (Error)"
    assert "last exit 1 (Error)" in next(f.message for f in rollout.findings if f.id == "crash-loop")


def test_an_image_that_cannot_be_pulled_is_found_with_its_reason() -> None:
    stuck = pods("", ready=False, waiting_reason="ImagePullBackOff", waiting_message="not found", phase="Pending")
    rollout = running(replace(deployed(available=1), pods=stuck), argo=SYNCING)
    message = next(f.message for f in rollout.findings if f.id == "pod-stuck")
    assert "ImagePullBackOff: not found" in message  # and no "×0": it was never restarted


def test_two_images_under_one_replica_set_are_found() -> None:
    rollout = running(replace(WORKLOAD, pods=pods(IMAGE, DIGESTS.manifests[0])))
    assert row(rollout).state == "succeeded"
    assert "disagreement" in {finding.id for finding in rollout.findings}


def test_one_of_two_pods_running_another_image_is_drift() -> None:
    assert row(running(replace(DRIFTED, pods=pods(IMAGE, OTHER_IMAGE)))).state == "unknown"


def test_past_the_deadline_a_refusal_explains_what_no_pod_can() -> None:
    evicted = replace(POD, uid="e", phase="Failed", ready=False, digest="")
    stuck = deployed(progressing_reason="ProgressDeadlineExceeded", updated=0, refusal="exceeded quota: ci")
    found = row(running(replace(stuck, pods=(evicted,)), argo=SYNCING))
    assert (found.state, found.says) == ("failed", "exceeded quota: ci")


def test_pods_of_older_replica_sets_those_on_their_way_out_and_evicted_ones_do_not_count() -> None:
    old = replace(POD, uid="o", replica_set_uid="uid-rs1", digest=OTHER_IMAGE)
    leaving = replace(POD, uid="l", deleting=True, digest=OTHER_IMAGE)
    evicted = replace(POD, uid="e", phase="Failed", digest=OTHER_IMAGE)
    assert row(running(replace(WORKLOAD, pods=(*WORKLOAD.pods, old, leaving, evicted)))).state == "succeeded"


def test_a_deployment_that_does_not_exist_yet_is_said() -> None:
    known = delivered(argo=SYNCING)
    absent = says(RUNTIME, None, 91, Correlation(image_digest=IMAGE), Outcome.ABSENT, reason="no deployments.apps x/y")
    found = row(seen_at(learned(absent, known=known), 91))
    assert (found.state, found.says) == ("running", "no deployments.apps x/y")


def test_it_is_pending_before_r_is_known() -> None:
    nothing = replace(story.GITOPS_REPORT, revision=None)
    found = row(running(OLD_WORKLOAD, argo=OLD_APPLICATION, gitops=nothing))
    assert (found.state, found.says) == ("pending", "serving 1111111")


def test_without_a_progressing_condition_the_time_is_unknown_unless_seen() -> None:
    bare = deployed(progressing_reason="", progressing_updated_at=None)
    assert row(running(bare)).finished_at is None
    known = delivered(80, argo=SYNCING, runtime=replace(WORKLOAD, deployment=replace(bare.deployment, available=1)))  # type: ignore[type-var]
    known = learned(says(RUNTIME, bare, 84, Correlation(image_digest=IMAGE)), says(ARGO, APPLICATION, 85), known=known)
    assert row(seen_at(known, 86)).finished_at == time(84)


def test_a_rollout_complete_before_its_stage_started_is_done_at_that_start() -> None:
    found = row(running(deployed(progressing_updated_at=time(-500))))
    assert (found.started_at, found.finished_at) == (time(70), time(70))
