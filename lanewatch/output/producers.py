"""The manifests that a lane's owners apply, with the spec's values in them. Reads the packaged templates; no network.

A template has four kinds of places: @{value}, @{script:NAME} (that file, indented as the place is),
@{each_parameter:LINE} (LINE once per source parameter, NAME replaced), and nothing else of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lanewatch.spec.lane import Lane
from lanewatch.spec.lookup import packaged_config

BUILDER_ID: Final = "https://unidesk.pikapython.com/builders/agentrun-buildkit"
UPSTREAM: Final = "https://github.com"  # as giteaMirror.role says: internal-github-upstream-mirror
SCRIPT: Final = "script:"
EACH: Final = "each_parameter:"


@dataclass(frozen=True, slots=True)
class Producer:
    """One template: what it is called, its file, and what it is for."""

    name: str
    file: str
    purpose: str


PRODUCERS: Final = (
    Producer("snapshot", "snapshot.yaml", "CronJob that writes the immutable snapshot refs upstream"),
    Producer("workflow", "workflow.yaml", "Gitea workflow: reuse plan, dispatch"),
    Producer("tekton", "tekton.yaml", "EventListener, Trigger*, Pipeline, Tasks, accounts with the least rights"),
    Producer("builder", "builder.yaml", "builder Job with rootless BuildKit, its cache and garbage collection"),
    Producer("argo-application", "argo-application.yaml", "Argo CD Application"),
    Producer("deployment", "deployment.yaml", "the workload with /health, for the gitops branch"),
    Producer("lanewatch-role", "lanewatch-role.yaml", "read-only rights for lanewatch"),
    Producer("lanewatch-audit-role", "lanewatch-audit-role.yaml", "optional: more to read, for the policy audit alone"),
    Producer("toolbox", "toolbox.Dockerfile", "the image that the steps run in"),
)


class TemplateError(Exception):
    """A place in a packaged template that names nothing: a mistake of ours."""


def producer_folder() -> Path:
    return packaged_config() / "producers"


def values(lane: Lane) -> dict[str, str]:
    """Every name that a template may use."""
    return {
        "target": lane.target,
        "lane_id": lane.lane_id,
        "repository": lane.repository,
        "branch": lane.branch,
        "gitops_branch": lane.gitops_branch or "",
        "snapshot_prefix": lane.snapshot_ref_prefix,
        "mirror_base_url": lane.mirror_base_url,
        "mirror_read_url": lane.mirror_read_url,
        "upstream_url": f"{UPSTREAM}/{lane.repository}.git",
        "workflow_repository": lane.workflow_repository,
        "workflow_path": lane.workflow_path,
        "runner_label": lane.runner_label,
        "reuse_path": lane.reuse_path,
        "event_listener": lane.event_listener,
        "event_listener_namespace": lane.event_listener_namespace,
        "service_account": lane.service_account,
        "pipeline": lane.pipeline,
        "pipeline_namespace": lane.pipeline_namespace,
        "pipeline_run_prefix": lane.pipeline_run_prefix,
        "buildkit_image": lane.buildkit_image,
        "registry_prefix": lane.registry_prefix,
        "toolbox_image": f"{lane.registry_prefix}/toolbox:1",
        "builder_id": BUILDER_ID,
        "argo_namespace": lane.argo_namespace,
        "application": lane.application,
        "runtime_namespace": lane.runtime_namespace,
        "workload": lane.workload,
        "health_path": lane.health_path,
        "node_lower": lane.node.lower(),
        "closeout_seconds": f"{lane.budgets.get('gitopsArgoCloseoutSeconds', 0):g}",
    }


def render(producer: Producer, lane: Lane, folder: Path) -> str:
    """The manifest as text. Raises OSError, or TemplateError for a place that names nothing."""
    known = values(lane)
    lines = (folder / producer.file).read_text("utf-8").splitlines()
    rendered = (_line(line, known, lane.source_parameters, folder) for line in lines)
    return "\n".join(rendered) + "\n"


def _line(line: str, known: Mapping[str, str], parameters: tuple[str, ...], folder: Path) -> str:
    each = re.fullmatch(rf"@\{{{EACH}(.*)\}}", line)
    if each is not None:
        return "\n".join(each[1].replace("NAME", parameter) for parameter in parameters)
    script = re.fullmatch(rf"( *)@\{{{SCRIPT}([\w.]+)\}}", line)
    if script is not None:
        text = (folder / "scripts" / script[2]).read_text("utf-8")
        return "\n".join(f"{script[1]}{one}".rstrip() for one in text.splitlines())

    def value(place: re.Match[str]) -> str:
        if place[1] not in known:
            raise TemplateError(f"@{{{place[1]}}} names no value of the lane")
        return known[place[1]]

    return re.sub(r"@\{([^}]*)\}", value, line)
