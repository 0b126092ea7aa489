"""What the tekton row and its findings say of every recording, beside what an experienced engineer said of it.

The stream goes through the fold, the report and the stage rule; the rest of the lane stands still before the build.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from lanewatch.authorities.tekton_history import History, fold
from lanewatch.authorities.tekton_runs import runs_of
from lanewatch.rollout.facts import TEKTON
from lanewatch.rollout.reports import ProvenanceReport, TektonReport
from lanewatch.rollout.rollout import ENDED, Rollout, Stage, StageState
from lanewatch.rollout.wording import SAYS_LIMIT
from tests.recordings.check import recordings
from tests.recordings.reading import events_of, expected, folded, lines
from tests.rollout import story

HERE = Path(__file__).parent / "tekton"
RECORDINGS = {folder.name: folder for folder in recordings(HERE)}


@dataclass(frozen=True)
class Sentence:
    """state: of the row. says: words of the row, in order. told: words of its reason or of a tekton finding."""

    state: StageState
    says: tuple[str, ...]
    told: tuple[str, ...] = ()


def failed(says: str, *told: str) -> Sentence:
    return Sentence("failed", (says,), told)


CANCELLED = Sentence("cancelled", ("cancelled in step build of",), ("build-or-reuse", "its Pod and log are gone"))
DONE = Sentence("succeeded", ("agentrun-v02-ci",))
NO_PUBLISH = "gitops-publish did not run"

SENTENCES: Mapping[str, Sentence] = {
    "builder-job-success": DONE,
    "cancel": CANCELLED,
    "cancel-keep-pod": replace(CANCELLED, told=("build-or-reuse", "its Pod is still there")),
    "cancelled-run-finally": replace(CANCELLED, told=("build-or-reuse", NO_PUBLISH)),
    "child-pipeline": DONE,
    "child-pipeline-cancel": Sentence("running", ("could not be stopped",), ("delete it", "publish:PipelineRun")),
    "controller-down-at-create": DONE,
    "controller-stalled": DONE,
    "custom-task-unserved": failed("nobody answered CustomRun of approve", "timed out after 10s", "smoke did not run"),
    "failure-middle-finally": failed("exit 1 in step build of build-or-reuse", NO_PUBLISH),
    "finally-fails": failed("exit 1 in step post of report-status", "(finally)", "every task before that succeeded"),
    "image-pull-backoff": failed(
        "cannot pull the image in step build", "registry.jd01.internal:5000/ci/buildkit-client:1.8", "build-or-reuse"
    ),
    "image-pull-recovers": DONE,
    "invalid-params": failed("missing parameters: snapshotRef", "reusePlanArtifactRef", "nothing ran"),
    "invalid-pipeline-ref": failed("no Pipeline agentrun-v02-ci", "CouldntGetPipeline", "nothing ran"),
    "long-run-many-tasks": DONE,
    "matrix": DONE,
    "missing-task-ref": failed("no Task gitops-publish", "CouldntGetTask", "nothing ran"),
    "onerror-continue": Sentence(
        "succeeded", ("done, ignored the failure of unit-test",), ("exit 3 in step test of unit-test", "ignored")
    ),
    "pending-then-started": DONE,
    "pipeline-result-missing": failed("no pipeline result imageDigest", "every task before that succeeded"),
    "pipeline-timeout": failed("timed out after 7s in step build", "build-or-reuse", NO_PUBLISH),
    "pod-deleted-mid-run": failed("exit 137 (killed) in step build", "its Pod was deleted", NO_PUBLISH),
    "pod-evicted": failed("pod Evicted of build-or-reuse", "low on resource: ephemeral-storage"),
    "pod-unschedulable": failed("pod Unschedulable of build-or-reuse", "timed out after 9s", "2 Insufficient memory"),
    "quota-exceeded-then-runs": DONE,
    "result-missing": failed("no result imageDigest from build-or-reuse", NO_PUBLISH),
    "retries-exhausted": failed("exit 17 in step build of build-or-reuse", "attempt 3", NO_PUBLISH),
    "retries-then-success": Sentence("succeeded", ("agentrun-v02-ci",), ("build-or-reuse", "at attempt 3")),
    "same-name-recreated": DONE,
    "secret-missing": failed(
        'secret "buildkit-builder-auth" not found', "build-or-reuse", "CreateContainerConfigError"
    ),
    "sidecar": DONE,
    "step-killed-hangs": failed("exit 137 (killed) in step build", "unnoticed until the run timed out after 9s"),
    "step-oomkilled": failed("exit 137 OOMKilled in step build", "build-or-reuse", NO_PUBLISH),
    "step-timeout": failed("step slow of build exceeded its timeout"),
    "stopped-run-finally": Sentence("cancelled", ("stopped before gitops-publish",), ("what ran was let to end",)),
    "success-three-tasks-results": DONE,
    "task-timeout": failed("timed out after 5s in step build", "build-or-reuse", "its Pod and log are gone"),
    "taskrun-deleted-recreated": failed(
        "exit 137 (killed) in step build", "its TaskRun was deleted and made again", NO_PUBLISH
    ),
    "tasks-timeout-finally-runs": failed("timed out after 6s in step build", "build-or-reuse", NO_PUBLISH),
    "two-runs-same-commit": Sentence("succeeded", ("agentrun-v02-ci",), ("2 PipelineRuns for this commit",)),
    "v059-cancel": CANCELLED,
    "v059-failure-middle-finally": failed("exit 1 in step build of build-or-reuse", NO_PUBLISH),
    "v059-step-oomkilled": failed("exit 137 OOMKilled in step build", "unnoticed until the run timed out after 9s"),
    "watch-gap-410": DONE,
    "when-skip": Sentence("succeeded", ("done, skipped build-or-reuse",)),
}


def watched(history: History, second: float = story.END) -> Rollout:
    """The lane whose PipelineRuns are those of the history, nothing else having happened since the plan."""
    runs, deleted = runs_of(history)
    return story.seen_at(
        story.delivered(
            second,
            provenance=ProvenanceReport(None, "", None),
            tekton=TektonReport(runs, deleted=deleted, event_listener_ready=True),
            gitops=replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
            argo=story.OLD_APPLICATION,
            runtime=story.OLD_WORKLOAD,
        ),
        second,
    )


@cache
def at_end(name: str) -> Rollout:
    return watched(folded(lines(RECORDINGS[name])))


def row(rollout: Rollout) -> Stage:
    return next(stage for stage in rollout.stages if stage.authority == TEKTON)


def told(rollout: Rollout) -> str:
    """The row's reason and every finding about it."""
    stage = row(rollout)
    return " ".join([stage.reason, *(one.message for one in rollout.findings if one.stage == stage.id)])


