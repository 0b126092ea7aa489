"""What each scenario is about: the one thing that goes another way than in the others, as the systems show it."""

from __future__ import annotations

import json

import pytest

from lanewatch.simulator.world import World
from tests.simulator.stories import commit_of, only, papers, shown, told


def test_reuse_writes_no_job_no_gitops_commit_and_no_rollout() -> None:
    world = told("reuse")
    assert not [change for change in world.objects if change.at > 0 and change.object["kind"] in ("Job", "Deployment")]
    assert not [change for change in world.refs if change.at > 0 and change.ref.endswith("gitops")]
    plan, proof = papers(world)["reuse-plan"], papers(world)["provenance"]
    assert plan["skipImageBuild"] is True
    assert plan["buildServices"] == []
    assert proof["reuseDecision"] == "reused-image"
    assert proof["reusedFrom"]["sourceCommit"] != world.commit
    (run,) = [run for run in only(world, "PipelineRun") if run["metadata"]["name"] == proof["pipelineRunName"]]
    assert run["status"]["conditions"][0]["reason"] == "Completed"
    assert [task["name"] for task in run["status"]["skippedTasks"]] == ["gitops-publish"]


def test_a_failed_build_fails_from_the_pod_up() -> None:
    world = told("build-fails")
    (job,) = [job for job in only(world, "Job") if commit_of(world)[:12] in job["metadata"]["name"]]
    assert [item["type"] for item in job["status"]["conditions"]] == ["FailureTarget", "Failed"]
    assert job["status"]["conditions"][1]["reason"] == "BackoffLimitExceeded"
    assert "completionTime" not in job["status"]
    (pod,) = [pod for pod in only(world, "Pod") if job["metadata"]["name"] in pod["metadata"]["name"]]
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    failed = [run for run in only(world, "TaskRun") if run["status"]["conditions"][0]["status"] == "False"]
    assert [run["status"]["conditions"][0]["reason"] for run in failed] == ["StepFailed"]
    assert [step.get("terminationReason") for step in failed[0]["status"]["steps"]] == ["Completed", "Error", "Skipped"]
    printed = b"".join(chunk.data for chunk in world.logs if pod["metadata"]["name"] in chunk.stream)
    assert b"Could not resolve" in printed
    jobs = {job["name"]: job for _, job in shown(world, "jobs")}
    assert jobs["wait"]["conclusion"] == "failure"


def test_a_drifted_image_shares_nothing_with_the_built_one() -> None:
    world = told("image-drift")
    built = papers(world)["provenance"]["imageDigest"]
    pods = [pod for pod in only(world, "Pod") if pod["metadata"]["namespace"] == "agentrun-v02"]
    running = {pod["status"]["containerStatuses"][0]["imageID"].split("@")[1] for pod in pods}
    (other,) = running

    def parts(digest: str) -> set[str]:
        (blob,) = {blob.data for blob in world.blobs if blob.digest == digest}
        real = json.loads(blob)["manifests"][0]["digest"]
        (manifest,) = {blob.data for blob in world.blobs if blob.digest == real}
        return {digest, real, json.loads(manifest)["config"]["digest"]}

    assert not parts(built) & parts(other)


def test_a_stuck_mirror_tries_and_gets_nothing() -> None:
    world = told("mirror-stuck")
    assert world.commit is None
    moved = [change for change in world.refs if change.at >= 0]
    assert {change.repository.split("/")[0] for change in moved} == {"upstream"}
    tried = [(at, repository) for at, repository in shown(world, "repos") if at > 0]
    assert [repository["mirror_updated"] for _, repository in tried] == [world.stamp(at) for at, _ in tried]
    assert len(tried) == 3


def test_an_unnoticed_commit_leaves_argo_at_the_old_revision() -> None:
    world = told("argo-unnoticed")
    (app,) = only(world, "Application")
    published = [change.sha for change in world.refs if change.ref.endswith("gitops")][-1]
    assert app["status"]["sync"]["revision"] != published
    assert app["status"]["sync"]["status"] == "Synced"


def spent(world: World) -> dict[str, float]:
    """Seconds of each rollout budget, as the ledger has them."""
    told_at = {(entry.stage, entry.state): entry.at for entry in world.ledger}
    stages = ("mirror-sync", "actions-dispatch", "reuse-plan", "build-or-reuse")
    used = {stage: told_at[stage, "succeeded"] - told_at[stage, "running"] for stage in stages}
    used["closeout"] = told_at["argo-closeout", "succeeded"] - told_at["build-or-reuse", "succeeded"]
    used["endToEnd"] = told_at["lane", "succeeded"]
    return used


BUDGETS = {
    "mirror-sync": 20, "actions-dispatch": 20, "reuse-plan": 20, "build-or-reuse": 70, "closeout": 50, "endToEnd": 120
}  # fmt: skip


