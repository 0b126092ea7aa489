"""The spec as typed values, one class a section, in the file's order. Field names are the keys in snake_case.

Nothing here is judged beyond its type: what contradicts what is the business of `consistency` (errors) and `lints`.
Meanings: CONTRACTS 1 and the spec itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from lanewatch.spec.fields import (
    Present,
    RefField,
    Repository,
    Seconds,
    SourceRef,
    Strict,
    Text,
    Texts,
    Url,
    UrlPath,
    Workload,
)

AuthorityWord = Literal[
    "gitea-repository-and-snapshot-ref",
    "actions-run-api",
    "reuse-plan-artifact",
    "provenance-artifact",
    "pipelineRun-taskRun-status",
    "gitops-commit",
    "argo-application",
    "k8s-native-status-and-health",
]


class Metadata(Strict):
    """`metadata`: which spec this is."""

    id: Text
    owner: Text
    issue: Url
    spec_ref: Text  # a name, no reference into a file
    version: Text


class Scope(Strict):
    """`spec.scope`: what may be done and for which target."""

    phase: Text
    production_follower_replacement: bool
    rollout_enabled: bool
    rollout_mode: Text
    preferred_target: Text
    decision_gate: Text


class BranchFollower(Strict):
    """`spec.migration.branchFollower`: the deprecated predecessor and what it may still do."""

    status: Text
    mode: Text
    reason: Text
    allowed_during_migration: Texts
    frozen_capabilities: Texts
    final_disposition: Text


class Migration(Strict):
    """`spec.migration`: from the branch follower to this lane."""

    issue: Url
    primary_entrypoint: Text
    replacement_target: Text
    branch_follower: BranchFollower


class MirrorRepository(Strict):
    """One of `spec.sourceAuthority.giteaMirror.repositories`."""

    key: Text
    repository: Repository
    upstream_branch: Text
    gitops_branch: Annotated[Text | None, Present] = None


class GiteaMirror(Strict):
    """`spec.sourceAuthority.giteaMirror`: the pull mirror of the upstream forge."""

    enabled_for_poc: bool
    role: Text
    namespace: Text
    service_name: Text
    internal_base_url: Url
    snapshot_ref_prefix: Text
    mirror_lag_status: Text
    force_sync_entry: Text
    repositories: tuple[MirrorRepository, ...]


class SourceAuthority(Strict):
    """`spec.sourceAuthority`: what CI may take as source."""

    mode: Text
    allow_mutable_branch_as_ci_source: bool
    allow_host_worktree: bool
    existing_mirror_ref: RefField
    gitea_mirror: GiteaMirror


class WorkflowSource(Strict):
    """`spec.actions.workflowSource`: the workflow file whose runs are this lane's."""

    repository: Repository
    path: Text


class Runner(Strict):
    """`spec.actions.runner`: who takes the jobs."""

    mode: Text
    trust_boundary: Text
    label: Text
    credentials_ref: SourceRef
    allow_runtime_namespace_token: bool


class Trigger(Strict):
    """`spec.actions.trigger`: how a run starts a PipelineRun."""

    primary: Text
    fallback: Text
    payload_must_include: Texts


class LogPolicy(Strict):
    """`spec.actions.logPolicy`: what of a log is shown without asking."""

    default_bounded_summary: bool
    full_log_requires_drill_down: bool
    secret_redaction: Text


class Actions(Strict):
    """`spec.actions`: Gitea Actions."""

    enabled_for_poc: bool
    role: Text
    workflow_source: WorkflowSource
    runner: Runner
    trigger: Trigger
    log_policy: LogPolicy


class RuntimePlane(Strict):
    """`spec.runtimePlane`: where the workload runs, and who may say how it stands."""

    docker_allowed: bool
    build_allowed: bool
    docker_socket_allowed: bool
    host_worktree_allowed: bool
    source_authority: Text
    deploy_mode: Text
    status_authority: Texts


class Endpoint(Strict):
    """`spec.buildPlane.endpoint`: the build engine."""

    kind: Text
    ref: RefField


class Pointer(Strict):
    """A section that holds a reference and nothing else, such as `spec.buildPlane.registry`."""

    ref: RefField


class BuildCredentials(Strict):
    """`spec.buildPlane.credentials`: where they are kept."""

    registry: SourceRef
    builder: SourceRef


class Cache(Strict):
    """`spec.buildPlane.cache`: its policyRef may name this very section."""

    policy_ref: RefField
    mode: Text
    gc_required: bool


class ProvenancePolicy(Strict):
    """`spec.buildPlane.provenance`: what every build must say of itself."""

    required: bool
    fields: Texts


class BuildPlane(Strict):
    """`spec.buildPlane`: where images are built."""

    docker_allowed: bool
    build_allowed: bool
    docker_scope: Text
    mode: Text
    engine_candidates: Texts
    selected_engine_for_poc: Text
    forbid_master_server: bool
    forbid_runtime_node: bool
    endpoint: Endpoint
    registry: Pointer
    credentials: BuildCredentials
    cache: Cache
    provenance: ProvenancePolicy


