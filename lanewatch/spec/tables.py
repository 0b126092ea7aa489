"""What the program knows by name: the eight authorities, the seven budgets, and what each authority answers for.

Stage ids, owners and outputs are free text of the spec. These words are not: code is keyed by them (CONTRACTS 1, 3, 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MIRROR: Final = "gitea-repository-and-snapshot-ref"
ACTIONS: Final = "actions-run-api"
PLAN: Final = "reuse-plan-artifact"
PROVENANCE: Final = "provenance-artifact"
TEKTON: Final = "pipelineRun-taskRun-status"
GITOPS: Final = "gitops-commit"
ARGO: Final = "argo-application"
RUNTIME: Final = "k8s-native-status-and-health"

AUTHORITIES: Final = (MIRROR, ACTIONS, PLAN, PROVENANCE, TEKTON, GITOPS, ARGO, RUNTIME)
"""The eight words of `stages[].statusAuthority`, in the order of the lane."""

LANEWATCH: Final = "lanewatch"
"""Who answers for what no outside system says: the target's name, the time that passed."""

END_TO_END: Final = "endToEndSeconds"
STATUS: Final = "statusSeconds"

AUTHORITY_BUDGET: Final[Mapping[str, str]] = {
    MIRROR: "sourceSyncSeconds",
    ACTIONS: "actionsDispatchSeconds",
    PLAN: "reusePlanSeconds",
    PROVENANCE: "buildOrReuseSeconds",
    GITOPS: "gitopsArgoCloseoutSeconds",
    ARGO: "gitopsArgoCloseoutSeconds",
}
"""Authority to the budget of its stage; two share one clock, two have none (CONTRACTS 4)."""

FIELD_AUTHORITY: Final[Mapping[str, str]] = {
    "target": LANEWATCH,
    "sourceCommit": MIRROR,
    "snapshotRef": MIRROR,
    "giteaMirrorLag": MIRROR,
    "actionsRunId": ACTIONS,
    "pipelineRunName": TEKTON,
    "builderJobName": PROVENANCE,
    "buildServices": PLAN,
    "reusedServices": PLAN,
    "skipImageBuild": PLAN,
    "reuseEnvImage": PLAN,
    "imageDigest": RUNTIME,
    "gitopsRevision": GITOPS,
    "argoSync": ARGO,
    "argoHealth": ARGO,
    "runtimeTargetSha": RUNTIME,
    "health": RUNTIME,
    "elapsedSeconds": LANEWATCH,
}
"""The 18 fields of a status and who answers for each."""

EVIDENCE_AUTHORITY: Final[Mapping[str, str]] = {
    "sourceCommit": MIRROR,
    "snapshotRef": MIRROR,
    "actionsRunId": ACTIONS,
    "pipelineRunName": TEKTON,
    "builderJobName": PROVENANCE,
    "gitopsRevision": GITOPS,
    "argoHealth": ARGO,
    "runtimeTargetSha": RUNTIME,
    "imageDigest": RUNTIME,
    "envIdentity": PROVENANCE,
    "reuseDecision": PROVENANCE,
}
"""Evidence item to the authority whose stage produces it (CONTRACTS 3, "Evidence item")."""

RUNTIME_WORD_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "argo-application": ("argoSync", "argoHealth"),
    "kubernetes-workload-status": ("imageDigest", "runtimeTargetSha"),
    "runtime-health": ("health",),
    "provenance-artifact": ("envIdentity", "reuseDecision"),
}
"""Words of `runtimePlane.statusAuthority` to the facts that they stand for."""

DRILLDOWN_AUTHORITY: Final[Mapping[str, str]] = {
    "actionsRun": ACTIONS,
    "tekton": TEKTON,
    "builder": PROVENANCE,
    "argo": ARGO,
    "runtime": RUNTIME,
}
"""Keys of `statusProjection.drillDown` to the authority whose native object they open."""

NEXT_COMMANDS: Final[Mapping[str, str]] = {
    "plan": "lanewatch plan",
    "status": "lanewatch status",
    "existingFollowerStatus": "lanewatch follower",
    "pocIssue": "",
}
"""Keys of the spec's `next` to what lanewatch offers for them."""

PLAN_ARTIFACTS: Final = frozenset(
    {
        "affectedServices",
        "buildServices",
        "reusedServices",
        "skipImageBuild",
        "reuseEnvImage",
        "artifactProvenanceAudit",
    }
)
"""What a reuse plan carries (CONTRACTS 6)."""

PROVENANCE_FIELDS: Final = frozenset(
    {"sourceCommit", "snapshotRef", "envIdentity", "imageDigest", "recipeHash", "baseImageDigest", "reuseDecision",
     "builderId", "actionsRunId", "pipelineRunName"}
)  # fmt: skip
"""What a provenance carries (CONTRACTS 6)."""
