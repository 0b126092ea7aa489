"""Races while it is built: the PipelineRun, the builder Job, the provenance."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.facts import ACTIONS, GITOPS, PROVENANCE, TEKTON, Correlation
from lanewatch.rollout.reports import (
    Attestation,
    Condition,
    DeletedRun,
    PipelineRunState,
    PipelineTaskState,
    ProvenanceReport,
    TaskRunState,
    TektonReport,
)
from tests.rollout import story
from tests.rollout.story import IMAGE, OLD, OTHER_IMAGE, PIPELINE_RUN, TRUE, A, time
from tests.wrong_green.races import race

RUNNING = Condition("Unknown", "Running", "Tasks Completed: 2, Incomplete: 1", time(30))
COMPLETED = Condition("Unknown", "Completed", "", time(66))
FALSE = Condition("False", "Failed", "Tasks Completed: 1 (Failed: 1)", time(86))
CANCELLED = Condition("False", "Cancelled", "was cancelled", time(66))
TASK_TRUE = Condition("True", "Succeeded", "", time(64))
NEXT = replace(PIPELINE_RUN, name="agentrun-v02-n3xt", uid="uid-next", created_at=time(80), completed_at=None)


def child(condition: Condition | None) -> TaskRunState:
    return TaskRunState(
        "TaskRun", "build-1", "uid-t", condition, time(24), time(25), None, 1, "build-1-pod", ("uid-tp",), True,
        "Running", "", (), {},
    )  # fmt: skip


def task(name: str, state: str, condition: Condition | None) -> PipelineTaskState:
    return PipelineTaskState(name, "tasks", state, "", (child(condition),))  # type: ignore[arg-type]


def tekton(*runs: PipelineRunState, **more: object) -> dict[str, TektonReport]:
    return {TEKTON: TektonReport(runs, event_listener_ready=True, **more)}  # type: ignore[arg-type]


def run(condition: Condition | None, **changes: object) -> PipelineRunState:
    return replace(PIPELINE_RUN, condition=condition, completed_at=None, **changes)  # type: ignore[arg-type]


def provenance(**changes: object) -> dict[str, ProvenanceReport]:
    return {PROVENANCE: replace(story.PROVENANCE_REPORT, **changes)}  # type: ignore[arg-type]


def document(**changes: str) -> dict[str, ProvenanceReport]:
    return provenance(provenance=replace(story.PROVENANCE_DOCUMENT, **changes))


ALL_DONE = tuple(task(name, "succeeded", TASK_TRUE) for name in ("plan-artifacts", "build-or-reuse", "gitops-publish"))

PIPELINES = (
    race("the older PipelineRun of this commit succeeded, the newer one runs", TEKTON, tekton(
        replace(NEXT, condition=RUNNING), PIPELINE_RUN)),
    race("the older PipelineRun of this commit succeeded, the newer one failed", TEKTON, tekton(
        replace(NEXT, condition=FALSE, completed_at=time(86)), PIPELINE_RUN)),
    race("every TaskRun succeeded, the PipelineRun still says Running", TEKTON, tekton(run(RUNNING, tasks=ALL_DONE))),
    race("the PipelineRun says Completed, its condition is not True", TEKTON, tekton(run(COMPLETED, tasks=ALL_DONE))),
    race("every TaskRun succeeded, the PipelineRun was cancelled", TEKTON, tekton(
        replace(run(CANCELLED, tasks=ALL_DONE), completed_at=time(66)))),
    race("the PipelineRun has a completion time and no condition", TEKTON, tekton(
        replace(run(None), completed_at=time(66)))),
    race("a PipelineRun of a newer commit is green, this commit has none", TEKTON, tekton(
        other_runs=(("agentrun-v02-zzzz", "b" * 40),))),
    race("the EventListener answered 202, no PipelineRun came", TEKTON, tekton()),
    race("the PipelineRun that succeeded was deleted and made again under its name", TEKTON, tekton(
        replace(NEXT, name=story.RUN_NAME, condition=RUNNING),
        deleted=(DeletedRun(story.RUN_NAME, "uid-pr", time(23), TRUE),))),
    race("it was made again under its name and deleted before it ended", TEKTON, tekton(
        deleted=(DeletedRun(story.RUN_NAME, "uid-next", time(80), RUNNING),
                 DeletedRun(story.RUN_NAME, "uid-pr", time(23), TRUE))),
        before=((70.0, TEKTON, story.TEKTON_REPORT),)),
    race("the PipelineRun that succeeded was read for the commit before", TEKTON, tekton(
        replace(PIPELINE_RUN, uid="uid-old")), subjects={TEKTON: Correlation(commit=OLD)}),
    race("the PipelineRun is created, held as pending", TEKTON, tekton(
        run(Condition("Unknown", "PipelineRunPending", "", time(30)), spec_status="PipelineRunPending"))),
)  # fmt: skip

BUILDS = (
    race("the builder Job is complete, nobody wrote provenance", PROVENANCE, provenance(
        provenance=None, origin="", recorded_at=None, digests=None)),
    race("the PipelineRun is done, its build still runs and has left nothing", PROVENANCE, {
        **provenance(provenance=None, origin="", recorded_at=None, digests=None,
                     job=replace(story.JOB, state="running", finished_at=None)),
        **tekton(replace(PIPELINE_RUN, tasks=(task("build-or-reuse", "running", RUNNING),)))}),
    race("there is provenance, of the commit before", PROVENANCE, document(source_commit=OLD)),
    race("there is provenance, of the Actions run before", PROVENANCE, document(
        actions_run_id="40"), against=(ACTIONS,)),
    race("there is provenance, of another PipelineRun", PROVENANCE, document(
        pipeline_run_name="agentrun-v02-0000"), against=(TEKTON,)),
    race("there is provenance, of this commit's older PipelineRun", PROVENANCE, tekton(
        replace(NEXT, condition=TRUE, completed_at=time(88)), PIPELINE_RUN), against=(PROVENANCE,)),
    race("there is provenance, it names no image and no decision", PROVENANCE, document(
        image_digest="", reuse_decision="")),
    race("there is provenance, a field of it is broken", PROVENANCE, provenance(
        provenance=None, invalid="imageDigest is no digest")),
    race("the cached image has an attestation, of the commit that it was built from", PROVENANCE, provenance(
        origin="oci-attestation", provenance=replace(story.PROVENANCE_DOCUMENT, source_commit=OLD),
        attestation=Attestation(IMAGE, OLD, "builder", ""))),
    race("the tag moved: the PipelineRun pushed another digest than provenance names", PROVENANCE, tekton(
        replace(PIPELINE_RUN, results={"imageDigest": OTHER_IMAGE})), against=(PROVENANCE,)),
    race("provenance was read for the PipelineRun before", PROVENANCE, provenance(recorded_at=time(59)),
         subjects={PROVENANCE: Correlation(commit=A, run_id="41", run_attempt="1", pipeline_run_uid="uid-0000")},
         against=(TEKTON,)),
    race("provenance says reused, nothing was published, the plan says built", GITOPS, {
        **document(reuse_decision="reused-image"),
        GITOPS: replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,))}),
)  # fmt: skip

BUILD_RACES = (*PIPELINES, *BUILDS)