class Reuse(Strict):
    """`spec.reuse`: the plan that decides what is built."""

    p0_no_regression: bool
    source_truth: Text
    source_read: Text
    existing_parser: Text
    existing_agent_run_planner: Text
    ci_consumption_required: bool
    required_decisions: Texts
    required_artifacts: Texts
    no_regression_checks: Texts


class EventListener(Strict):
    """`spec.tekton.eventListener`: what turns an Actions job into a PipelineRun."""

    namespace: Text
    name: Text
    service_account_ref: RefField


class Pipeline(Strict):
    """`spec.tekton.pipeline`: whose PipelineRuns are this lane's."""

    namespace_ref: RefField
    name_ref: RefField
    run_prefix_ref: RefField
    source_parameters: Texts


class Tekton(Strict):
    """`spec.tekton`."""

    enabled_for_poc: bool
    trigger_mode: Text
    event_listener: EventListener
    pipeline: Pipeline


class Argo(Strict):
    """`spec.argo`."""

    enabled_for_poc: bool
    role: Text
    namespace_ref: RefField
    application_ref: RefField
    status_only_from_native_objects: bool


class Budgets(Strict):
    """`spec.budgets`: seconds; the seven keys are known to the program (CONTRACTS 4)."""

    end_to_end_seconds: Seconds
    source_sync_seconds: Seconds
    actions_dispatch_seconds: Seconds
    reuse_plan_seconds: Seconds
    build_or_reuse_seconds: Seconds
    gitops_argo_closeout_seconds: Seconds
    status_seconds: Seconds

    def by_key(self) -> dict[str, float]:
        """The budgets under their keys in the file."""
        return self.model_dump(by_alias=True)


class Baseline(Strict):
    """`targets[].baseline`: what the predecessor needs, and the budget it is measured against."""

    current_branch_follower_seconds: Seconds
    budget_ref: RefField


class TargetSource(Strict):
    """`targets[].source`. `snapshotRef` is a reference here, unlike the field of that name."""

    branch_ref: RefField
    snapshot_ref: RefField
    current_mirror_read_url_ref: RefField


class TargetActions(Strict):
    """`targets[].actions`."""

    workflow_ref: RefField


class TargetTekton(Strict):
    """`targets[].tekton`."""

    pipeline_ref: RefField
    pipeline_run_prefix_ref: RefField


class TargetArgo(Strict):
    """`targets[].argo`."""

    application_ref: RefField


class TargetRuntime(Strict):
    """`targets[].runtime`: what runs in the end."""

    namespace_ref: RefField
    workload: Workload


class Closeout(Strict):
    """`targets[].closeout`: what must be proven."""

    health_path: UrlPath
    required_evidence: Texts


class Target(Strict):
    """One of `spec.targets`: one branch delivered to one place."""

    id: Text
    enabled: bool
    repository: Repository
    branch: Text
    node: Text
    lane: Text
    baseline: Baseline
    source: TargetSource
    actions: TargetActions
    tekton: TargetTekton
    argo: TargetArgo
    runtime: TargetRuntime
    closeout: Closeout


class StageModel(Strict):
    """One of `spec.stages`; only `statusAuthority` is a word of the program."""

    id: Text
    owner: Text
    status_authority: AuthorityWord
    output: Text


class SurveyedComponent(Strict):
    """One of `spec.componentSurvey`: a system of the lane and its risk."""

    component: Text
    role: Text
    maturity: Text
    direct_reuse: Text
    docs: Url
    risk: Text


class DrillDown(Strict):
    """`spec.statusProjection.drillDown`: the names under which native objects are asked for."""

    actions_run: Text
    tekton: Text
    builder: Text
    argo: Text
    runtime: Text


class StatusProjection(Strict):
    """`spec.statusProjection`: what a status shows."""

    mode: Text
    default_output_must_not_dump: bool
    required_fields: Texts
    drill_down: DrillDown


class Next(Strict):
    """`spec.next`: the commands of the predecessor."""

    plan: Text
    status: Text
    existing_follower_status: Text
    poc_issue: Url


class SpecBody(Strict):
    """`spec`."""

    scope: Scope
    migration: Migration
    source_authority: SourceAuthority
    actions: Actions
    runtime_plane: RuntimePlane
    build_plane: BuildPlane
    reuse: Reuse
    tekton: Tekton
    argo: Argo
    budgets: Budgets
    targets: tuple[Target, ...]
    stages: tuple[StageModel, ...]
    component_survey: tuple[SurveyedComponent, ...]
    status_projection: StatusProjection
    next: Next


class Spec(Strict):
    """The whole file."""

    api_version: Literal["unidesk.pikapython.com/v1alpha1"]
    kind: Literal["CicdGiteaActionsPoc"]
    metadata: Metadata
    spec: SpecBody