def test_every_recording_has_its_sentence() -> None:
    assert sorted(SENTENCES) == sorted(RECORDINGS)


@pytest.mark.parametrize("name", SENTENCES)
def test_the_row_says_what_a_person_would_blame(name: str) -> None:
    wanted, rollout = SENTENCES[name], at_end(name)
    stage, why = row(rollout), expected(RECORDINGS[name])["truth"]
    assert stage.state == wanted.state, why
    assert [word for word in wanted.says if cut_like_a_row(word) not in stage.says] == [], (stage.says, why)
    assert [word for word in wanted.told if word not in told(rollout)] == [], (told(rollout), why)
    assert len(stage.says) <= SAYS_LIMIT


def cut_like_a_row(words: str) -> str:
    """A row has 40 columns: what does not fit is in its reason."""
    return words if len(words) < SAYS_LIMIT else words[: SAYS_LIMIT - 2]


@pytest.mark.parametrize("name", SENTENCES)
def test_a_bad_end_has_one_finding_with_the_same_words_and_never_just_failed(name: str) -> None:
    rollout = at_end(name)
    stage = row(rollout)
    ends = [one for one in rollout.findings if one.id in ("stage-failed", "stage-cancelled") and one.stage == stage.id]
    if stage.state not in ("failed", "cancelled"):
        assert ends == []
        return
    (finding,) = ends
    assert stage.reason in finding.message
    assert stage.says.rstrip("…") in stage.reason
    assert stage.says.strip(". ").casefold() not in ("failed", "cancelled", "timed out", "error")


