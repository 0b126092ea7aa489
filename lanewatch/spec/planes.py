"""The systems of the lane as the spec describes them: source, Actions, the two planes, reuse, Tekton, Argo CD.

One class a section, in the file's order; field names are the keys in snake_case. The rest of the spec is in `models`.
"""

from __future__ import annotations

from typing import Annotated

from lanewatch.spec.fields import Present, RefField, Repository, SourceRef, Strict, Text, Texts, Url


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
