"""gitops-publish: R is known, or nothing changes and what stands is R (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import GITOPS, PROVENANCE, Confirmation, Knowledge
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import GitopsCommit, GitopsReport
from lanewatch.rollout.rollout import Stage
from tests.rollout import story
from tests.rollout.story import G_OLD, OLD, OLD_IMAGE, G, delivered, learned, moment, says, seen_at, time

NOTHING = replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,))
REUSED = replace(
    story.PROVENANCE_REPORT,
    provenance=replace(
        story.PROVENANCE_DOCUMENT, reuse_decision="reused-image", image_digest=OLD_IMAGE, reused_from_commit=OLD
    ),
    job=None,
    digests=None,
)
REUSE_PLAN = replace(story.PLAN_REPORT, plan=story.REUSE_PLAN)


def reusing(gitops: GitopsReport = NOTHING, second: float = 90) -> Knowledge:
    """The lane where the image is used again and nothing is published."""
    return delivered(
        second,
        plan=REUSE_PLAN,
        provenance=REUSED,
        gitops=gitops,
        argo=story.OLD_APPLICATION,
        runtime=story.OLD_WORKLOAD,
    )


def row(known: Knowledge, second: float = 90) -> Stage:
    found = seen_at(known, second).stage("gitops-publish")
    assert found is not None
    return found


def test_it_runs_from_build_done_until_r_is_known_and_ends_at_its_committer_date() -> None:
    waiting = row(delivered(gitops=NOTHING, argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD))
    assert (waiting.state, waiting.started_at) == ("running", time(60))
    found = row(delivered())
    assert (found.state, found.started_at, found.finished_at) == ("succeeded", time(60), time(64))


def test_a_pipeline_run_that_ended_without_a_commit_is_found() -> None:
    rollout = seen_at(delivered(gitops=NOTHING, argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD))
    assert rollout.state == "running"
    assert "no-gitops-commit" in {finding.id for finding in rollout.findings}


def test_where_nothing_changes_it_is_skipped_and_the_standing_commit_is_r() -> None:
    rollout = seen_at(reusing())
    assert [stage.state for stage in rollout.stages] == [
        "succeeded", "succeeded", "succeeded", "reused", "succeeded", "skipped", "succeeded", "succeeded",
    ]  # fmt: skip
    assert rollout.state == "succeeded"
    assert rollout.fields["gitopsRevision"].fact.value == G_OLD
    assert rollout.correlation.gitops_revision == G_OLD
    assert [item.name for item in rollout.evidence.not_applicable] == ["builderJobName"]
    assert rollout.elapsed_seconds == 66  # the PipelineRun ended last


def test_on_reuse_the_running_commit_is_an_older_one_and_that_is_right() -> None:
    rollout = seen_at(reusing())
    assert rollout.fields["runtimeTargetSha"].fact.value == OLD
    assert not [finding for finding in rollout.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    ("plan", "provenance"),
    [(story.PLAN_REPORT, REUSED), (REUSE_PLAN, story.PROVENANCE_REPORT)],
)
def test_plan_and_provenance_must_both_say_so(plan: object, provenance: object) -> None:
    known = delivered(plan=plan, provenance=provenance, gitops=NOTHING)  # type: ignore[arg-type]
    assert row(known).state == "running"


def test_a_commit_that_was_published_all_the_same_counts() -> None:
    assert row(reusing(story.GITOPS_REPORT)).state == "succeeded"


def test_a_commit_made_after_build_done_is_not_what_stands() -> None:
    later = GitopsCommit(G, time(75), "", "scale up", "eve", (G_OLD,))
    rollout = seen_at(reusing(replace(NOTHING, history=(later, story.OLD_PUBLISHED))))
    assert rollout.correlation.gitops_revision == G_OLD


def test_what_stands_without_a_trailer_has_the_source_of_the_commit_below() -> None:
    plain = GitopsCommit(G, time(-100), "", "scale up", "eve", (G_OLD,))
    application = replace(story.OLD_APPLICATION, sync_revision=G, reconciled_at=time(-30))
    rollout = seen_at(
        delivered(
            plan=REUSE_PLAN, provenance=REUSED, gitops=replace(NOTHING, history=(plain, story.OLD_PUBLISHED)),
            argo=application, runtime=story.OLD_WORKLOAD,
        )
    )  # fmt: skip
    assert rollout.correlation.gitops_revision == G
    assert rollout.state == "succeeded"


def test_without_any_commit_to_rest_on_it_is_unknown() -> None:
    assert row(reusing(replace(NOTHING, history=()))).state == "unknown"


def test_the_branch_is_read_once_more_after_the_build_was_seen_done() -> None:
    known = delivered(
        plan=REUSE_PLAN, provenance=None, gitops=NOTHING, argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD
    )
    subject = known.seen[PROVENANCE].last.subject
    known = learned(says(PROVENANCE, REUSED, 92, subject), known=known)
    assert row(known, 92).state == "running"
    assert GITOPS in unsettled(known, moment(92))
    known = learned(Confirmation(GITOPS, moment(93), 0.0), known=known)
    assert row(known, 93).state == "skipped"


def test_a_build_without_a_time_leaves_the_ancestry_to_decide() -> None:
    untimed = replace(REUSED, recorded_at=None)
    rollout = seen_at(
        delivered(
            plan=REUSE_PLAN, provenance=untimed, gitops=NOTHING, argo=story.OLD_APPLICATION, runtime=story.OLD_WORKLOAD
        )
    )
    assert rollout.correlation.gitops_revision == G_OLD
    assert rollout.stages[6].finished_at is None


def test_r_read_only_in_the_mirror_is_said() -> None:
    rollout = seen_at(delivered(gitops=replace(story.GITOPS_REPORT, read_where="mirror")))
    assert "gitops-read-in-mirror" in {finding.id for finding in rollout.findings}


def test_it_shares_one_budget_with_the_closeout_from_build_done_to_closeout_done() -> None:
    rollout = seen_at(delivered())
    publish, closeout = rollout.stages[5], rollout.stages[6]
    assert publish.budget.used_seconds == closeout.budget.used_seconds == 22
    assert (publish.budget.shared_with, closeout.budget.shared_with) == ("argo-closeout", "gitops-publish")
