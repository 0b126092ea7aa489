"""How one lane is called: the names that the simulator shares with the product, read from the same configuration.

What belongs here: names only. Everything that happens under these names is written by the scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SPEC_FILE = "cicd-gitea-actions-poc.yaml"
LANES_FILE = "agentrun.yaml"


@dataclass(frozen=True, slots=True)
class LaneNames:
    """The names of target agentrun-jd01-v02 (spec.targets[0] and what its refs point to)."""

    repository: str
    branch: str
    gitops_branch: str
    snapshot_prefix: str
    mirror_url: str  # what CI and Argo clone from
    other_repository: str
    other_branch: str
    workflow: str  # path in the repository
    runner_label: str
    reuse_file: str
    ci_namespace: str
    pipeline: str
    run_prefix: str
    service_account: str
    listener: str
    builder_image: str
    registry: str  # HOST:PORT/PATH under which images are pushed
    argo_namespace: str
    application: str
    runtime_namespace: str
    workload: str
    health_path: str

    @property
    def image(self) -> str:
        """The workload's image without tag or digest."""
        return f"{self.registry}/{self.workload}"

    @property
    def image_repository(self) -> str:
        """The same as the registry's API calls it: no host."""
        return self.image.split("/", 1)[1]


def configuration_folder() -> Path:
    """`config/` beside the packages in a clone, inside the package in a wheel."""
    here = Path(__file__).resolve()
    beside, inside = here.parents[2] / "config", here.parents[1] / "config"
    return beside if (beside / SPEC_FILE).is_file() else inside


@cache
def lane_names(folder: Path) -> LaneNames:
    """Names of the preferred target, read once: half the time of building a world would go into it.

    Raises OSError or KeyError when the configuration is not there or not whole.
    """
    spec, lanes = _load(folder / SPEC_FILE)["spec"], _load(folder / LANES_FILE)["controlPlane"]["lanes"]
    target = next(item for item in spec["targets"] if item["id"] == spec["scope"]["preferredTarget"])
    lane, mirror = lanes[target["lane"]], spec["sourceAuthority"]["giteaMirror"]
    own, other = mirror["repositories"]
    return LaneNames(
        repository=target["repository"],
        branch=target["branch"],
        gitops_branch=own["gitopsBranch"],
        snapshot_prefix=mirror["snapshotRefPrefix"],
        mirror_url=lane["gitMirror"]["readUrl"],
        other_repository=other["repository"],
        other_branch=other["upstreamBranch"],
        workflow=spec["actions"]["workflowSource"]["path"],
        runner_label=spec["actions"]["runner"]["label"],
        reuse_file=spec["reuse"]["sourceTruth"],
        ci_namespace=lane["ci"]["namespace"],
        pipeline=lane["ci"]["pipeline"],
        run_prefix=lane["ci"]["pipelineRunPrefix"],
        service_account=lane["ci"]["serviceAccountName"],
        listener=spec["tekton"]["eventListener"]["name"],
        builder_image=lane["ci"]["buildkitImage"],
        registry=lane["ci"]["registryPrefix"],
        argo_namespace=lane["gitops"]["argoNamespace"],
        application=lane["gitops"]["argoApplication"],
        runtime_namespace=lane["runtime"]["namespace"],
        workload=target["runtime"]["workload"].split("/", 1)[1],
        health_path=target["closeout"]["healthPath"],
    )


def _load(file: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(file)
    return loaded