@pytest.mark.parametrize("name", ["build", "env-reuse", "fallback"])
def test_a_good_delivery_stays_inside_every_budget(name: str) -> None:
    used = spent(told(name))
    assert all(used[budget] < BUDGETS[budget] for budget in BUDGETS), used


def test_slow_breaks_every_budget_and_lies_twice_on_the_way() -> None:
    world = told("slow")
    used = spent(world)
    assert all(used[budget] > BUDGETS[budget] + 2 for budget in BUDGETS), used
    operations = [
        change.object["status"]["operationState"]
        for change in world.objects
        if change.object["kind"] == "Application" and change.at > 0
    ]
    waiting = [one for one in operations if one["phase"] == "Running" and one.get("finishedAt")]
    assert ["Retrying attempt #1 at" in one["message"] for one in waiting] == [True]
    reasons = [
        state["state"]["waiting"]["reason"]
        for change in world.objects
        if change.object["kind"] == "Pod" and change.at > 180
        for state in change.object["status"].get("containerStatuses", ())
        if "waiting" in state["state"] and state["state"]["waiting"]["reason"] != "ContainerCreating"
    ]
    assert reasons == ["ErrImagePull", "ImagePullBackOff"] * 2


def test_env_reuse_builds_on_the_environment_that_stands_and_argo_passes_over_a_commit_that_changes_nothing() -> None:
    world = told("env-reuse")
    plan = papers(world)["reuse-plan"]
    assert (plan["skipImageBuild"], plan["reuseEnvImage"]) == (False, True)
    assert papers(world)["provenance"]["reuseDecision"] == "reused-env"
    assert plan["artifactProvenanceAudit"][0]["envImageDigest"] in {blob.digest for blob in world.blobs}
    (app,) = only(world, "Application")
    head = [change.sha for change in world.refs if change.ref.endswith("gitops")][-1]
    status = app["status"]
    assert (status["sync"]["revision"], status["sync"]["status"]) == (head, "Synced")
    assert head not in {status["operationState"]["syncResult"]["revision"], status["history"][-1]["revision"]}


def test_a_rerun_keeps_every_id_and_created_at_and_loses_the_first_log() -> None:
    world = told("rerun")
    head = commit_of(world)
    runs = [(at, run) for at, run in shown(world, "runs") if run["head_sha"] == head]
    assert len({run["id"] for _, run in runs}) == 1
    assert [run["conclusion"] for _, run in runs if "conclusion" in run] == ["failure", "success"]
    again = next(at for at, run in runs if run["status"] == "queued" and at > 30)
    jobs = [(at, job) for at, job in shown(world, "jobs") if job["head_sha"] == head]
    assert len({(job["id"], job["created_at"]) for _, job in jobs}) == 3
    reset = [job for at, job in jobs if at == again]
    assert {job["started_at"] for job in reset} == {"1970-01-01T00:00:00Z"}
    assert [job["steps"] for job in reset] == [[], [], []]
    assert {job["run_attempt"] for at, job in jobs if at < again} == {0, 1}
    assert {job["run_attempt"] for at, job in jobs if at > again} == {1, 2}
    artifacts = [one for _, one in shown(world, "artifacts") if one["workflow_run"]["head_sha"] == head]
    assert len({one["id"] for one in artifacts}) == 3
    assert [one["size_in_bytes"] > 0 for one in artifacts if one["name"].startswith("reuse")] == [True, False, True]
    ours = [run for run in only(world, "PipelineRun") if run["spec"]["params"][0]["value"] == head]
    assert [run["status"]["conditions"][0]["status"] for run in ours] == ["False", "True"]


def test_the_controlled_api_leaves_no_trace_of_triggers() -> None:
    world = told("fallback")
    assert not only(world, "EventListener")
    assert "eventID" not in json.dumps(papers(world)["dispatch"])
    assert "triggers.tekton.dev" not in json.dumps([change.object for change in world.objects])
    named = papers(world)["dispatch"]["reply"]["pipelineRun"]
    assert named in {run["metadata"]["name"] for run in only(world, "PipelineRun")}


