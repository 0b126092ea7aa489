"""Where Tekton's controller does not do its part: a run nobody picks up, a Pod whose end nobody notices."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.authorities.tekton_history import History, fold
from lanewatch.authorities.tekton_runs import runs_of
from lanewatch.rollout.facts import TEKTON, Outcome
from lanewatch.rollout.rollout import Rollout
from tests.judgement.telling import TELLS
from tests.recordings.reading import events_of, lines
from tests.recordings.test_sentences import RECORDINGS
from tests.rollout import story
from tests.rollout.story import delivered, learned, says, seen_at, time


def told(rollout: Rollout, kind: str) -> list[str]:
    return [finding.message for finding in rollout.findings if finding.id == kind]


def waiting(**changes: object) -> Rollout:
    """A run without a condition, made at second 24 and read at second 90."""
    run = replace(story.PIPELINE_RUN, condition=None, completed_at=None, tasks=(), **changes)  # type: ignore[arg-type]
    return seen_at(delivered(tekton=replace(story.TEKTON_REPORT, runs=(run,))))


def test_a_run_that_nobody_picks_up_is_told_with_how_long_and_what_to_suspect() -> None:
    (message,) = told(waiting(), "not-picked-up")
    assert message.endswith("for 1 min 6 s: Tekton's controller is down or behind.")
    (message,) = told(waiting(managed_by="kueue.x-k8s.io/multikueue"), "not-picked-up")
    assert "it is for kueue.x-k8s.io/multikueue, Tekton leaves it alone" in message
    assert told(waiting(created_at=time(85)), "not-picked-up") == []


def test_a_pod_whose_end_nobody_notices_is_told() -> None:
    (message,) = told(TELLS["tekton-lags"](), "tekton-lags")
    assert message == (
        "the steps of build ended 29.0 s ago, yet TaskRun run-build goes on: Tekton's controller is down or behind."
    )


def test_it_is_our_reading_that_lags_where_tekton_was_not_read_since() -> None:
    run = replace(story.PIPELINE_RUN, condition=None, completed_at=None, tasks=(), created_at=time(82))
    known = delivered(tekton=replace(story.TEKTON_REPORT, runs=(run,)))
    subject = known.seen[TEKTON].last.subject
    later = learned(says(TEKTON, None, 110, subject, Outcome.TIMEOUT), known=known)
    assert told(seen_at(later, 110), "not-picked-up") == []


def test_a_stalled_controller_as_it_was_recorded() -> None:
    """The Pod's end is known while its TaskRun says Running, and only then."""
    history, ended = History(), set()
    for line in lines(RECORDINGS["controller-stalled"]):
        history = fold(history, events_of(history, line))
        for task in (task for run in runs_of(history)[0] for task in run.tasks):
            ended |= {task.name for child in task.children if child.pod_ended_at and task.state == "running"}
    assert "build-or-reuse" in ended
