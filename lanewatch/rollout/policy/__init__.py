"""The policy audit: the sentences of the spec's planes, each held against native objects. Pure rules over a report.

A rule says ok, breach or not readable; what could not be read is never ok.
"""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.policy import entry, planes
from lanewatch.rollout.policy.report import Audited, PolicyFinding, PolicyReport, Rule, ok
from lanewatch.spec.lane import Lane

TABLE: tuple[Rule, ...] = (
    Rule(
        "mutable-source", "sourceAuthority.allowMutableBranchAsCiSource", "CI builds no branch.", entry.mutable_source
    ),
    Rule("host-path", "sourceAuthority.allowHostWorktree", "No host path is mounted.", planes.runtime_worktree),
    Rule("docker-socket", "runtimePlane.dockerSocketAllowed", "No socket is mounted.", planes.runtime_socket),
    Rule("privileged", "runtimePlane.dockerAllowed", "Nothing that runs is privileged.", planes.runtime_privileged),
    Rule("build-tooling", "runtimePlane.buildAllowed", "What runs builds nothing.", planes.runtime_tools),
    Rule("builder-master", "buildPlane.forbidMasterServer", "No build on a control plane.", planes.builder_master),
    Rule("builder-runtime", "buildPlane.forbidRuntimeNode", "No build beside the workload.", planes.builder_runtime),
    Rule("runner-label", "actions.runner.label", "Jobs ask for the lane's runner.", entry.runner_label),
    Rule("runner-trust", "actions.runner.trustBoundary", "The runner is the lane's own.", entry.runner_trust),
    Rule("runtime-token", "actions.runner.allowRuntimeNamespaceToken", "Actions hold no token.", entry.runtime_token),
    Rule("image-pinned", "runtimePlane.deployMode", "Images are pinned by digest.", planes.image_pinned),
    Rule("cache-gc", "buildPlane.cache.gcRequired", "The build cache is collected.", planes.cache_collected),
    Rule("payload", "actions.trigger.payloadMustInclude", "The payload is complete.", entry.payload_complete),
    Rule("listener-exposed", "tekton.eventListener", "The listener is internal.", entry.listener_exposed),
    Rule("listener-rights", "tekton.eventListener.serviceAccountRef", "It may do no more.", entry.listener_rights),
    Rule("argo-text", "argo.statusOnlyFromNativeObjects", "No job reads Argo's text.", entry.argo_text),
)


def audit(case: Case, lane: Lane, report: PolicyReport, permitted: frozenset[str] = frozenset()) -> tuple[Audited, ...]:
    """Every rule, in the order of the table; `permitted`: keys with which the spec forbids nothing."""
    return tuple(Audited(rule, _judged(rule, case, lane, report, permitted)) for rule in TABLE)


def _judged(rule: Rule, case: Case, lane: Lane, report: PolicyReport, permitted: frozenset[str]) -> PolicyFinding:
    if rule.key in permitted:
        return ok(f"the spec permits it ({rule.key}).")
    return rule.judge(case, lane, report)
