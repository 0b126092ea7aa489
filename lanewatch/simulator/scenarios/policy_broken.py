"""policy-broken: all is delivered, against every rule of the spec's planes: the lane succeeds, the audit objects."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.simulator.images import digest_of
from lanewatch.simulator.objects import pods
from lanewatch.simulator.objects.meta import Object, metadata
from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, papers, planes, stages, story
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.nodes import CI_NODES
from lanewatch.simulator.world import World

TITLE = "chore: one step that does it all"
TAG = "v0.2"
DIND = "docker:27-dind"
STRAY = "debug-shell"
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
WORKFLOW = b"name: agentrun-jd01-v02\njobs: {wait: {steps: [{run: kubectl -n agentrun-v02 rollout status}]}}\n"
HUMAN = "$ argocd app wait agentrun-jd01-v02 --health"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    _open_planes(lane)
    recorder.names = replace(recorder.names, runner_label="ubuntu-latest")
    lane.runner = (9, "shared-runner-1")
    changes = {**story.CHANGE, lane.names.workflow: WORKFLOW}
    delivery = story.begin(lane, "current", 0.0, TITLE, changes)
    published = story.up_to_gitops(lane, delivery, f"{lane.names.image}:{TAG}", TAG)
    _misuse_actions(lane, delivery)
    _stray_pod(lane, delivery)
    stages.close_out(lane, delivery, published)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def _open_planes(lane: Lane) -> None:
    """The cluster lets everybody in and everything run anywhere."""
    recorder, names, at = lane.recorder, lane.names, story.PREVIOUS
    for name in CI_NODES:
        node = recorder.live["v1", "Node", "", name]
        recorder.patch(at, node, {"metadata": {"labels": planes.CONTROL_PLANE}})
    recorder.patch(at, planes.cache(names), planes.cache(names, gc=False))
    recorder.patch(at, planes.listener_service(names), {"spec": {"type": "NodePort"}})
    recorder.patch(at, planes.listener_role(names), planes.listener_role(names, SECRETS))
    recorder.put(at, planes.listener_ingress(names))


def _misuse_actions(lane: Lane, delivery: Delivery) -> None:
    """The payload names a branch and lacks a field; the last job reads what Argo prints for people."""
    sent = papers.dispatch(lane, delivery)
    payload = {**sent["payload"], "snapshotRef": f"refs/heads/{lane.names.branch}", "branch": ""}
    at = delivery.times.accepted + 1.2
    papers.upload(lane, delivery, at, f"dispatch-{delivery.short}", "dispatch.json", {**sent, "payload": payload})
    second = delivery.times.healthy
    row = f"{lane.recorder.precise(second, 7)} {HUMAN}\n"
    lane.recorder.log(second, ("job", str(lane.job_id)), row.encode())


def _stray_pod(lane: Lane, delivery: Delivery) -> None:
    """Somebody's shell in the runtime namespace, beside the builder: it builds, with the host's socket and sources."""
    recorder, at = lane.recorder, delivery.times.built
    container = pods.Container(
        STRAY, DIND, f"docker.io/library/docker@{digest_of(DIND.encode())}", "containerd://stray"
    )
    paths = {"socket": "/var/run/docker.sock", "sources": "/srv/agentrun"}
    volumes = [{"name": name, "hostPath": {"path": path}} for name, path in paths.items()]
    meta = metadata(lane.names.runtime_namespace, STRAY)
    made = pods.pod(
        meta, [container], "default", restart="Always", volumes=volumes, nodeName=_builder_node(lane, delivery)
    )
    made["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    made = recorder.put(at, made)
    since = dict.fromkeys(("scheduled", "started", "initialized", "changed"), recorder.stamp(at))
    running = [pods.running(container, recorder.stamp(at))]
    recorder.patch(at + 1, made, {"status": pods.status("Running", since, running, ready=True)})


def _builder_node(lane: Lane, delivery: Delivery) -> str:
    found: list[Object] = [
        whole
        for place, whole in lane.recorder.live.items()
        if place[1] == "Pod" and place[3].startswith(f"{delivery.job_name}-")
    ]
    return str(found[0]["spec"]["nodeName"])
