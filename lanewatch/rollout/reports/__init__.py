"""What each authority reports, typed: one module per authority, natural words of its system, nothing judged.

Times are aware UTC datetimes on that system's clock; None means the system did not say. Every text has been cleaned
and redacted before it gets here.
"""

from lanewatch.rollout.reports.actions import ActionsJob, ActionsReport, ActionsRun, ActionsStep, Dispatch
from lanewatch.rollout.reports.application import ApplicationReport, ArgoCondition, Deployed, Operation
from lanewatch.rollout.reports.gitops import GitopsCommit, GitopsReport
from lanewatch.rollout.reports.mirror import Commit, MirroredRepository, MirrorReport, Snapshot
from lanewatch.rollout.reports.operator import OperatorReport
from lanewatch.rollout.reports.plan import Artifact, PlanReport, ReusePlan, ServiceAudit
from lanewatch.rollout.reports.provenance import (
    Attestation,
    BuilderJob,
    DigestSet,
    JobPod,
    Provenance,
    ProvenanceReport,
)
from lanewatch.rollout.reports.tekton import (
    Condition,
    DeletedRun,
    PipelineRunState,
    PipelineTaskState,
    StepState,
    TaskRunState,
    TaskState,
    TektonReport,
)
from lanewatch.rollout.reports.workload import DeploymentState, Health, PodState, ReplicaSetState, WorkloadReport

Report = (
    OperatorReport
    | MirrorReport
    | ActionsReport
    | PlanReport
    | ProvenanceReport
    | TektonReport
    | GitopsReport
    | ApplicationReport
    | WorkloadReport
)

__all__ = [
    "ActionsJob",
    "ActionsReport",
    "ActionsRun",
    "ActionsStep",
    "ApplicationReport",
    "ArgoCondition",
    "Artifact",
    "Attestation",
    "BuilderJob",
    "Commit",
    "Condition",
    "DeletedRun",
    "Deployed",
    "DeploymentState",
    "DigestSet",
    "Dispatch",
    "GitopsCommit",
    "GitopsReport",
    "Health",
    "JobPod",
    "MirrorReport",
    "MirroredRepository",
    "Operation",
    "OperatorReport",
    "PipelineRunState",
    "PipelineTaskState",
    "PlanReport",
    "PodState",
    "Provenance",
    "ProvenanceReport",
    "ReplicaSetState",
    "Report",
    "ReusePlan",
    "ServiceAudit",
    "Snapshot",
    "StepState",
    "TaskRunState",
    "TaskState",
    "TektonReport",
    "WorkloadReport",
]
