"""Which resources the simulated API server serves, and how discovery lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

VERBS = ["get", "list", "watch"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a group version. `builtin` ones list items without kind and apiVersion."""

    group: str
    version: str
    name: str  # plural
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """As objects write it: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def builtin(self) -> bool:
        """Whether it is no custom resource."""
        return "." not in self.group or self.group.endswith(".k8s.io")

    @property
    def called(self) -> str:
        """As messages name it: `pods`, `applications.argoproj.io`."""
        return f"{self.name}.{self.group}" if self.group else self.name


RESOURCES: tuple[Resource, ...] = (
    Resource("", "v1", "namespaces", "Namespace", namespaced=False, short=("ns",)),
    Resource("", "v1", "nodes", "Node", namespaced=False, short=("no",)),
    Resource("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    Resource("", "v1", "events", "Event", short=("ev",)),
    Resource("", "v1", "pods", "Pod", short=("po",), subresources=("log",)),
    Resource("", "v1", "services", "Service", short=("svc",), subresources=("proxy",)),
    Resource("apps", "v1", "deployments", "Deployment", short=("deploy",)),
    Resource("apps", "v1", "replicasets", "ReplicaSet", short=("rs",)),
    Resource("batch", "v1", "jobs", "Job"),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", short=("ing",)),
    Resource("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", namespaced=False),
    Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource("argoproj.io", "v1alpha1", "applications", "Application", short=("app", "apps")),
    Resource("tekton.dev", "v1", "pipelineruns", "PipelineRun", short=("pr", "prs")),
    Resource("tekton.dev", "v1", "taskruns", "TaskRun", short=("tr", "trs")),
    Resource("tekton.dev", "v1beta1", "customruns", "CustomRun"),
    Resource("triggers.tekton.dev", "v1beta1", "eventlisteners", "EventListener", short=("el",)),
)


def find(resources: Sequence[Resource], group: str, version: str, name: str) -> Resource | None:
    """The resource of that group, version and plural name, if it is served."""
    wanted = (group, version, name)
    return next((item for item in resources if (item.group, item.version, item.name) == wanted), None)


def api_versions() -> dict[str, Any]:
    """GET /api"""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def api_groups(resources: Sequence[Resource]) -> dict[str, Any]:
    """GET /apis"""
    found = sorted({(item.group, item.version) for item in resources if item.group})
    groups = []
    for group, version in found:
        served = {"groupVersion": f"{group}/{version}", "version": version}
        groups.append({"name": group, "versions": [served], "preferredVersion": served})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def resource_list(resources: Sequence[Resource], group: str, version: str) -> dict[str, Any] | None:
    """GET /api/v1 or /apis/GROUP/VERSION; None when nothing of it is served."""
    mine = [item for item in resources if (item.group, item.version) == (group, version)]
    if not mine:
        return None
    rows: list[dict[str, Any]] = []
    for item in mine:
        plain = {"singularName": item.kind.lower(), "namespaced": item.namespaced, "kind": item.kind}
        names = {"shortNames": list(item.short)} if item.short else {}
        rows.append({"name": item.name, **plain, "verbs": VERBS, **names})
        rows += [
            {"name": f"{item.name}/{below}", **plain, "singularName": "", "verbs": ["get"]}
            for below in item.subresources
        ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": mine[0].api_version, "resources": rows}
