"""A stage that stands still names its most likely cause, in the systems' own words, and where to look further."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.findings.stalled import CAUSES
from lanewatch.rollout.reports import ArgoCondition, Condition
from tests.rollout import story
from tests.rollout.story import delivered, seen_at, time

RUNNING = replace(story.PIPELINE_RUN, condition=Condition("Unknown", "Running", "", time(24)), completed_at=None)
WORDS = {
    "the namespace's quota is used up": "Warning FailedCreate: pods is forbidden: exceeded quota: ci, used: pods=20",
    "a volume is not there": 'Warning FailedScheduling: persistentvolumeclaim "shared" not found',
    "a node is under pressure": "Warning Evicted: The node was low on resource: ephemeral-storage",
    "no node has room": "Warning FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu",
    "an image cannot be pulled": 'Warning Failed: Failed to pull image "x": toomanyrequests',
}


def stalled(**changes: object) -> list[str]:
    rollout = seen_at(delivered(**changes))  # type: ignore[arg-type]
    return [one.message for one in rollout.findings if one.id == "stalled"]


def of_run(*events: str, **changes: object) -> list[str]:
    run = replace(RUNNING, events=events, **changes)  # type: ignore[arg-type]
    return stalled(tekton=replace(story.TEKTON_REPORT, runs=(run,)))


def test_every_cause_is_told_below() -> None:
    assert {cause.name for cause in CAUSES} == {*WORDS, "a sync window of Argo forbids it"}


@pytest.mark.parametrize("cause", WORDS)
def test_a_running_stage_names_its_cause_and_the_command(cause: str) -> None:
    (message,) = of_run(WORDS[cause])
    assert cause in message
    assert "kubectl" in message
    assert message.startswith("tekton-pipelinerun stands still")


def test_a_sync_window_is_told_of_argo() -> None:
    blocked = ArgoCondition("SyncWarning", "Cannot sync: blocked by sync window", None)
    application = replace(story.OLD_APPLICATION, conditions=(blocked,))
    (message,) = [one for one in stalled(argo=application) if "argo-closeout" in one]
    assert "sync window" in message


def test_the_newest_word_counts() -> None:
    (message,) = of_run(WORDS["no node has room"], WORDS["a volume is not there"])
    assert "a volume is not there" in message


def test_a_stage_that_has_ended_or_says_nothing_stands_not_still() -> None:
    ended = replace(story.PIPELINE_RUN, events=(WORDS["no node has room"],))
    assert not stalled(tekton=replace(story.TEKTON_REPORT, runs=(ended,)))
    assert not of_run()
    assert not of_run("Normal Started: ", "Warning Unhealthy: Readiness probe failed")


def test_without_events_nothing_is_guessed() -> None:
    assert not stalled(runtime=None, argo=None)
