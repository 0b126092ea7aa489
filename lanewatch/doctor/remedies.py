"""The exact fix of each way of not answering: the connections key, the scope, the Role rule, the line to type."""

from __future__ import annotations

import re
from collections.abc import Callable

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.native import Resource
from lanewatch.rollout.facts import Outcome
from lanewatch.text import safe

RENEWAL = "Gitea → Settings → Applications → Generate New Token, with the scope read:repository"
VERBS = ("get", "list", "watch")
Fix = Callable[[ReadFailure], str]

_FORBIDDEN_USER = re.compile(r'User "([^"]{1,253})"')
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)")


def unreachable(key: str, address: str) -> str:
    """For a system that does not answer at all under its connections key."""
    return f"correct {key} in connections.yaml, or make it answer from here: curl -sS -o /dev/null {address}"


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
            case _:
                return _by_words(failure.reason, key, address)

    return fix


def _by_words(reason: str, key: str, address: str) -> str:
    if "unknown issuer" in reason:
        return f"set {_ca(key)} to the PEM file of the authority that signed its certificate"
    if "is this https?" in reason or "is this http?" in reason:
        return f"change the scheme of {key}.url in connections.yaml"
    if "expired" in reason and "TLS" in reason:
        return "renew the server's certificate"
    return unreachable(f"{key}.url" if "." not in key else f"the server of {key}'s context", address)


def _ca(key: str) -> str:
    return f"{key}.ca" if "." not in key else f"certificate-authority in the kubeconfig of {key}"


def gitea(address: str, repository: str) -> Fix:
    """For the Gitea: 401, 403 and 404 mean the token, its scope, its user's rights (Gitea reference 7)."""
    other = general("gitea", address)

    def fix(failure: ReadFailure) -> str:
        if failure.status == 401:
            return f"put a valid token where gitea.token of connections.yaml points: {RENEWAL}"
        if failure.status == 403:
            return f"make a token with the scope read:repository ({RENEWAL})"
        if failure.status == 404 and failure.outcome is Outcome.ABSENT:
            return f"let the token's user read {repository} ({repository} → Settings → Collaborators → Read)"
        if failure.outcome is Outcome.UNCONFIGURED:
            return f"set what it names: gitea.token of connections.yaml points there ({RENEWAL})"
        return other(failure)

    return fix


def role(verbs: tuple[str, ...], resource: str, group: str, namespace: str, message: str) -> str:
    """The Role rule and the kubectl lines that grant it; `message` is the API server's own, which names the user."""
    user = subject(message)
    named = f"{resource}.{group}" if group and "/" not in resource else resource
    name = f"lanewatch-{resource.replace('/', '-')}"
    create = f"kubectl -n {namespace} create role {name} --verb={','.join(verbs)} --resource={named}"
    bind = f"kubectl -n {namespace} create rolebinding {name} --role={name} {user}"
    rule = f'{{apiGroups: ["{group}"], resources: ["{resource}"], verbs: [{", ".join(verbs)}]}}'
    return f"Role rule in {namespace}: {rule}: {create} && {bind}"


def subject(message: str) -> str:
    """`--user=…` or `--serviceaccount=…` for a rolebinding, from a 403's words."""
    found = _FORBIDDEN_USER.search(message)
    if found is None:
        return "--user=YOU"
    account = _SERVICE_ACCOUNT.fullmatch(found[1])
    if account is not None:
        return f"--serviceaccount={account[1]}:{account[2]}"
    return f"--user={safe(found[1], limit=80)}"


def no_crd(resource: Resource) -> str:
    """For a cluster that does not serve the kind."""
    plane = {"Tekton": "ci", "Argo CD": "argo"}.get(resource.product, "ci")
    return (
        f"install {resource.product} in this cluster, or point kubernetes.{plane} to the one that has it "
        f"(kubectl get crd {resource.name})"
    )


def kubeconfig(plane: str) -> Fix:
    """For a kubeconfig or context that cannot be used."""

    def fix(failure: ReadFailure) -> str:
        if "no context" in failure.reason or "no current context" in failure.reason:
            return (
                f"set kubernetes.{plane}.context (or kubernetes.context) to one of: kubectl config get-contexts -o name"
            )
        if "kubernetes.execPlugins" in failure.reason:
            return "if you trust that program: add its name to kubernetes.execPlugins in connections.yaml"
        if "exec plugin" in failure.reason:
            return "run that plugin by hand: it has to print an ExecCredential without asking anything"
        if failure.outcome is Outcome.UNCONFIGURED:
            return f"correct kubernetes.{plane}.kubeconfig (or kubernetes.kubeconfig) in connections.yaml"
        return general(f"kubernetes.{plane}", "the API server")(failure)

    return fix
