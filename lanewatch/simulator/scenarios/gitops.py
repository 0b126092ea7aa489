"""The gitops branch: what it says, and the commits that say it. Written upstream; Argo reads the mirror."""

from __future__ import annotations

from collections.abc import Mapping

from lanewatch.simulator.git_objects import Signature
from lanewatch.simulator.objects.workload import DEADLINE, SOURCE_COMMIT
from lanewatch.simulator.scenarios import source
from lanewatch.simulator.scenarios.lane import PLATFORM, PUBLISHER, Lane


def publish(lane: Lane, at: float, image: str, commit: str, message: str = "") -> str:
    """The gitops commit that asks for `image` built from `commit`, upstream from `at` on; its id."""
    names = lane.names
    subject = lane.message(message or f"deploy {names.workload} {commit[:12]}")
    text = f"{subject}\n\nImage: {image}\n\nSource-Commit: {commit}\n"
    return _commit(lane, at, {f"deploy/{names.workload}.yaml": manifest(lane, image, commit)}, PUBLISHER, text)


def annotate(lane: Lane, at: float, message: str) -> str:
    """A gitops commit that changes no manifest and names no source commit; its id."""
    return _commit(
        lane, at, {"README.md": b"Written by the lane. Ask before you change it.\n"}, PLATFORM, message + "\n"
    )


def _commit(lane: Lane, at: float, files: Mapping[str, bytes], who: Signature, text: str) -> str:
    lane.gitops_files.update(files)
    parents = [lane.gitops_head] if lane.gitops_head else []
    lane.gitops_head = lane.git.commit(lane.git.tree(lane.gitops_files), parents, lane.signed(who, at), text)
    lane.recorder.move(at, source.upstream(lane), branch_ref(lane), lane.gitops_head)
    return lane.gitops_head


def branch_ref(lane: Lane) -> str:
    """The full ref of the gitops branch."""
    return f"refs/heads/{lane.names.gitops_branch}"


def manifest(lane: Lane, image: str, commit: str) -> bytes:
    """deploy/WORKLOAD.yaml"""
    name = lane.names.workload
    deadline = "" if lane.deadline == DEADLINE else f"\n  progressDeadlineSeconds: {lane.deadline}"
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {lane.names.runtime_namespace}
  labels: {{app.kubernetes.io/name: {name}}}
spec:
  replicas: 2{deadline}
  selector:
    matchLabels: {{app.kubernetes.io/name: {name}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: {name}}}
      annotations: {{{SOURCE_COMMIT}: {commit}}}
    spec:
      serviceAccountName: {name}
      containers:
        - name: {name}
          image: {image}
          ports: [{{name: http, containerPort: 8080}}]
          readinessProbe: {{httpGet: {{path: {lane.names.health_path}, port: http}}, periodSeconds: 2}}
""".encode()
