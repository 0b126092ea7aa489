"""Every recording through the real client and authority: what a watcher concludes who first looks when all is over.

Such a one cannot know what is gone: deleted runs, deleted children and the Pods of earlier attempts. All else is as an
engineer expects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.authorities.tekton_runs import runs_of
from lanewatch.rollout.facts import Correlation, Outcome
from lanewatch.rollout.reports import PipelineRunState, PipelineTaskState, TektonReport
from tests.recordings.check import recordings
from tests.recordings.comparison import AT_END
from tests.recordings.reading import expected, folded, lines
from tests.recordings.serving import authority_over, left_at_the_end

RECORDINGS = list(recordings(Path(__file__).parent / "tekton"))

# Recordings at whose end more is gone than Events can tell: the controller deletes the Pod of a TaskRun that is
# cancelled or timed out, and what the Pod and the Events about it told goes with it.
GONE: Mapping[str, str] = {
    **dict.fromkeys(("cancel", "cancelled-run-finally", "v059-cancel"), "Pod"),
    **dict.fromkeys(("pipeline-timeout", "task-timeout", "tasks-timeout-finally-runs"), "Pod"),
    "pod-unschedulable": "Pod",  # timed out too
    "image-pull-backoff": "Pod",  # the controller gives the TaskRun up
    **dict.fromkeys(("step-killed-hangs", "v059-step-oomkilled"), "Pod"),  # timed out too
    "pod-deleted-mid-run": "Pod",  # a drain
    "taskrun-deleted-recreated": "TaskRun",  # by a person, with its Pod: its successor is all that is left
}


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
async def test_who_looks_at_the_end_concludes_the_same(folder: Path, tmp_path: Path) -> None:
    objects, wanted = left_at_the_end(lines(folder)), expected(folder)["pipelineRuns"]
    present = {item["metadata"]["uid"]: item for item in objects if item["kind"] == "PipelineRun"}
    tops = [run for run in wanted if run["uid"] in present and not _is_nested(present[run["uid"]])]
    assert tops
    found: dict[str, PipelineRunState] = {}
    for commit in {run["sourceCommit"] for run in tops}:
        async with authority_over(objects, tmp_path) as authority:
            observation = await authority.read(Correlation(commit=commit))
        assert observation.outcome is Outcome.OK, observation.reason
        assert isinstance(observation.report, TektonReport)
        found |= {run.uid: run for run in observation.report.runs}
        assert observation.report.deleted == ()  # who comes late has seen nothing go
    assert sorted(found) == sorted(run["uid"] for run in tops)
    assert {uid: _told(run) for uid, run in found.items()} == {run["uid"]: _wanted(run) for run in tops}
    followed = {run.uid: run for run in runs_of(folded(lines(folder)))[0]}
    if folder.name in GONE:
        assert found != followed
        assert _without(found, GONE[folder.name]) == _without(followed, GONE[folder.name])
    else:
        assert found == followed
    for run in tops:
        for name, task in run["tasks"].items():
            _compare_children(task, next(one for one in found[run["uid"]].tasks if one.name == name))


def _without(runs: Mapping[str, PipelineRunState], gone: str) -> dict[str, PipelineRunState]:
    """The runs without their Events and what only a Pod tells; with gone "TaskRun" also without deleted children."""
    return {
        uid: replace(run, events=(), tasks=tuple(_task(task, gone) for task in run.tasks)) for uid, run in runs.items()
    }


def _task(task: PipelineTaskState, gone: str) -> PipelineTaskState:
    kept = [child for child in task.children if gone != "TaskRun" or not child.deleted]
    return replace(
        task,
        children=tuple(replace(child, pod_uids=(), pod_phase="", pod_reason="", pod_ended_at=None) for child in kept),
    )


def _is_nested(run: dict[str, Any]) -> bool:
    return any(owner["kind"] == "PipelineRun" for owner in run["metadata"].get("ownerReferences") or [])


def _told(run: PipelineRunState) -> dict[str, Any]:
    return {
        "condition": (run.condition.status, run.condition.reason) if run.condition else (None, None),
        "tasks": {task.name: AT_END.get(task.state, task.state) for task in run.tasks},
        "skipped": {task.name: task.skip_reason for task in run.tasks if task.skip_reason},
    }


def _wanted(run: dict[str, Any]) -> dict[str, Any]:
    return {
        "condition": (run["status"], run["reason"]),
        "tasks": {name: task["state"] for name, task in run["tasks"].items()},
        "skipped": {name: task["skipReason"] for name, task in run["tasks"].items() if task.get("skipReason")},
    }


def _compare_children(wanted: dict[str, Any], task: PipelineTaskState) -> None:
    """Those that are left, with the Pods that are left."""
    left = {child["uid"]: child for child in wanted.get("children", []) if not child.get("deleted")}
    assert sorted(child.uid for child in task.children) == sorted(left)
    for child in task.children:
        told = left[child.uid]
        assert (child.name, child.kind, child.attempts) == (told["name"], told["kind"], told["attempts"])
        assert child.pod_exists is told["podExistsAtEnd"]
        assert set(child.pod_uids) <= set(told["podUids"])
        assert [step.name for step in child.steps] == [step["name"] for step in told["steps"]]
