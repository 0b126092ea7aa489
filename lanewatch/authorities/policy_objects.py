"""Native objects cut down to what the policy rules need. Never raises on an object that drifted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lanewatch.authorities.native import Native, leaf, name, one_line, rows, said, text, words
from lanewatch.rollout.policy.report import ContainerSpec, Grant, Node, PodSpec, RunnerSeen

CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_GC = re.compile(r"^\s*gc\s*=\s*(true|false)\b", re.M)


def pod_spec(owner: str, spec: object, node: str = "") -> PodSpec:
    """spec of a Pod, or spec.template.spec of what makes Pods."""
    containers = [*rows(spec, "initContainers"), *rows(spec, "containers"), *rows(spec, "ephemeralContainers")]
    return PodSpec(
        owner=one_line(owner),
        containers=tuple(_container(row) for row in containers),
        host_paths=tuple(
            path for volume in rows(spec, "volumes") if (path := said(volume, "hostPath", "path", limit=200))
        ),
        node=node or said(spec, "nodeName"),
        service_account=said(spec, "serviceAccountName"),
    )


def _container(row: Native) -> ContainerSpec:
    capabilities = words(row, "securityContext", "capabilities", "add")
    privileged = leaf(row, "securityContext", "privileged") is True or "SYS_ADMIN" in capabilities
    return ContainerSpec(said(row, "name"), said(row, "image"), privileged)


def node_of(item: Native) -> Node:
    labels = leaf(item, "metadata", "labels")
    known = labels if isinstance(labels, dict) else {}
    return Node(one_line(name(item)), any(label in known for label in CONTROL_PLANE))


def roles_bound_to(bindings: Iterable[Native], account: str, namespace: str) -> tuple[tuple[str, str], ...]:
    """(kind, raw name) of every role that a ServiceAccount has by its own name or by a group of ServiceAccounts.

    Kubernetes' own roles (system:…), which every account has for discovery, are left out.
    """
    bound = dict.fromkeys(_bound(bindings, account, namespace))
    return tuple((kind, called) for kind, called in bound if not called.startswith("system:"))


def _bound(bindings: Iterable[Native], account: str, namespace: str) -> Iterator[tuple[str, str]]:
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"}
    for binding in bindings:
        for subject in rows(binding, "subjects"):
            own = text(subject, "namespace") or text(binding, "metadata", "namespace")
            kind, called = text(subject, "kind"), text(subject, "name")
            if (kind, called, own) == ("ServiceAccount", account, namespace) or (kind == "Group" and called in groups):
                yield text(binding, "roleRef", "kind"), text(binding, "roleRef", "name")


def grants_of(called: str, role: Native) -> tuple[Grant, ...]:
    """The rules of a Role or ClusterRole; `called` is its kind and name."""
    return tuple(_grant(one_line(called), rule) for rule in rows(role, "rules"))


def _grant(role: str, rule: Native) -> Grant:
    def clean(key: str) -> tuple[str, ...]:
        return tuple(one_line(word, limit=80) for word in words(rule, key))

    return Grant(role, clean("verbs"), clean("resources"), clean("apiGroups"))


def ingresses_to(ingresses: Iterable[Native], service: str) -> tuple[str, ...]:
    """Names of the Ingresses that have this Service as a backend."""
    return tuple(one_line(name(item)) for item in ingresses if service in set(_backends(item)))


def _backends(item: Native) -> Iterator[str]:
    yield text(item, "spec", "defaultBackend", "service", "name")
    for rule in rows(item, "spec", "rules"):
        for path in rows(rule, "http", "paths"):
            yield text(path, "backend", "service", "name")


def runners_of(listed: Sequence[Native]) -> tuple[RunnerSeen, ...]:
    """Runners that the repository lists: they are registered with it, and serve it alone."""
    return tuple(
        RunnerSeen(
            said(item, "name"),
            tuple(said(label, "name") for label in rows(item, "labels")),
            leaf(item, "ephemeral") is True,
        )
        for item in listed
    )


def config_maps_of(spec: object) -> tuple[str, ...]:
    """ConfigMaps that a Pod mounts, raw names."""
    return tuple(found for volume in rows(spec, "volumes") if (found := text(volume, "configMap", "name")))


def cache_gc_of(config_maps: Iterable[Native]) -> bool | None:
    """Whether a buildkitd.toml among these says `gc = true`; None where none says anything."""
    told = [
        match[1] == "true"
        for item in config_maps
        for value in (leaf(item, "data") or {}).values()
        if isinstance(value, str) and "worker" in value
        for match in _GC.finditer(value)
    ]
    return all(told) if told else None
