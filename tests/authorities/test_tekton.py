"""The Tekton authority on canned lists: API versions, partial rights, what it remembers, which run is current."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.authorities.reading import Witness
from lanewatch.authorities.tekton import TektonAuthority
from lanewatch.rollout.facts import TEKTON, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import TektonReport
from tests.authorities.canned import Canned, CannedLists, no_cluster
from tests.authorities.closeout_lane import fact, lane
from tests.authorities.native_objects import Object, changed, pipeline_run, pod, succeeded, task_run
from tests.clients.conftest import StillClock

COMMIT = "c" * 40
SUBJECT = Correlation(commit=COMMIT)


def authority(table: Canned) -> tuple[TektonAuthority, CannedLists]:
    lists = CannedLists(table)
    watched = replace(lane(), pipeline_run_prefix="run")
    return TektonAuthority(watched, no_cluster(), lists, StillClock(), Witness(TEKTON)), lists


def report(observation: Observation) -> TektonReport:
    assert isinstance(observation.report, TektonReport), observation.reason
    return observation.report


def of_commit(run: Object, commit: str) -> Object:
    return {**run, "spec": {"params": [{"name": "sourceCommit", "value": commit}]}}


async def test_the_newest_run_of_the_commit_is_current_then_the_higher_uid() -> None:
    runs = [pipeline_run(f"run-{name}", at=at) for name, at in (("a", 1), ("c", 3), ("b", 3))]
    for run, uid in zip(runs, ("9", "5", "7"), strict=True):
        run["metadata"]["uid"] = uid
    asked, _ = authority({"pipelineruns": runs})
    observation = await asked.read(SUBJECT)
    assert [run.name for run in report(observation).runs] == ["run-b", "run-c", "run-a"]
    assert fact(observation, "pipelineRunName").value == "run-b"
    assert fact(observation, "olderPipelineRuns").value == ("run-c", "run-a")
    assert fact(observation, "pipelineRunName").final


async def test_a_short_sha_in_a_param_is_no_match() -> None:
    asked, _ = authority({"pipelineruns": [of_commit(pipeline_run("run-a"), COMMIT[:12])]})
    assert report(await asked.read(SUBJECT)).runs == ()


async def test_nested_runs_are_hidden_and_yet_children() -> None:
    parent = pipeline_run("run-a", tasks=("publish",), **succeeded("Unknown", "Running"))
    nested = task_run(parent, "publish", kind="PipelineRun", **succeeded("True", "Succeeded"))
    asked, _ = authority({"pipelineruns": [nested, parent]})
    told = report(await asked.read(SUBJECT))
    assert [run.name for run in told.runs] == ["run-a"]
    assert [(task.state, task.children[0].kind) for task in told.runs[0].tasks] == [("succeeded", "PipelineRun")]


async def test_other_runs_are_those_that_began_after_the_current_one() -> None:
    mine = pipeline_run("run-mine", at=5)
    others = [of_commit(pipeline_run(f"run-{at}", at=at), f"{at}" * 40) for at in (1, 7, 9)]
    stranger = of_commit(pipeline_run("another-pipeline", at=8), "8" * 40)
    asked, lists = authority({"pipelineruns": [mine, *others, stranger]})
    assert report(await asked.read(SUBJECT)).other_runs == (("run-9", "9" * 40), ("run-7", "7" * 40))
    lists.table["pipelineruns"] = others
    assert [name for name, _ in report(await asked.read(SUBJECT)).other_runs] == ["run-9", "run-7", "run-1"]


async def test_pods_that_a_retry_or_cancel_deleted_are_remembered() -> None:
    run = pipeline_run("run-a", **succeeded("Unknown", "Running"))
    child = task_run(run, podName="p", **succeeded("Unknown", "Running"))
    thing = pod(child, name="p")
    asked, lists = authority({"pipelineruns": [run], "taskruns": [child], "pods": [thing]})
    await asked.read(SUBJECT)
    ended = succeeded("False", "TaskRunCancelled")
    lists.table |= {"pods": [], "taskruns": [changed(child, 2, status={**ended, "podName": "p"})]}
    (told,) = report(await asked.read(SUBJECT)).runs[0].tasks[0].children
    assert told.pod_uids == (thing["metadata"]["uid"],)
    assert told.pod_exists is False
    logs = [handle.title for handle in (await asked.read(SUBJECT)).handles if handle.kind == "log"]
    assert logs == []  # no step was ever reported, so there is no log to name


async def test_pods_that_cannot_be_listed_for_once_are_not_gone() -> None:
    run = pipeline_run("run-a", **succeeded("Unknown", "Running"))
    child = task_run(run, podName="p", **succeeded("Unknown", "Running"))
    asked, lists = authority({"pipelineruns": [run], "taskruns": [child], "pods": [pod(child, name="p")]})
    await asked.read(SUBJECT)
    lists.table["pods"] = Outcome.TIMEOUT
    blind = await asked.read(SUBJECT)
    assert report(blind).runs[0].tasks[0].children[0].pod_exists is None
    assert fact(blind, "pods").quality is Quality.ERROR
    lists.table["pods"] = [pod(child, name="p")]
    assert report(await asked.read(SUBJECT)).runs[0].tasks[0].children[0].pod_exists is True


async def test_a_deleted_run_is_named_and_no_longer_current() -> None:
    first, second = pipeline_run("run-a", at=1), pipeline_run("run-b", at=2)
    asked, lists = authority({"pipelineruns": [first, second]})
    await asked.read(SUBJECT)
    lists.table["pipelineruns"] = [first]
    told = report(await asked.read(SUBJECT))
    assert ([run.name for run in told.runs], [run.name for run in told.deleted]) == (["run-a"], ["run-b"])


async def test_the_same_name_with_another_uid_is_another_run() -> None:
    asked, lists = authority({"pipelineruns": [pipeline_run("run-a", at=1, **succeeded("Unknown", "Running"))]})
    await asked.read(SUBJECT)
    again = pipeline_run("run-a", at=9, **succeeded("True", "Succeeded"))
    lists.table["pipelineruns"] = [again]
    told = report(await asked.read(SUBJECT))
    assert ([run.uid for run in told.runs], [run.name for run in told.deleted]) == (
        [again["metadata"]["uid"]],
        ["run-a"],
    )


async def test_an_old_cluster_is_read_as_v1beta1_and_remembered() -> None:
    table: Canned = {"pipelineruns.v1": Outcome.UNSUPPORTED, "pipelineruns.v1beta1": [pipeline_run("run-a")]}
    asked, lists = authority(table)
    observation = await asked.read(SUBJECT)
    assert report(observation).runs[0].name == "run-a"
    assert observation.handles[0].locator == "k8s:ci/tekton.dev/v1beta1/pipelineruns/agentrun-ci/run-a"
    lists.asked.clear()
    await asked.read(SUBJECT)
    assert "pipelineruns.v1" not in lists.asked


async def test_custom_runs_are_asked_for_only_where_a_run_has_one() -> None:
    run = pipeline_run("run-a", tasks=("approve",), **succeeded("Unknown", "Running"))
    asked, lists = authority({"pipelineruns": [run]})
    await asked.read(SUBJECT)
    assert "customruns.v1beta1" not in lists.asked
    reference = {"kind": "CustomRun", "name": "run-a-approve", "pipelineTaskName": "approve"}
    run["status"]["childReferences"] = [reference]
    run["metadata"]["resourceVersion"] = "2"
    lists.table["customruns"] = [task_run(run, "approve", kind="CustomRun", **succeeded("True", "Approved"))]
    assert report(await asked.read(SUBJECT)).runs[0].tasks[0].state == "succeeded"
    lists.table["customruns"] = Outcome.DENIED
    assert fact(await asked.read(SUBJECT), "customRuns").quality is Quality.DENIED


async def test_a_run_that_nobody_picked_up_has_no_status() -> None:
    asked, _ = authority({"pipelineruns": [pipeline_run("run-a")]})
    told = fact(await asked.read(SUBJECT), "pipelineRunStatus")
    assert (told.value, told.quality) == (None, Quality.ABSENT)
    assert "not picked up" in told.reason


async def test_logs_of_every_attempt_have_a_handle() -> None:
    steps = [{"name": "build", "container": "step-build", "terminated": {"exitCode": 0}}]
    run = pipeline_run("run-a", **succeeded("True", "Succeeded"))
    child = task_run(run, podName="p-retry1", retriesStatus=[{"podName": "p"}], steps=steps, **succeeded("True", "S"))
    asked, _ = authority({"pipelineruns": [run], "taskruns": [child], "pods": [pod(child, name="p")]})
    logs = [(h.locator, h.title) for h in (await asked.read(SUBJECT)).handles if h.kind == "log"]
    assert logs == [
        ("k8s-log:ci/agentrun-ci/p/step-build", "build attempt 1 / build"),
        ("k8s-log:ci/agentrun-ci/p-retry1/step-build", "build attempt 2 / build (Pod gone)"),
    ]


async def test_no_cluster_is_an_outcome_and_no_exception() -> None:
    asked, _ = authority({"pipelineruns": Outcome.UNREACHABLE})
    observation = await asked.read(SUBJECT)
    assert (observation.outcome, observation.report) == (Outcome.UNREACHABLE, None)
    assert fact(observation, "pipelineRunName").quality is Quality.ERROR