@pytest.mark.parametrize(
    ("name", "reason", "because"),
    [("tekton-timeout", "PipelineRunTimeout", "timed out"), ("tekton-cancelled", "Cancelled", "been cancelled")],
)
def test_a_stopped_pipeline_run_loses_its_pod_and_leaves_the_builder_alone(
    name: str, reason: str, because: str
) -> None:
    world = told(name)
    run = only(world, "PipelineRun")[-1]
    assert (run["status"]["conditions"][0]["reason"], run["spec"].get("status")) == (
        reason, None if name == "tekton-timeout" else "Cancelled"
    )  # fmt: skip
    assert "skippedTasks" not in run["status"]
    stopped = [task for task in only(world, "TaskRun") if task["spec"].get("status") == "TaskRunCancelled"]
    assert [because in task["spec"]["statusMessage"] for task in stopped] == [True]
    steps = stopped[0]["status"]["steps"]
    assert [step["terminationReason"] for step in steps] == ["Completed", "TaskRunCancelled", "TaskRunCancelled"]
    assert stopped[0]["status"]["podName"] not in {pod["metadata"]["name"] for pod in only(world, "Pod")}
    job = only(world, "Job")[-1]
    assert (job["status"]["active"], job["status"].get("conditions")) == (1, None)
    (builder,) = [pod for pod in only(world, "Pod") if job["metadata"]["name"] in pod["metadata"]["name"]]
    assert builder["status"]["phase"] == "Running"


def test_a_rollback_gives_the_old_replica_set_a_new_number() -> None:
    world = told("rolled-back")
    (deployment,) = only(world, "Deployment", "agentrun-v02")
    sets = {item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: item
            for item in only(world, "ReplicaSet")}  # fmt: skip
    newest = sets[deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"]]
    assert newest["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "42"
    assert min(sets.values(), key=lambda item: item["metadata"]["creationTimestamp"]) is not newest
    made = [item["metadata"]["creationTimestamp"] for item in sets.values() if item is not newest]
    assert max(made) > newest["metadata"]["creationTimestamp"]
    pods = [pod for pod in only(world, "Pod") if pod["metadata"]["namespace"] == "agentrun-v02"]
    assert {pod["metadata"]["ownerReferences"][0]["uid"] for pod in pods} == {newest["metadata"]["uid"]}


def test_a_newer_push_cancels_the_run_by_explicit_concurrency() -> None:
    world = told("superseded")
    older, newer = [change.sha for change in world.refs
                    if change.repository.startswith("gitea/") and change.ref == "refs/heads/v0.2"][-2:]  # fmt: skip
    assert older == world.commit
    ends = {run["head_sha"]: run.get("conclusion") for _, run in shown(world, "runs")}
    assert (ends[older], ends[newer]) == ("cancelled", "success")
    jobs = {job["name"]: job for _, job in shown(world, "jobs") if job["head_sha"] == older}
    assert {job["conclusion"] for job in jobs.values()} == {"cancelled"}
    assert [jobs[name]["started_at"][:4] for name in ("dispatch", "wait")] == ["1970", "1970"]


def test_a_crashing_container_waits_longer_each_time() -> None:
    world = told("crash-loop")
    counts, waits = [], []
    for change in world.objects:
        for state in change.object.get("status", {}).get("containerStatuses", ()):
            if "lastState" in state:
                counts.append(state["restartCount"])
                waits.append(state["state"].get("waiting", {}).get("message", "")[:12])
                assert state["lastState"]["terminated"]["exitCode"] == 1
    assert counts == sorted(counts)
    assert counts[-1] == 3
    assert [text for text in waits if text] == ["back-off 10s", "back-off 20s", "back-off 40s"]
    (deployment,) = only(world, "Deployment", "agentrun-v02")
    assert deployment["status"]["conditions"][1]["reason"] == "ReplicaSetUpdated"


def test_a_rollout_that_gets_nowhere_ends_at_its_deadline() -> None:
    world = told("argo-degraded")
    (deployment,), (app,) = only(world, "Deployment", "agentrun-v02"), only(world, "Application")
    progress = deployment["status"]["conditions"][1]
    assert (progress["status"], progress["reason"]) == ("False", "ProgressDeadlineExceeded")
    published = [change.sha for change in world.refs if change.ref.endswith("gitops")][-1]
    assert (app["status"]["sync"]["revision"], app["status"]["sync"]["status"]) == (published, "Synced")
    assert app["status"]["health"]["status"] == "Degraded"
    assert app["status"]["operationState"]["phase"] == "Succeeded"


@pytest.mark.parametrize(("name", "waits_for"), [("runner-offline", "queued"), ("plan-missing", "in_progress")])
def test_a_run_that_waits_for_ever(name: str, waits_for: str) -> None:
    world = told(name)
    run = [run for _, run in shown(world, "runs") if run["head_sha"] == world.commit][-1]
    assert run["status"] == waits_for
    assert not papers(world)
    jobs = {job["name"]: job for _, job in shown(world, "jobs") if job["head_sha"] == world.commit}
    runner = shown(world, "runners")[-1][1]
    if name == "runner-offline":
        assert [job["status"] for job in jobs.values()] == ["queued", "waiting", "waiting"]
        assert runner["status"] == "offline"
    else:
        assert (jobs["plan"].get("conclusion"), jobs["dispatch"]["status"]) == ("success", "in_progress")
        assert runner["status"] == "online"
