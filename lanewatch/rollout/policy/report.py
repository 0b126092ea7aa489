"""What the policy audit rests on, and the words of its findings. Plain values; nothing here asks or judges.

Every part that could not be read is None with its reason in `unread`, so that a rule can say so: silence is no "ok".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.spec.lane import Lane


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container of a Pod spec, init containers included."""

    name: str
    image: str
    privileged: bool


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What a Pod, or a Job's template, asks for, and where it was put."""

    owner: str  # "pods/NS/NAME" or "jobs/NS/NAME"
    containers: tuple[ContainerSpec, ...]
    host_paths: tuple[str, ...]
    node: str = ""
    service_account: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node's labels, as far as they tell what it is for."""

    name: str
    is_control_plane: bool


@dataclass(frozen=True, slots=True)
class Listener:
    """The EventListener and what can reach it."""

    name: str
    service_account: str
    service_type: str  # of its Service, "" where that was not read
    ingresses: tuple[str, ...] | None = ()  # names of Ingresses that lead to it; None: not readable


@dataclass(frozen=True, slots=True)
class Grant:
    """One rule of a Role or ClusterRole that a ServiceAccount is bound to."""

    role: str
    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunnerSeen:
    """A runner that the repository lists: it is registered with it, and takes nobody else's jobs."""

    name: str
    labels: tuple[str, ...]
    is_ephemeral: bool = False  # it goes with its one job


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """Native objects, cut down to what the rules need. `unread`: part → why."""

    runtime_pods: tuple[PodSpec, ...] | None = None
    builder: PodSpec | None = None  # the Job's template, with the node of its Pod
    has_builder: bool = False  # whether this rollout has a Job at all
    ci_pods: tuple[PodSpec, ...] | None = None  # of the PipelineRun
    nodes: tuple[Node, ...] | None = None
    listener: Listener | None = None
    grants: tuple[Grant, ...] | None = None
    runners: tuple[RunnerSeen, ...] | None = None
    workflow: str | None = None  # the workflow file's text
    logs: str | None = None  # the Actions run's logs, joined and bounded
    cache_gc: bool | None = None  # whether the build cache has a garbage collection policy
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """How one rule came out."""

    state: Literal["ok", "breach", "not readable"]
    says: str
    source: str = ""


def ok(says: str) -> PolicyFinding:
    return PolicyFinding("ok", says)


def breach(says: str, source: str) -> PolicyFinding:
    return PolicyFinding("breach", says, source)


def not_readable(report: PolicyReport, *parts: str, said: str = "") -> PolicyFinding:
    """What is missing, with the first reason that is known."""
    why = said or next((report.unread[part] for part in parts if part in report.unread), f"{parts[0]} not read")
    return PolicyFinding("not readable", f"{why.rstrip('.')}.")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of the spec's planes."""

    id: str
    key: str  # of the spec, whose value the rule holds the lane to
    sentence: str
    judge: Callable[[Case, Lane, PolicyReport], PolicyFinding]


@dataclass(frozen=True, slots=True)
class Audited:
    """One rule and how it came out."""

    rule: Rule
    finding: PolicyFinding
