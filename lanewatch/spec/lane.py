"""All that the program needs to know of one target, resolved and flat: the rest of it reads a Lane, never the spec.

Belongs here: values, each with the spec key it comes from. No rule and no reading of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaneStage:
    """One of `spec.stages`, with the budget that its authority owns."""

    id: str
    owner: str
    authority: str  # one of tables.AUTHORITIES
    output: str
    budget_id: str | None  # key of spec.budgets, such as buildOrReuseSeconds; None: the stage has no budget
    budget_seconds: float | None


@dataclass(frozen=True, slots=True)
class LaneRepository:
    """One of the mirror's repositories."""

    key: str
    repository: str  # OWNER/NAME
    upstream_branch: str
    gitops_branch: str | None


@dataclass(frozen=True, slots=True)
class Lane:
    """One target of the spec with every reference resolved. Times in seconds.

    A field that is added later stands at the end and has a default: evidence of older versions holds lanes without it.
    """

    # targets[]
    target: str  # targets[].id
    enabled: bool
    repository: str  # OWNER/NAME
    branch: str
    node: str
    lane_id: str  # targets[].lane
    baseline_seconds: float  # targets[].baseline.currentBranchFollowerSeconds
    health_path: str  # targets[].closeout.healthPath
    required_evidence: tuple[str, ...]  # targets[].closeout.requiredEvidence

    # spec.scope
    mode: str  # rolloutMode

    # spec.sourceAuthority
    mirror_namespace: str
    mirror_service: str
    mirror_base_url: str  # inside the cluster; connections say where to reach it
    mirror_read_url: str  # targets[].source.currentMirrorReadUrlRef
    mirror_repositories: tuple[LaneRepository, ...]
    gitops_branch: str | None  # of the target's repository
    snapshot_ref_prefix: str  # giteaMirror.snapshotRefPrefix
    stage_ref_prefix: str  # targets[].source.snapshotRef
    force_sync_entry: str

    # spec.actions
    workflow_repository: str
    workflow_path: str  # targets[].actions.workflowRef
    runner_label: str
    trigger_primary: str
    trigger_fallback: str
    payload_fields: tuple[str, ...]  # trigger.payloadMustInclude

    # spec.tekton and targets[].tekton
    event_listener_namespace: str
    event_listener: str
    service_account: str
    pipeline_namespace: str
    pipeline: str
    pipeline_run_prefix: str
    source_parameters: tuple[str, ...]

    # spec.buildPlane and spec.reuse
    buildkit_image: str
    registry_prefix: str
    provenance_fields: tuple[str, ...]
    provenance_required: bool
    reuse_path: str  # reuse.sourceTruth, as spelled
    required_decisions: tuple[str, ...]
    plan_artifacts: tuple[str, ...]  # reuse.requiredArtifacts
    no_regression_checks: tuple[str, ...]

    # spec.argo and targets[].argo
    argo_namespace: str
    application: str

    # targets[].runtime
    runtime_namespace: str
    workload_kind: str
    workload: str
    runtime_status_words: tuple[str, ...]  # runtimePlane.statusAuthority

    # spec.budgets
    budgets: Mapping[str, float]  # all seven, under their keys in the spec
    end_to_end_seconds: float  # what baseline.budgetRef names
    status_seconds: float

    # spec.stages and spec.statusProjection
    stages: tuple[LaneStage, ...]
    required_fields: tuple[str, ...]
    drilldowns: Mapping[str, str]  # name (cicd-pipelinerun …) to its key in the spec (tekton …)

    # spec.scope; later than the first evidence
    decision_gate: str = ""  # what must hold before the predecessor is replaced

    @property
    def workflow_name(self) -> str:
        """The workflow file's base name: what the runs of the Actions API begin their `path` with."""
        return self.workflow_path.rsplit("/", 1)[-1]

    def stage_of(self, authority: str) -> LaneStage | None:
        """The stage whose status authority this is, if the spec has one."""
        return next((stage for stage in self.stages if stage.authority == authority), None)
