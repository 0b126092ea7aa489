"""Deployment, ReplicaSets, Pods and imageIDs, trap by trap (reference argo-k8s-oci 2, CONTRACTS §3)."""

from __future__ import annotations

from typing import Any

import pytest

from lanewatch.authorities.image_id import digest_of_image_id
from lanewatch.authorities.workload_objects import (
    REVISION,
    SOURCE_COMMIT,
    Counting,
    deployment_state,
    pod_state,
    pods_of,
    replica_set_state,
    replica_sets_of,
)
from tests.authorities.native_objects import Object, native, stamp

HEX = "8c1f0e5a7b3d49265e0a1c7f9b2d48e63a5c0f7d19e28b4c6d3a0f5e7b91c284"
COUNTING = Counting("mgr", "registry.example.org/lane")


@pytest.mark.parametrize(
    ("image_id", "digest"),
    [
        (f"registry.example.org:5000/lane/mgr@sha256:{HEX}", f"sha256:{HEX}"),
        (f"docker-pullable://registry.example.org/mgr@sha256:{HEX}", f"sha256:{HEX}"),
        (f"docker://sha256:{HEX}", f"sha256:{HEX}"),
        (f"sha256:{HEX}", f"sha256:{HEX}"),
        (HEX, f"sha256:{HEX}"),
        (HEX.upper(), f"sha256:{HEX}"),
        ("registry.example.org/lane/mgr:v1", ""),
        (f"mgr@sha512:{HEX}", ""),
        (f"mgr@sha256:{HEX[:12]}", ""),
        ("", ""),
    ],
)
def test_the_digest_of_an_image_id(image_id: str, digest: str) -> None:
    assert digest_of_image_id(image_id) == digest


@pytest.mark.parametrize(
    ("containers", "counts"),
    [
        (["proxy", "mgr"], "mgr"),
        (["anything"], "anything"),
        ([("proxy", "docker.io/proxy:1"), ("web", "registry.example.org/lane/web:1")], "web"),
        ([("a", "registry.example.org/lane-of-others/a"), ("b", "x/b")], ""),
        ([], ""),
    ],
)
def test_which_container_counts(containers: list[Any], counts: str) -> None:
    rows = [{"name": row} if isinstance(row, str) else dict(zip(("name", "image"), row, strict=True))
            for row in containers]  # fmt: skip
    deployment = {"spec": {"template": {"spec": {"containers": rows}}}}
    assert deployment_state(deployment, COUNTING).container == counts


def deployment(**status: Any) -> Object:
    made = native("Deployment", "mgr")
    made["metadata"]["generation"] = 4
    template = {
        "metadata": {"annotations": {SOURCE_COMMIT: "C" * 40}},
        "spec": {"containers": [{"name": "mgr", "image": "i:1"}]},
    }
    return {**made, "spec": {"replicas": 2, "template": template}, "status": status}


def test_counts_that_are_left_out_are_zero() -> None:
    told = deployment_state(deployment(), COUNTING)
    assert (told.total, told.updated, told.available, told.ready, told.observed_generation) == (0, 0, 0, 0, 0)
    assert (told.generation, told.wanted, told.source_commit, told.progressing_reason) == (4, 2, "c" * 40, "")


def test_replicas_that_are_left_out_are_one_and_zero_is_zero() -> None:
    thing = deployment()
    thing["spec"]["replicas"] = 0
    assert deployment_state(thing, COUNTING).wanted == 0
    del thing["spec"]["replicas"]
    assert deployment_state(thing, COUNTING).wanted == 1


def test_the_progressing_condition_is_reported_as_it_stands() -> None:
    row = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": stamp(8)}
    told = deployment_state(deployment(conditions=[{"type": "Available", "status": "True"}, row]), COUNTING)
    assert (told.progressing_status, told.progressing_reason) == ("True", "NewReplicaSetAvailable")
    assert told.progressing_updated_at is not None


def test_why_no_pod_can_be_made_is_told_while_it_stands() -> None:
    quota = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: ci"}
    unmade = {"type": "Progressing", "status": "False", "reason": "ReplicaSetCreateError", "message": "denied"}
    assert deployment_state(deployment(conditions=[quota]), COUNTING).refusal == "exceeded quota: ci"
    assert deployment_state(deployment(conditions=[unmade]), COUNTING).refusal == "denied"
    assert deployment_state(deployment(conditions=[{**quota, "status": "False"}]), COUNTING).refusal == ""


