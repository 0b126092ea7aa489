"""What the spec itself permits: a policy rule is held to the spec, not to taste."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.spec.models import Spec


def permitted(spec: Spec) -> frozenset[str]:
    """Keys of policy switches that the spec sets so that nothing is forbidden."""
    return frozenset(_permitted(spec))


def _permitted(spec: Spec) -> Iterator[str]:
    source, actions = spec.spec.source_authority, spec.spec.actions
    runtime, build = spec.spec.runtime_plane, spec.spec.build_plane
    allowed = {
        "sourceAuthority.allowMutableBranchAsCiSource": source.allow_mutable_branch_as_ci_source,
        "sourceAuthority.allowHostWorktree": source.allow_host_worktree and runtime.host_worktree_allowed,
        "runtimePlane.dockerSocketAllowed": runtime.docker_socket_allowed,
        "runtimePlane.dockerAllowed": runtime.docker_allowed,
        "runtimePlane.buildAllowed": runtime.build_allowed,
        "buildPlane.forbidMasterServer": not build.forbid_master_server,
        "buildPlane.forbidRuntimeNode": not build.forbid_runtime_node,
        "buildPlane.cache.gcRequired": not build.cache.gc_required,
        "actions.runner.allowRuntimeNamespaceToken": actions.runner.allow_runtime_namespace_token,
        "argo.statusOnlyFromNativeObjects": not spec.spec.argo.status_only_from_native_objects,
    }
    yield from (key for key, free in allowed.items() if free)