# What the row says on the way, at the last line of the recording that makes it say so.
ON_THE_WAY: Mapping[str, tuple[str, ...]] = {
    "controller-down-at-create": ("agentrun-v02-ci-nc19t not picked up",),
    "controller-stalled": ("build-or-reuse: pod Succeeded, Tekton h",),
    "image-pull-recovers": ("build-or-reuse: pod ErrImagePull",),
    "pending-then-started": ("on hold (PipelineRunPending)",),
    "pod-unschedulable": ("build-or-reuse: pod Unschedulable",),
    "quota-exceeded-then-runs": ("build-or-reuse: ExceededResourceQuota",),
    "step-killed-hangs": ("build-or-reuse: exit 137 (killed) in",),
    "v059-step-oomkilled": ("build-or-reuse: exit 137 OOMKilled in",),
    "same-name-recreated": ("agentrun-v02-ci-manual deleted",),
}


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_what_keeps_a_run_is_said_while_it_does(name: str) -> None:
    said = {row(rollout).says for rollout in cuts(name)}
    for words in ON_THE_WAY[name]:
        assert any(one.startswith(words) for one in said), said


@pytest.mark.parametrize(
    ("name", "seconds", "is_told"),
    [
        ("step-killed-hangs", 7, True),
        ("v059-step-oomkilled", 7, True),
        ("failure-middle-finally", 3, False),
        ("retries-then-success", 3, False),
        ("pod-evicted", 3, False),
    ],
)
def test_a_step_that_died_is_a_finding_once_its_end_stays_unnoticed(name: str, seconds: float, is_told: bool) -> None:
    """Long before the timeout; not in the moment that every end takes."""
    found = [one.message for rollout in after_each_death(name, seconds) for one in rollout.findings
             if one.id == "step-died"]  # fmt: skip
    assert bool(found) == is_told
    assert all("exit 137" in message and "step build of build-or-reuse" in message for message in found)


def after_each_death(name: str, seconds: float) -> Iterator[Rollout]:
    """The lane some seconds after a step died, for every line of the recording up to the run's end."""
    history = History()
    for line in lines(RECORDINGS[name]):
        history = fold(history, events_of(history, line))
        children = [child for run in runs_of(history)[0] for task in run.tasks for child in task.children]
        died = [step.finished_at for child in children for step in child.steps if step.exit_code and step.finished_at]
        if died and line["kind"] != "Event":
            yield watched(history, (max(died) - story.START).total_seconds() + seconds)


@cache
def cuts(name: str) -> tuple[Rollout, ...]:
    """The lane after every change of a run, a TaskRun or a Pod, up to the first end."""
    history, found = History(), []
    for line in lines(RECORDINGS[name]):
        history = fold(history, events_of(history, line))
        if line["kind"] != "Event":
            found.append(watched(history))
            if row(found[-1]).state in ENDED:
                break
    return tuple(found)


@pytest.mark.parametrize("name", SENTENCES)
def test_at_no_cut_is_the_row_green_before_the_newest_run_is_true(name: str) -> None:
    history, green = History(), 0
    for line in lines(RECORDINGS[name]):
        history = fold(history, events_of(history, line))
        if line["kind"] != "PipelineRun":
            continue
        runs, _ = runs_of(history)
        is_true = bool(runs) and runs[0].condition is not None and runs[0].condition.status == "True"
        state = row(watched(history)).state
        assert state != "succeeded" or is_true, line["t"]
        green += state == "succeeded"
    assert (green > 0) == (SENTENCES[name].state == "succeeded")
