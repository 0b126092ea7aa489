"""Who looks later finds what came of things that are gone: unknown, with what proves them; no wait, no failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.rollout.facts import ACTIONS, PLAN, PROVENANCE, TEKTON, Correlation
from lanewatch.rollout.reports import ActionsReport, PlanReport, ProvenanceReport, TektonReport
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import delivered, learned, says, seen_at

NO_RUN = ActionsReport((), server_time=story.time(story.END))
NO_PLAN = PlanReport(None, "", None)
NO_PIPELINE_RUN = TektonReport((), event_listener_ready=True)
NO_PROVENANCE = ProvenanceReport(None, "", None)


def later(*gone: tuple[str, Any], **changes: Any) -> Rollout:
    """The delivered lane as somebody sees it who looks later, each of `gone` asked once more, after the others."""
    names = {ACTIONS: "actions", PLAN: "plan", PROVENANCE: "provenance", TEKTON: "tekton"}
    known = delivered(**{names[authority]: report for authority, report in gone}, **changes)
    again = [says(authority, report, 95, known.seen[authority].last.subject) for authority, report in gone]
    return seen_at(learned(*again, known=known), 95)


@pytest.mark.parametrize(
    ("gone", "stage", "reason"),
    [
        ([(TEKTON, NO_PIPELINE_RUN)], "tekton-pipelinerun",
         f"PipelineRun {story.RUN_NAME} is no longer there: pruned, or deleted"),
        ([(TEKTON, NO_PIPELINE_RUN), (PROVENANCE, NO_PROVENANCE)], "tekton-pipelinerun",
         "no PipelineRun is left: gitops commit eeeeeee came of it"),
        ([(TEKTON, NO_PIPELINE_RUN), (PROVENANCE, NO_PROVENANCE)], "build-or-reuse",
         "no provenance is left: gitops commit eeeeeee came of it"),
        ([(ACTIONS, NO_RUN)], "actions-dispatch",
         f"no run is left: PipelineRun {story.RUN_NAME} ended without one, or it was deleted"),
        ([(ACTIONS, NO_RUN), (TEKTON, NO_PIPELINE_RUN)], "actions-dispatch",
         "no run is left: gitops commit eeeeeee came of it"),
        ([(PLAN, NO_PLAN)], "reuse-plan", f"no plan is left: PipelineRun {story.RUN_NAME} succeeded by one"),
        ([(PLAN, replace(NO_PLAN, expired="artifact reuse-plan has expired"))], "reuse-plan",
         "artifact reuse-plan has expired"),
    ],
)  # fmt: skip
def test_what_is_gone_is_unknown_and_says_what_came_of_it(gone: list[tuple[str, Any]], stage: str, reason: str) -> None:
    rollout = later(*gone)
    found = rollout.stage(stage)
    assert found is not None
    assert (found.state, found.reason) == ("unknown", reason)
    assert rollout.state == "unknown"
    assert not {one.id for one in rollout.findings} & {"no-pipelinerun", "stage-failed"}


def test_before_it_was_asked_again_nothing_is_gone() -> None:
    """The first answers of a start come in any order: what came of a run may be told before the run is."""
    early = learned(
        says(TEKTON, NO_PIPELINE_RUN, 61, Correlation(commit=story.A)),
        says(PROVENANCE, story.PROVENANCE_REPORT, 62, Correlation(commit=story.A)),
        known=delivered(60, tekton=NO_PIPELINE_RUN, provenance=NO_PROVENANCE, gitops=None, argo=None, runtime=None),
    )
    waiting = seen_at(early, 62).stage("tekton-pipelinerun")
    assert waiting is not None
    assert (waiting.state, waiting.says) == ("running", "looking for it again")


def test_while_a_run_of_this_commit_is_under_way_its_pipeline_run_is_waited_for() -> None:
    """A commit that was delivered before and is pushed again: what is left of the first time proves nothing."""
    job = replace(story.DISPATCH_JOB, status="in_progress", conclusion="", completed_at=None)
    run = replace(story.RUN, status="in_progress", conclusion="", completed_at=None, jobs=(story.PLAN_JOB, job))
    rollout = later((TEKTON, NO_PIPELINE_RUN), actions=replace(story.ACTIONS_REPORT, runs=(run,)))
    stage = rollout.stage("tekton-pipelinerun")
    assert stage is not None
    assert (stage.state, stage.says) == ("running", "waiting for a PipelineRun")
