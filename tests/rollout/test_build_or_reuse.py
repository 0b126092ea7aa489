"""build-or-reuse: a valid provenance of this rollout; Job, TaskRun and PipelineRun can only fail it (CONTRACTS 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import PROVENANCE, TEKTON, Confirmation
from lanewatch.rollout.picture import unsettled
from lanewatch.rollout.reports import (
    BuilderJob,
    Condition,
    JobPod,
    PipelineRunState,
    ProvenanceReport,
    StepState,
    TaskRunState,
    TektonReport,
)
from lanewatch.rollout.rollout import Rollout, Stage
from tests.rollout import story
from tests.rollout.story import IMAGE, OLD, A, B, delivered, learned, moment, says, seen_at, time

RUNNING = Condition("Unknown", "Running", "", time(30))
FALSE = Condition("False", "Failed", "Tasks Completed: 1 (Failed: 1)", time(58))
STOPPED = Condition("False", "Cancelled", "cancelled", time(58))
TASK = TaskRunState(
    "TaskRun", "build-1", "uid-t", RUNNING, time(24), time(25), None, 1, "build-1-pod", ("uid-tp",), True, "Running",
    "", (), {},
)  # fmt: skip


def pipeline(condition: Condition | None, **changes: Any) -> TektonReport:
    completed = condition.changed_at if condition and condition.status != "Unknown" else None
    run: PipelineRunState = replace(story.PIPELINE_RUN, condition=condition, completed_at=completed, **changes)
    return TektonReport((run,), event_listener_ready=True)


def building(report: ProvenanceReport, tekton: TektonReport | None = None) -> Rollout:
    """The lane as it is while nothing was published yet."""
    nothing = replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,))
    return seen_at(
        delivered(
            provenance=report,
            tekton=tekton or pipeline(RUNNING),
            gitops=nothing,
            argo=story.OLD_APPLICATION,
            runtime=story.OLD_WORKLOAD,
        )
    )


def row(rollout: Rollout) -> Stage:
    found = rollout.stage("build-or-reuse")
    assert found is not None
    return found


NONE = ProvenanceReport(None, "", None)


def test_it_runs_from_the_plan_on() -> None:
    found = row(building(NONE))
    assert (found.state, found.started_at, found.says) == ("running", time(20), "plan says built")


@pytest.mark.parametrize(
    ("job", "says_"),
    [
        (BuilderJob("b", "u", "running", "", "", time(26), None, "label", progress="env step 3/7"), "env step 3/7"),
        (BuilderJob("b", "u", "running", "", "", time(26), None, "label"), "Job b has no Pod yet"),
        (
            BuilderJob(
                "b", "u", "running", "", "", time(26), None, "label",
                (JobPod("b-1", "p", "Pending", None, "ImagePullBackOff", ""),),
            ),
            "pod ImagePullBackOff",
        ),
    ],
)  # fmt: skip
def test_the_job_tells_progress(job: BuilderJob, says_: str) -> None:
    assert row(building(replace(NONE, job=job))).says == says_


def test_the_task_run_tells_progress_where_there_is_no_job() -> None:
    steps = (
        StepState("clone", "step-clone", "terminated", 0),
        StepState("env-image", "step-env-image", "running"),
        StepState("push", "step-push", "running"),
    )
    assert row(building(replace(NONE, builder_task=replace(TASK, steps=steps)))).says == "step env-image 2/3"


@pytest.mark.parametrize(
    ("decision", "state"),
    [("built", "succeeded"), ("reused-env", "succeeded"), ("reused-image", "reused"), ("skipped", "reused")],
)
def test_a_valid_provenance_ends_it(decision: str, state: str) -> None:
    document = replace(story.PROVENANCE_DOCUMENT, reuse_decision=decision)
    found = row(building(replace(story.PROVENANCE_REPORT, provenance=document)))
    assert (found.state, found.finished_at) == (state, time(60))


def test_provenance_with_neither_digest_nor_decision_ends_nothing() -> None:
    document = replace(story.PROVENANCE_DOCUMENT, reuse_decision="", image_digest="")
    assert row(building(replace(story.PROVENANCE_REPORT, provenance=document))).state == "running"


def test_a_digest_alone_is_enough() -> None:
    document = replace(story.PROVENANCE_DOCUMENT, reuse_decision="")
    assert row(building(replace(story.PROVENANCE_REPORT, provenance=document))).state == "succeeded"


def test_invalid_provenance_ends_nothing_and_is_found() -> None:
    rollout = building(replace(story.PROVENANCE_REPORT, provenance=None, invalid="imageDigest is no digest"))
    assert row(rollout).state == "running"
    assert "imageDigest is no digest" in next(f.message for f in rollout.findings if f.id == "provenance-invalid")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source_commit": B}, "provenance names commit bbbbbbb"),
        ({"actions_run_id": "40"}, "provenance names run 40, observed 41"),
        ({"pipeline_run_name": "other"}, "provenance names other, observed agentrun-v02-x7k2"),
    ],
)
def test_provenance_that_names_another_commit_run_or_pipeline_run_is_a_conflict(
    changes: dict[str, str], words: str
) -> None:
    document = replace(story.PROVENANCE_DOCUMENT, **changes)
    rollout = building(replace(story.PROVENANCE_REPORT, provenance=document))
    assert (row(rollout).state, row(rollout).reason) == ("unknown", words)
    assert rollout.state == "unknown"
    assert "contradiction" in {finding.id for finding in rollout.findings}


def test_an_attestation_of_another_commit_says_nothing_of_this_rollout() -> None:
    document = replace(story.PROVENANCE_DOCUMENT, source_commit=OLD)
    report = replace(story.PROVENANCE_REPORT, provenance=document, origin="oci-attestation", job=None)
    assert row(building(report)).state == "running"


def test_an_attestation_of_this_commit_is_not_compared_with_this_rollouts_ids() -> None:
    document = replace(story.PROVENANCE_DOCUMENT, actions_run_id="", pipeline_run_name="elsewhere")
    report = replace(story.PROVENANCE_REPORT, provenance=document, origin="oci-attestation")
    assert row(building(report)).state == "succeeded"


FAILED_JOB = BuilderJob(
    "build-a", "u", "failed", "BackoffLimitExceeded", "", time(26), time(50), "label",
    (JobPod("build-a-1", "p", "Failed", 17, "Error", "go build: no such file"),),
)  # fmt: skip


def test_a_failed_job_fails_it_and_says_exit_code_and_pod() -> None:
    rollout = building(replace(NONE, job=FAILED_JOB))
    assert row(rollout).state == "failed"
    assert row(rollout).reason == "builder Job build-a: exit 17 in pod build-a-1: go build: no such file"
    assert row(rollout).finished_at == time(50)
    assert (rollout.state, rollout.elapsed_seconds) == ("failed", 50)


def test_what_cannot_proceed_is_skipped_and_the_rest_stands() -> None:
    rollout = building(replace(NONE, job=FAILED_JOB))
    assert [stage.state for stage in rollout.stages] == [
        "succeeded", "succeeded", "succeeded", "failed", "running", "skipped", "skipped", "skipped",
    ]  # fmt: skip
    assert {stage.reason for stage in rollout.stages[5:]} == {"build-or-reuse failed"}


def test_the_pipeline_run_that_fails_with_it_is_no_second_finding() -> None:
    rollout = building(replace(NONE, job=FAILED_JOB), pipeline(FALSE))
    assert rollout.stages[4].state == "failed"
    assert [(f.id, f.stage) for f in rollout.findings if f.severity == "error"] == [("stage-failed", "build-or-reuse")]


def test_valid_provenance_wins_over_a_failed_job() -> None:
    assert row(building(replace(story.PROVENANCE_REPORT, job=FAILED_JOB))).state == "succeeded"


@pytest.mark.parametrize(
    ("condition", "because", "state"),
    [
        (FALSE, "", "failed"),
        (Condition("False", "TaskRunCancelled", "cancelled", time(58)), "", "cancelled"),
        (Condition("False", "TaskRunCancelled", "", time(58)), "the PipelineRun it belongs to has timed out", "failed"),
        (Condition("False", "TaskRunTimeout", "failed to finish within 1h", time(58)), "", "failed"),
    ],
)  # fmt: skip
def test_its_task_run_fails_or_cancels_it(condition: Condition, because: str, state: str) -> None:
    task = replace(TASK, condition=condition, completed_at=time(57), cancelled_because=because)
    found = row(building(replace(NONE, builder_task=task)))
    assert (found.state, found.finished_at) == (state, time(57))


def test_the_step_to_blame_is_the_first_that_really_failed() -> None:
    steps = (
        StepState("lint", "step-lint", "terminated", 3, termination_reason="Continued"),
        StepState("build", "step-build", "terminated", 137, "OOMKilled"),
        StepState("push", "step-push", "terminated", 1, "Error", "Skipped"),
    )
    found = row(building(replace(NONE, builder_task=replace(TASK, condition=FALSE, steps=steps))))
    assert found.says == "exit 137 OOMKilled in step build"


@pytest.mark.parametrize(("condition", "state"), [(FALSE, "failed"), (STOPPED, "cancelled")])
def test_the_current_pipeline_run_fails_or_cancels_it_where_no_provenance_is_left(
    condition: Condition, state: str
) -> None:
    rollout = building(NONE, pipeline(condition))
    assert (row(rollout).state, rollout.state) == (state, "failed")
    assert [f.stage for f in rollout.findings if f.severity == "error"] == ["tekton-pipelinerun"]


def test_a_job_that_survives_is_shown() -> None:
    rollout = building(replace(NONE, job=replace(FAILED_JOB, state="running", finished_at=None)), pipeline(STOPPED))
    assert "still running" in row(rollout).reason
    assert "job-outlives-run" in {finding.id for finding in rollout.findings}


def test_a_complete_job_without_provenance_runs_on_with_a_finding() -> None:
    rollout = building(replace(NONE, job=story.JOB))
    assert row(rollout).state == "running"
    assert "no-provenance" in {finding.id for finding in rollout.findings}


def test_a_pipeline_run_that_succeeded_without_provenance_is_unknown_with_missing_evidence() -> None:
    rollout = seen_at(delivered(provenance=NONE))
    assert row(rollout).state == "unknown"
    assert {"envIdentity", "reuseDecision", "builderJobName"} <= {item.name for item in rollout.evidence.missing}
    assert rollout.state == "unknown"


def test_provenance_read_before_the_pipeline_run_was_seen_to_end_may_still_come() -> None:
    known = delivered(tekton=pipeline(RUNNING), provenance=NONE)
    subject = known.seen[TEKTON].last.subject
    known = learned(says(TEKTON, story.TEKTON_REPORT, 92, subject), known=known)
    assert row(seen_at(known, 92)).state == "running"
    assert PROVENANCE in unsettled(known, moment(92))
    known = learned(Confirmation(PROVENANCE, moment(94), 0.1), known=known)
    assert row(seen_at(known, 94)).state == "unknown"
    assert PROVENANCE not in unsettled(known, moment(94))


def test_the_time_is_the_recording_else_unknown() -> None:
    found = row(building(replace(story.PROVENANCE_REPORT, recorded_at=None)))
    assert (found.state, found.finished_at, found.budget.state) == ("succeeded", None, "unknown")


def test_the_digest_of_the_correlation_is_the_one_that_was_built() -> None:
    assert seen_at(delivered()).correlation.image_digest == IMAGE
    assert seen_at(delivered()).correlation.commit == A
