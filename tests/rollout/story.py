"""One delivery told by its authorities, for tests: each function makes what one authority says at one second.

The lane: pushed at 0, mirrored at 6, run taken at 12, plan at 20, built at 60, published at 64, PipelineRun done at 66,
synced at 74, healthy at 82. Everything is a plain report that a test may bend with `dataclasses.replace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, reduce
from pathlib import Path
from typing import Any

from lanewatch.rollout.correlation import correlate
from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    GITOPS,
    MIRROR,
    OPERATOR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    SUBJECT_FIELDS,
    TEKTON,
    Correlation,
    Entry,
    Fact,
    Knowledge,
    Moment,
    Observation,
    Outcome,
    Quality,
)
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.reports import (
    ActionsJob,
    ActionsReport,
    ActionsRun,
    ApplicationReport,
    Artifact,
    BuilderJob,
    Commit,
    Condition,
    Deployed,
    DeploymentState,
    DigestSet,
    Dispatch,
    GitopsCommit,
    GitopsReport,
    Health,
    MirroredRepository,
    MirrorReport,
    Operation,
    OperatorReport,
    PipelineRunState,
    PlanReport,
    PodState,
    Provenance,
    ProvenanceReport,
    ReplicaSetState,
    Report,
    ReusePlan,
    ServiceAudit,
    Snapshot,
    TektonReport,
    WorkloadReport,
)
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec

START = datetime(2026, 7, 6, 12, 0, 0, tzinfo=UTC)
STEADY = 1000.0  # our steady clock at the push

OLD, A, B = "1" * 40, "a" * 40, "b" * 40  # source commits, oldest first
G_OLD, G, G_LATER = "d" * 40, "e" * 40, "f" * 40  # gitops commits, oldest first
OLD_IMAGE, IMAGE, OTHER_IMAGE = "sha256:" + "0" * 64, "sha256:" + "5" * 64, "sha256:" + "9" * 64
REF = f"refs/unidesk/snapshots/gitea-actions/agentrun-v0.2/{A}"
RUN_NAME = "agentrun-v02-x7k2"
END = 90.0


def time(second: float) -> datetime:
    return START + timedelta(seconds=second)


def moment(second: float) -> Moment:
    return Moment(time(second), STEADY + second)


@cache
def lane() -> Lane:
    return load_spec(Path(__file__).parents[2] / "config" / "cicd-gitea-actions-poc.yaml").lane()


def commit(sha: str, *parents: str, at: float = -2.0, message: str = "fix: lease renewal", marker: str = "") -> Commit:
    return Commit(sha, message, "Ada", time(at), time(at), parents, marker)


OLD_COMMIT, A_COMMIT = commit(OLD, at=-9000), commit(A, OLD)
B_COMMIT = commit(B, A, at=30)

MIRRORED = MirroredRepository("agentrun", "pikasTech/agentrun", "v0.2", A, A, time(6), mirror_interval_seconds=600.0)
MIRROR_REPORT = MirrorReport(
    "pikasTech/agentrun",
    (MIRRORED,),
    A_COMMIT,
    commit_in_mirror=True,
    commit_upstream=True,
    snapshot=Snapshot(REF, A, "prefix"),
    history=(A_COMMIT, OLD_COMMIT),
    head_commit=A_COMMIT,
)

PLAN_JOB = ActionsJob(
    "91", "plan", "completed", "success", ("unidesk-ci-builder",), "r1", 1, time(8), time(12), time(20)
)
DISPATCH_JOB = ActionsJob(
    "92", "dispatch", "completed", "success", ("unidesk-ci-builder",), "r1", 1, time(8), time(21), time(24)
)
RUN = ActionsRun(
    "41", 4127, 0, "completed", "success", "push", "w.yaml@refs/heads/v0.2", A, "v0.2", "fix", time(12), time(24),
    (PLAN_JOB, DISPATCH_JOB),
)  # fmt: skip
ACTIONS_REPORT = ActionsReport(
    (RUN,),
    dispatch=Dispatch("ev-1", {"reusePlanArtifactRef": "actions-run/41/reuse-plan"}, time(22)),
    server_time=time(END),
    runner_label="unidesk-ci-builder",
    runner_online=True,
)

PLAN_DOCUMENT = ReusePlan(
    ("mgr", "web"), ("mgr",), ("web",), False, False, (ServiceAudit("mgr", "built", "", "", ""),), A, REF, time(7),
    "env-1", "gitops/reuse.ymal", "sha256:" + "7" * 64,
)  # fmt: skip
PLAN_REPORT = PlanReport(
    PLAN_DOCUMENT,
    "actions-run/41/reuse-plan",
    Artifact("7", "reuse-plan", 900, time(19), time(20), "41"),
    source_digest="sha256:" + "7" * 64,
)
REUSE_PLAN = replace(
    PLAN_DOCUMENT,
    build_services=(),
    reused_services=("mgr", "web"),
    skip_image_build=True,
    reuse_env_image=True,
    audit=(ServiceAudit("mgr", "reused-image", OLD_IMAGE, "", ""),),
)

PROVENANCE_DOCUMENT = Provenance(
    A, REF, "env-1", IMAGE, "sha256:" + "4" * 64, "sha256:" + "3" * 64, "built", "builder", "41", RUN_NAME
)
DIGESTS = DigestSet(IMAGE, IMAGE, ("sha256:" + "6" * 64,), ("sha256:" + "8" * 64,))
JOB = BuilderJob("build-aaaaaaaaaaaa", "uid-job", "complete", "", "", time(26), time(58), "label")
PROVENANCE_REPORT = ProvenanceReport(PROVENANCE_DOCUMENT, "taskrun-result", time(60), job=JOB, digests=DIGESTS)

TRUE = Condition("True", "Succeeded", "Tasks Completed: 3", time(66))
PIPELINE_RUN = PipelineRunState(
    RUN_NAME, "uid-pr", TRUE, time(23), time(23), time(66), {"sourceCommit": A, "snapshotRef": REF}, "ev-1", {}, "", ()
)
TEKTON_REPORT = TektonReport((PIPELINE_RUN,), event_listener_ready=True)

OLD_PUBLISHED = GitopsCommit(G_OLD, time(-8000), OLD, "deploy 1111111", "ci")
PUBLISHED = GitopsCommit(G, time(64), A, "deploy aaaaaaa", "ci", (G_OLD,))
GITOPS_REPORT = GitopsReport(
    PUBLISHED, (PUBLISHED, OLD_PUBLISHED), "pikasTech/agentrun", "jd01-v0.2-gitops", "application"
)

OPERATION = Operation("Succeeded", "successfully synced", time(70), time(74), G, False, False, 0)
OLD_OPERATION = replace(OPERATION, started_at=time(-7990), finished_at=time(-7985), revision=G_OLD)
APPLICATION = ApplicationReport(
    "agentrun", "uid-app", "http://gitea/pikasTech/agentrun.git", "jd01-v0.2-gitops", "deploy", "Synced", G, True,
    "Healthy", time(82), time(84), False, OPERATION, (), (Deployed(G_OLD, time(-7985)), Deployed(G, time(74))), True,
    False, False, False,
)  # fmt: skip
OLD_APPLICATION = replace(
    APPLICATION,
    sync_revision=G_OLD,
    health_since=time(-7900),
    reconciled_at=time(-30),
    operation=OLD_OPERATION,
    history=(Deployed(G_OLD, time(-7985)),),
)

DEPLOYMENT = DeploymentState(
    "agentrun-mgr", "uid-d", 8, 8, 2, 2, 2, 2, 2, False, "True", "NewReplicaSetAvailable", "", time(80), "mgr",
    f"registry/mgr@{IMAGE}", A,
)  # fmt: skip
REPLICA_SET = ReplicaSetState("agentrun-mgr-2", "uid-rs2", 8, "h2", f"registry/mgr@{IMAGE}", A, time(71))
OLD_REPLICA_SET = ReplicaSetState("agentrun-mgr-1", "uid-rs1", 7, "h1", f"registry/mgr@{OLD_IMAGE}", OLD, time(-7980))
POD = PodState(
    "agentrun-mgr-2-a", "uid-p1", "uid-rs2", "Running", True, False, "registry/mgr", IMAGE, 0, "", "", "", time(75)
)
HEALTH = Health(200, "ok", A, "", "GET /health")
WORKLOAD = WorkloadReport(
    DEPLOYMENT, REPLICA_SET, (POD, replace(POD, name="agentrun-mgr-2-b", uid="uid-p2")), HEALTH, (DIGESTS,),
    older_replica_sets=(OLD_REPLICA_SET,),
)  # fmt: skip
OLD_WORKLOAD = WorkloadReport(
    replace(DEPLOYMENT, source_commit=OLD, image=f"registry/mgr@{OLD_IMAGE}", progressing_updated_at=time(-7900)),
    OLD_REPLICA_SET,
    (replace(POD, name="agentrun-mgr-1-a", uid="uid-p0", replica_set_uid="uid-rs1", digest=OLD_IMAGE),),
    replace(HEALTH, source_commit=OLD),
)

BEFORE: dict[str, Report] = {  # what is told while nothing of the commit has come beyond Actions
    PROVENANCE: ProvenanceReport(None, "", None),
    TEKTON: TektonReport((), event_listener_ready=True),
    GITOPS: replace(GITOPS_REPORT, revision=None, history=(OLD_PUBLISHED,)),
    ARGO: OLD_APPLICATION,
    RUNTIME: OLD_WORKLOAD,
}
REPORTS: dict[str, Report] = {
    MIRROR: MIRROR_REPORT,
    ACTIONS: ACTIONS_REPORT,
    PLAN: PLAN_REPORT,
    PROVENANCE: PROVENANCE_REPORT,
    TEKTON: TEKTON_REPORT,
    GITOPS: GITOPS_REPORT,
    ARGO: APPLICATION,
    RUNTIME: WORKLOAD,
}


def facts_of(authority: str, report: Report | None) -> tuple[Fact, ...]:
    """The facts that the authority makes of its report, as the authorities do."""
    values: dict[str, Any] = {}
    match report:
        case MirrorReport():
            target, snapshot = report.target, report.snapshot
            values["sourceCommit"] = report.commit.sha if report.commit else (target.mirror_head if target else None)
            values["snapshotRef"] = snapshot.ref if snapshot and snapshot.sha else None
        case ActionsReport():
            values["actionsRunId"] = report.run.id if report.run else None
        case PlanReport(plan=plan):
            values["buildServices"] = plan.build_services if plan else None
            values["reusedServices"] = plan.reused_services if plan else None
            values["skipImageBuild"] = plan.skip_image_build if plan else None
            values["reuseEnvImage"] = plan.reuse_env_image if plan else None
        case ProvenanceReport(provenance=found):
            values["builderJobName"] = report.job.name if report.job else report.results.get("builderJobName")
            values["envIdentity"] = found.env_identity if found else None
            values["reuseDecision"] = found.reuse_decision if found else None
        case TektonReport():
            values["pipelineRunName"] = report.run.name if report.run else None
        case GitopsReport():
            values["gitopsRevision"] = report.revision.sha if report.revision else None
        case ApplicationReport():
            values["argoSync"], values["argoHealth"] = report.sync_status, report.health_status
        case WorkloadReport():
            deployment, health = report.deployment, report.health
            values["runtimeTargetSha"] = deployment.source_commit if deployment else None
            values["imageDigest"] = report.pods[0].digest if report.pods else None
            values["health"] = health.status if health and health.status else None
    return tuple(
        Fact(name, value, Quality.ABSENT if value in (None, "") else Quality.GOOD, authority, f"source of {name}")
        for name, value in values.items()
    )


def says(
    authority: str,
    report: Report | None,
    second: float,
    subject: Correlation | None = None,
    outcome: Outcome = Outcome.OK,
    **changes: Any,
) -> Observation:
    """What the authority says at `second`."""
    observation = Observation(
        authority,
        subject or Correlation(),
        outcome,
        "" if outcome is Outcome.OK else f"it was {outcome.value}",
        moment(second),
        0.0,
        facts_of(authority, report),
        report,
        host=f"{authority}.host",
    )
    return replace(observation, **changes)


def operator(second: float = 0.0, **changes: Any) -> Observation:
    """What the person said: which commit, pushed when."""
    report = replace(OperatorReport(A, "operator", time(0), upstream_configured=True), **changes)
    return says(OPERATOR, report, second)


def told(reports: Mapping[str, Report | None], second: float = END, known: Knowledge | None = None) -> Knowledge:
    """All reports of one sweep, each asked for what is known by then and once more where its question has changed."""
    known = known or learn(Knowledge(), operator(second))
    for _ in range(3):
        for authority, report in reports.items():
            subject = correlate(known).only(SUBJECT_FIELDS[authority])
            seen = known.seen.get(authority)
            if seen is None or seen.last.subject != subject or seen.last.report is not report:
                known = learn(known, says(authority, report, second, subject))
    return known


def delivered(second: float = END, **changes: Report | None) -> Knowledge:
    """The whole lane at its end, with some reports changed, by lower-case names of the authorities."""
    names = {
        "mirror": MIRROR, "actions": ACTIONS, "plan": PLAN, "provenance": PROVENANCE, "tekton": TEKTON,
        "gitops": GITOPS, "argo": ARGO, "runtime": RUNTIME,
    }  # fmt: skip
    reports: dict[str, Report | None] = dict(REPORTS)
    for name, report in changes.items():
        reports[names[name]] = report
    return told(reports, second)


def learned(*entries: Entry, known: Knowledge | None = None) -> Knowledge:
    return reduce(learn, entries, known or Knowledge())


def seen_at(known: Knowledge, second: float = END) -> Rollout:
    return picture(lane(), known, moment(second))


def states(rollout: Rollout) -> dict[str, str]:
    return {stage.id: stage.state for stage in rollout.stages}
