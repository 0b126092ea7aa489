"""The exact fix of each way of not answering: the connections key, the scope, the Role rule, the line to type.

A fix is one sentence; the lines after it, if any, are to be copied as they are: a rule of a Role, commands.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubeconfig import context_names
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import Resource
from lanewatch.rollout.facts import Outcome
from lanewatch.text import safe

VERBS = ("get", "list", "watch")
ALL_RIGHTS = "lanewatch producers render lanewatch-role | kubectl apply -f -"
Fix = Callable[[ReadFailure], str]

_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """Where connections say which cluster it is, for the fixes that change just that."""

    key: str  # "kubernetes", or "kubernetes.ci" where the plane has its own
    cluster: Cluster
    kubeconfig: Path | None = None

    @property
    def kubectl(self) -> str:
        """kubectl as lanewatch itself reaches this cluster."""
        file = [] if self.kubeconfig is None else ["--kubeconfig", str(self.kubeconfig)]
        context = ["--context", self.cluster.context] if self.cluster.context not in ("", "in-cluster") else []
        return shlex.join(["kubectl", *file, *context])


def general(key: str, address: str) -> Fix:
    """The fix by how the read ended, where nothing more exact is known. `key` is the system's in connections."""

    def fix(failure: ReadFailure) -> str:
        match failure.outcome:
            case Outcome.UNCONFIGURED:
                return f"set what it names (it belongs to {key} in connections.yaml)"
            case Outcome.DENIED:
                return f"give {key} a credential that may read (connections.yaml, {key})"
            case Outcome.THROTTLED:
                return "ask again later; nothing is wrong with the connection"
            case Outcome.ERROR if (failure.status or 0) >= 500:
                return "the server itself fails: its own log says why"
            case Outcome.INVALID | Outcome.UNSUPPORTED | Outcome.ABSENT:
                return _another_address(key, address)
            case _:
                return _by_words(failure.reason, key, address)

    return fix


def _another_address(key: str, address: str) -> str:
    return (
        f"correct {key}.url in connections.yaml (with its path, where it is served below one): something answers at "
        f"{address}, and it is not this system"
    )


def _by_words(reason: str, key: str, address: str) -> str:
    if "unknown issuer" in reason:
        return f"set {key}.ca to the PEM file of the authority that signed its certificate"
    if "certificate required" in reason:
        return f"set {key}.client to a certificate and key that it knows"
    if "is this https?" in reason or "is this http?" in reason:
        or_client = f", or set {key}.client where it asks for a certificate" if "client" in reason else ""
        return f"change the scheme of {key}.url in connections.yaml{or_client}"
    if "proxy" in reason:
        return f"correct {key}.proxy in connections.yaml, or let that proxy connect to {address}"
    if "expired" in reason and "TLS" in reason:
        return "renew the server's certificate"
    proxy = next((name for name in _PROXIES if os.environ.get(name)), None)
    through = f", or set {key}.proxy (${proxy} is set here, and never used by itself)" if proxy else ""
    return f"correct {key}.url in connections.yaml{through}, or make it answer from here:\n{_curl(address)}"


def _curl(address: str) -> str:
    return f"curl -sS -o /dev/null {shlex.quote(address)}"


def gitea(address: str, repository: str, token: str) -> Fix:
    """For the Gitea: 401, 403 and 404 mean the token, its scope, its user's rights (Gitea reference 7).

    `token`: where connections say it lies.
    """
    other = general("gitea", address)
    page = f"{address}/user/settings/applications"
    made = f"it is made by Generate New Token, repository: Read, at\n{page}"

    def fix(failure: ReadFailure) -> str:
        if failure.status == 401:
            return f"put a valid token where gitea.token points ({token}); {made}"
        if failure.status == 403:
            return f"put a token with the scope read:repository where gitea.token points ({token}); {made}"
        if failure.status == 404 and failure.outcome is Outcome.ABSENT:
            return (
                f"let the token's user read {repository}, or correct its name in the spec:\n"
                f"{address}/{repository}/settings/collaboration"
            )
        if failure.outcome is Outcome.UNCONFIGURED:
            return f"set what it names: gitea.token of connections.yaml points there; {made}"
        return other(failure)

    return fix


def no_crd(resource: Resource, place: ClusterPlace) -> str:
    """For a cluster that does not serve the kind."""
    plane = {"Tekton": "ci", "Argo CD": "argo"}.get(resource.product, "ci")
    return (
        f"if {resource.product} runs in another cluster, name its context in kubernetes.{plane}.context"
        f"{_others(place)}; else install it in {place.cluster.context}, until this finds it:\n"
        f"{place.kubectl} get crd {resource.name}"
    )


_IN_THE_KUBECONFIG: Final = (
    ("unknown issuer", "set certificate-authority of that cluster"),
    ("name mismatch", "set tls-server-name of that cluster to a name that its certificate has"),
    ("proxy", "correct proxy-url of that cluster"),
    ("certificate required", "set client-certificate and client-key of that user"),
    ("client certificate", "set client-certificate and client-key of that user, or http:// as the server's scheme"),
)


def kubeconfig(place: ClusterPlace) -> Fix:
    """For a kubeconfig or context that cannot be used, or leads to nobody."""

    def fix(failure: ReadFailure) -> str:
        if "no context" in failure.reason or "no current context" in failure.reason:
            return f"name one in {place.key}.context of connections.yaml{_others(place)}"
        if "kubernetes.execPlugins" in failure.reason:
            return "if you trust that program: add its name to kubernetes.execPlugins in connections.yaml"
        if "exec plugin" in failure.reason:
            return "run that plugin by hand: it has to print an ExecCredential without asking anything"
        if failure.outcome is Outcome.UNCONFIGURED:
            return (
                f"correct what it names in that kubeconfig, or name another: {place.key}.kubeconfig in "
                "connections.yaml, or KUBECONFIG where it names none"
            )
        if failure.outcome is Outcome.DENIED:
            return general(place.key, place.cluster.server)(failure)
        for words, told in _IN_THE_KUBECONFIG:
            if words in failure.reason:
                return f"{told} in the kubeconfig:\n{place.kubectl} config view --minify"
        return (
            f"context {place.cluster.context} leads to {place.cluster.server}: name another in {place.key}.context of "
            f"connections.yaml{_others(place)}, or make it answer:\n{place.kubectl} get --raw /version"
        )

    return fix


def _others(place: ClusterPlace) -> str:
    """The contexts that there are beside the one that is used."""
    try:
        names = [name for name in context_names(place.kubeconfig) if name != place.cluster.context]
    except ReadFailure:
        return ""
    return f" (there is {', '.join(safe(name, limit=60) for name in names[:8])})" if names else ""
