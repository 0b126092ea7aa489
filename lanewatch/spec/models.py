"""The spec as typed values, one class a section, in the file's order. Field names are the keys in snake_case.

The sections about the lane's systems are in `planes`.

Nothing here is judged beyond its type: what contradicts what is the business of `consistency` (errors) and `lints`.
Meanings: CONTRACTS 1 and the spec itself.
"""

from __future__ import annotations

from typing import Literal

from lanewatch.spec.fields import RefField, Repository, Seconds, Strict, Text, Texts, Url, UrlPath, Workload
from lanewatch.spec.planes import Actions, Argo, BuildPlane, Reuse, RuntimePlane, SourceAuthority, Tekton

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