def replica_set(owner: Object, name: str, revision: Any, *, at: int = 0) -> Object:
    made = native("ReplicaSet", name, owner=owner, at=at)
    made["metadata"]["annotations"] = {REVISION: revision}
    return {**made, "spec": {"template": owner["spec"]["template"]}}


def test_the_current_replica_set_has_the_highest_revision_as_a_number() -> None:
    """A rollback re-uses an old ReplicaSet, which then is the current one although it is the oldest."""
    owner = deployment()
    old = replica_set(owner, "old", "10", at=1)
    new = replica_set(owner, "new", "9", at=2)
    strangers = [replica_set(deployment(), "other", "99"), replica_set(owner, "broken", "many")]
    found = replica_sets_of(owner, [new, *strangers, old])
    assert [row["metadata"]["name"] for row in found] == ["old", "new", "broken"]
    assert replica_set_state(found[0], COUNTING).revision == 10
    assert replica_set_state(found[2], COUNTING).revision == 0


def test_pods_belong_by_owner_uid_those_of_the_current_replica_set_first() -> None:
    owner = deployment()
    current, older = replica_set(owner, "current", "2"), replica_set(owner, "older", "1")
    made = (("o", older, 9), ("c1", current, 1), ("c2", current, 2), ("x", deployment(), 3))
    pods = [native("Pod", name, owner=owner, at=at) for name, owner, at in made]
    found = pods_of([current, older], [*pods, native("Pod", "orphan")])
    assert [pod["metadata"]["name"] for pod in found] == ["c2", "c1", "o"]


def pod(state: Object | None = None, *, last: Object | None = None, **status: Any) -> Object:
    made = native("Pod", "p", owner=replica_set(deployment(), "rs", "1"))
    row = {"name": "mgr", "imageID": f"r/mgr@sha256:{HEX}", "restartCount": 3, "state": state or {}}
    row["lastState"] = last or {}
    spec = {"containers": [{"name": "mgr", "image": "i:1"}, {"name": "proxy"}], "nodeName": "node"}
    return {**made, "spec": spec, "status": {"phase": "Running", "containerStatuses": [row], **status}}


def test_a_pod_as_it_stands() -> None:
    told = pod_state(pod({"running": {"startedAt": stamp(7)}}), COUNTING)
    assert (told.digest, told.restarts, told.phase, told.ready, told.node) == (
        f"sha256:{HEX}",
        3,
        "Running",
        False,
        "node",
    )
    assert told.started_at is not None
    assert (told.waiting_reason, told.last_exit, told.deleting) == ("", "", False)


def test_running_is_not_ready() -> None:
    ready = [{"type": "Ready", "status": "True"}]
    assert pod_state(pod(conditions=ready), COUNTING).ready
    assert not pod_state(pod(conditions=[{"type": "Ready", "status": "False"}]), COUNTING).ready


def test_a_crash_loop_tells_its_last_exit() -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}}
    told = pod_state(pod(waiting, last={"terminated": {"exitCode": 1, "reason": "Error"}}), COUNTING)
    assert (told.waiting_reason, told.waiting_message, told.last_exit) == (
        "CrashLoopBackOff", "back-off 20s", "exit 1 (Error)",
    )  # fmt: skip


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError"])
def test_why_a_pod_waits(reason: str) -> None:
    assert pod_state(pod({"waiting": {"reason": reason}}), COUNTING).waiting_reason == reason


def test_an_init_container_or_the_scheduler_explains_a_container_that_only_initializes() -> None:
    initializing = {"waiting": {"reason": "PodInitializing"}}
    pulling = [{"name": "init", "state": {"waiting": {"reason": "ErrImagePull"}}}]
    assert pod_state(pod(initializing, initContainerStatuses=pulling), COUNTING).waiting_reason == "ErrImagePull"
    unscheduled = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]
    told = pod_state(pod(conditions=unscheduled), COUNTING)
    assert (told.waiting_reason, told.waiting_message) == ("Unschedulable", "0/1 nodes")
    assert pod_state(pod(initializing), COUNTING).waiting_reason == "PodInitializing"
    proxy = [{"name": "proxy", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    assert pod_state(pod(containerStatuses=proxy), COUNTING).waiting_reason == "CrashLoopBackOff"


def test_a_pod_on_its_way_out_is_deleting_whatever_its_phase() -> None:
    thing = pod()
    thing["metadata"]["deletionTimestamp"] = stamp(9)
    assert pod_state(thing, COUNTING).deleting


def test_a_pod_without_a_word_of_the_kubelet() -> None:
    told = pod_state(native("Pod", "new"), COUNTING)
    assert (told.digest, told.phase, told.restarts, told.started_at) == ("", "", 0, None)
