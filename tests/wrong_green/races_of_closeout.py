"""Races after it is built: the gitops commit, Argo CD, what runs."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.facts import ARGO, GITOPS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON, Correlation
from lanewatch.rollout.reports import (
    ApplicationReport,
    ArgoCondition,
    DeploymentState,
    DigestSet,
    GitopsCommit,
    GitopsReport,
    Health,
    Operation,
    WorkloadReport,
)
from tests.rollout import story
from tests.rollout.story import (
    APPLICATION,
    DEPLOYMENT,
    G_LATER,
    G_OLD,
    OLD,
    OLD_IMAGE,
    OPERATION,
    OTHER_IMAGE,
    POD,
    WORKLOAD,
    B,
    G,
    time,
)
from tests.wrong_green.races import race
from tests.wrong_green.races_of_build import NEXT, RUNNING

UNRELATED = "0" * 40
OF_NEWER = GitopsCommit(G_LATER, time(85), B, "deploy bbbbbbb", "ci", (G,))
OTHER_DIGESTS = DigestSet(OTHER_IMAGE, OTHER_IMAGE, ("sha256:" + "a" * 64,), ("sha256:" + "b" * 64,))
WITH_B = replace(story.MIRROR_REPORT, history=(story.B_COMMIT, story.A_COMMIT, story.OLD_COMMIT))


def gitops(**changes: object) -> dict[str, GitopsReport]:
    return {GITOPS: replace(story.GITOPS_REPORT, **changes)}  # type: ignore[arg-type]


def argo(operation: Operation | None = OPERATION, **changes: object) -> dict[str, ApplicationReport]:
    return {ARGO: replace(APPLICATION, operation=operation, **changes)}  # type: ignore[arg-type]


def sync(**changes: object) -> dict[str, ApplicationReport]:
    return argo(replace(OPERATION, **changes))  # type: ignore[arg-type]


def runs(deployment: DeploymentState = DEPLOYMENT, **changes: object) -> dict[str, WorkloadReport]:
    return {RUNTIME: replace(WORKLOAD, deployment=deployment, **changes)}  # type: ignore[arg-type]


def rolling(**changes: object) -> dict[str, WorkloadReport]:
    return runs(replace(DEPLOYMENT, **changes))  # type: ignore[arg-type]


def pods(**changes: object) -> dict[str, WorkloadReport]:
    return runs(pods=(replace(POD, **changes), replace(POD, uid="uid-p2", **changes)))  # type: ignore[arg-type]


def health(status: int, source_commit: str = "", reason: str = "") -> dict[str, WorkloadReport]:
    return runs(health=Health(status, "", source_commit, reason, "GET /health"))


PUBLISHES = (
    race("the newest gitops commit is of the commit before", GITOPS, gitops(
        revision=None, history=(story.OLD_PUBLISHED,))),
    race("the newest gitops commit is of a newer commit, which went past this one", GITOPS, {
        **gitops(revision=None, history=(replace(OF_NEWER, parents=(G_OLD,)), story.OLD_PUBLISHED)), MIRROR: WITH_B}),
    race("the gitops commit of this commit is of its older PipelineRun", (GITOPS, PROVENANCE), {
        TEKTON: replace(story.TEKTON_REPORT, runs=(replace(NEXT, condition=RUNNING), story.PIPELINE_RUN))},
        against=(GITOPS, PROVENANCE)),
    race("the gitops branch was read for the commit before", GITOPS, gitops(
        revision=story.OLD_PUBLISHED), subjects={GITOPS: Correlation(commit=OLD)}),
    race("nothing changes, and nobody knows which gitops commit stands", GITOPS, {
        PLAN: replace(story.PLAN_REPORT, plan=story.REUSE_PLAN),
        PROVENANCE: replace(story.PROVENANCE_REPORT, provenance=replace(
            story.PROVENANCE_DOCUMENT, reuse_decision="reused-image", image_digest=OLD_IMAGE)),
        **gitops(revision=None, history=())}),
)  # fmt: skip

CLOSEOUTS = (
    race("Argo is Synced and Healthy, at the commit before, right after the push", ARGO, {ARGO: story.OLD_APPLICATION}),
    race("Argo names the new revision, its sync has not begun, Healthy is of before", ARGO, argo(
        story.OLD_OPERATION, health_since=time(-7900), reconciled_at=time(60))),
    race("Argo is Synced and Healthy while its sync still runs", ARGO, sync(
        phase="Running", finished_at=None, message="waiting for healthy state")),
    race("Argo's sync failed once, a retry waits, shown as Running", ARGO, sync(
        phase="Running", retry_count=1, message="Retrying attempt #1")),
    race("Argo's sync succeeded, it has not compared since: Healthy before Progressing", ARGO, argo(
        reconciled_at=time(72))),
    race("Argo has another sync queued", ARGO, argo(operation_pending=True)),
    race("Argo succeeded, in a dry run", ARGO, sync(dry_run=True)),
    race("Argo succeeded, for some of the resources", ARGO, sync(partial=True)),
    race("Argo is Synced, with another source than its spec names", ARGO, argo(compared_to_spec=False)),
    race("Argo is Synced and Healthy, and cannot compare", ARGO, argo(
        conditions=(ArgoCondition("ComparisonError", "no such host", time(85)),))),
    race("Argo is Synced at a revision that nobody can place", ARGO, argo(sync_revision=UNRELATED)),
    race("Argo is Synced at a branch name", ARGO, argo(sync_revision="")),
    race("Argo is Synced at a later commit, which delivers a newer one", ARGO, {
        **argo(sync_revision=G_LATER), **gitops(history=(OF_NEWER, story.PUBLISHED, story.OLD_PUBLISHED)),
        MIRROR: WITH_B}),
    race("Argo is Synced and Progressing", ARGO, argo(health_status="Progressing")),
    race("Argo is Healthy and OutOfSync", ARGO, argo(sync_status="OutOfSync")),
    race("Argo is Synced and Healthy, and being deleted", ARGO, argo(deleting=True)),
)  # fmt: skip

WORKLOADS = (
    race("the old ReplicaSet serves, available and healthy", RUNTIME, {RUNTIME: story.OLD_WORKLOAD}),
    race("NewReplicaSetAvailable is still there from the rollout before", RUNTIME, rolling(
        generation=9, observed_generation=8)),
    race("the Pods are healthy, of another commit", RUNTIME, rolling(source_commit=B)),
    race("the Pods are healthy, of another image", RUNTIME, {RUNTIME: replace(
        pods(digest=OTHER_IMAGE)[RUNTIME], digests=(story.DIGESTS, OTHER_DIGESTS))}),
    race("the Pods run another digest, and the registry was not read", RUNTIME, pods(digest=OTHER_IMAGE)),
    race("one of two Pods runs the image from the node's cache", RUNTIME, runs(
        pods=(POD, replace(POD, uid="uid-p2", digest=OTHER_IMAGE)), digests=(story.DIGESTS, OTHER_DIGESTS))),
    race("the new Pods are up, the old ones still serve", RUNTIME, rolling(total=3)),
    race("one of two Pods is of the new template", RUNTIME, rolling(updated=1)),
    race("the new Pods are there, not available", RUNTIME, rolling(available=1)),
    race("the newest ReplicaSet is listed, none of its Pods", RUNTIME, runs(
        pods=(replace(POD, replica_set_uid="uid-rs1", digest=OLD_IMAGE),))),
    race("the ReplicaSet list is of before, and so are its Pods", RUNTIME, runs(
        replica_set=story.OLD_REPLICA_SET, pods=story.OLD_WORKLOAD.pods)),
    race("the Pods are ready, the kubelet has not told their image", RUNTIME, pods(digest="")),
    race("nothing runs: 0 of 0 replicas are available", RUNTIME, runs(
        replace(DEPLOYMENT, wanted=0, total=0, updated=0, available=0, ready=0), pods=())),
    race("the rollout is paused, all numbers are whole", RUNTIME, rolling(paused=True)),
    race("the health path answers 200, from the commit before", RUNTIME, health(200, OLD)),
    race("the Pods are ready, the health path says 503", RUNTIME, health(503)),
    race("the Pods are ready, nobody answers the health path", RUNTIME, health(0, reason="connection refused")),
    race("the Deployment was made again under its name and is not observed yet", RUNTIME, rolling(
        uid="uid-d2", generation=1, observed_generation=0)),
    race("the rollout is complete, its deadline was exceeded", RUNTIME, rolling(
        progressing_status="False", progressing_reason="ProgressDeadlineExceeded")),
    race("the workload was read half a minute before Argo moved", RUNTIME, {},
         read_at={RUNTIME: 30.0}),
    race("the rollout is complete, Argo closed out the commit before", (ARGO, RUNTIME), {
        ARGO: story.OLD_APPLICATION, **rolling(source_commit=OLD)}),
)  # fmt: skip

CLOSEOUT_RACES = (*PUBLISHES, *CLOSEOUTS, *WORKLOADS)
