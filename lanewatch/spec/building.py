"""Builds a Lane from the spec and what its references lead to, once they are known to lead to the right kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lanewatch.spec.errors import KeyPath
from lanewatch.spec.lane import Lane, LaneRepository, LaneStage
from lanewatch.spec.models import Spec, SpecBody, Target
from lanewatch.spec.refs import Resolved
from lanewatch.spec.tables import AUTHORITY_BUDGET


def build_lane(spec: Spec, index: int, resolved: Mapping[KeyPath, Resolved]) -> Lane:
    """The lane of `spec.targets[index]`."""
    values = _Values(resolved)
    target = spec.spec.targets[index]
    return Lane(
        **_of_target(target, ("spec", "targets", index), values),
        **_of_source(spec.spec, target),
        **_of_build(spec.spec, values),
        **_of_status(spec.spec),
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """What references lead to."""

    resolved: Mapping[KeyPath, Resolved]

    def text(self, *path: str | int) -> str:
        return str(self.resolved[path].value)

    def seconds(self, *path: str | int) -> float:
        return float(self.resolved[path].value)

    def mapping(self, *path: str | int) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self.resolved[path].value
        return value


def _of_target(target: Target, path: KeyPath, values: _Values) -> dict[str, Any]:
    workflow = values.mapping(*path, "actions", "workflowRef")
    kind, _, workload = target.runtime.workload.partition("/")
    return {
        "target": target.id,
        "enabled": target.enabled,
        "repository": target.repository,
        "branch": target.branch,
        "node": target.node,
        "lane_id": target.lane,
        "baseline_seconds": target.baseline.current_branch_follower_seconds,
        "end_to_end_seconds": values.seconds(*path, "baseline", "budgetRef"),
        "health_path": target.closeout.health_path,
        "required_evidence": target.closeout.required_evidence,
        "stage_ref_prefix": values.text(*path, "source", "snapshotRef"),
        "mirror_read_url": values.text(*path, "source", "currentMirrorReadUrlRef"),
        "workflow_repository": workflow["repository"],
        "workflow_path": workflow["path"],
        "pipeline": values.text(*path, "tekton", "pipelineRef"),
        "pipeline_run_prefix": values.text(*path, "tekton", "pipelineRunPrefixRef"),
        "application": values.text(*path, "argo", "applicationRef"),
        "runtime_namespace": values.text(*path, "runtime", "namespaceRef"),
        "workload_kind": kind,
        "workload": workload,
    }


def _of_source(body: SpecBody, target: Target) -> dict[str, Any]:
    mirror, actions = body.source_authority.gitea_mirror, body.actions
    repositories = tuple(
        LaneRepository(entry.key, entry.repository, entry.upstream_branch, entry.gitops_branch)
        for entry in mirror.repositories
    )
    own = next((entry for entry in repositories if entry.repository == target.repository), None)
    return {
        "mode": body.scope.rollout_mode,
        "decision_gate": body.scope.decision_gate,
        "mirror_namespace": mirror.namespace,
        "mirror_service": mirror.service_name,
        "mirror_base_url": mirror.internal_base_url,
        "mirror_repositories": repositories,
        "gitops_branch": own.gitops_branch if own else None,
        "snapshot_ref_prefix": mirror.snapshot_ref_prefix,
        "force_sync_entry": mirror.force_sync_entry,
        "runner_label": actions.runner.label,
        "trigger_primary": actions.trigger.primary,
        "trigger_fallback": actions.trigger.fallback,
        "payload_fields": actions.trigger.payload_must_include,
    }


def _of_build(body: SpecBody, values: _Values) -> dict[str, Any]:
    return {
        "event_listener_namespace": body.tekton.event_listener.namespace,
        "event_listener": body.tekton.event_listener.name,
        "service_account": values.text("spec", "tekton", "eventListener", "serviceAccountRef"),
        "pipeline_namespace": values.text("spec", "tekton", "pipeline", "namespaceRef"),
        "source_parameters": body.tekton.pipeline.source_parameters,
        "buildkit_image": values.text("spec", "buildPlane", "endpoint", "ref"),
        "registry_prefix": values.text("spec", "buildPlane", "registry", "ref"),
        "provenance_fields": body.build_plane.provenance.fields,
        "provenance_required": body.build_plane.provenance.required,
        "reuse_path": body.reuse.source_truth,
        "required_decisions": body.reuse.required_decisions,
        "plan_artifacts": body.reuse.required_artifacts,
        "no_regression_checks": body.reuse.no_regression_checks,
        "argo_namespace": values.text("spec", "argo", "namespaceRef"),
    }


def _of_status(body: SpecBody) -> dict[str, Any]:
    budgets = body.budgets.by_key()
    drilldowns = body.status_projection.drill_down.model_dump(by_alias=True)
    return {
        "runtime_status_words": body.runtime_plane.status_authority,
        "budgets": MappingProxyType(budgets),
        "status_seconds": body.budgets.status_seconds,
        "stages": tuple(
            LaneStage(
                stage.id,
                stage.owner,
                stage.status_authority,
                stage.output,
                budget := AUTHORITY_BUDGET.get(stage.status_authority),
                budgets[budget] if budget else None,
            )
            for stage in body.stages
        ),
        "required_fields": body.status_projection.required_fields,
        "drilldowns": MappingProxyType({name: key for key, name in drilldowns.items()}),
    }
