"""From connections to clients: one of each, sharing what can be shared. Nothing is asked here.

What connections do not name is None, and its authority is `unconfigured`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import (
    Credential,
    EnvironmentSource,
    FileSource,
    KeySource,
    Source,
    git_form,
    gitea_form,
    registry_form,
)
from lanewatch.clients.git import Git, GitAccess
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.clients.kubeconfig import read_access
from lanewatch.clients.kubernetes import Cluster, Clusters
from lanewatch.clients.registry import Registry
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.spec.connections import Connections, Plane, SecretReference
from lanewatch.text import Redactor

PLANES: tuple[Plane, ...] = ("ci", "argo", "runtime")


@dataclass(frozen=True, slots=True)
class Clients:
    """Everything that a lane's authorities, logs and drill-downs ask."""

    gitea: Gitea | None
    clusters: Mapping[str, Cluster]  # by plane; empty without `kubernetes`
    registry: Registry | None
    health: Origin | None  # None also when health goes through the service proxy
    git: Git
    lists: SharedLists
    redactor: Redactor  # of every secret that could be read when the clients were made
    origins: tuple[Origin, ...]
    shared_clusters: Clusters

    async def close(self) -> None:
        """Close every connection. Requests under way fail."""
        await self.lists.close()
        await self.shared_clusters.close()
        for origin in self.origins:
            await origin.close()


def open_clients(
    connections: Connections, clock: Clock, cache: Path, *, fingerprint_key: bytes | None = None
) -> Clients:
    """The clients of `connections`; git histories are kept below `cache`. Never raises for the world's faults."""
    making = _Making(connections, clock)
    gitea, registry, health = making.gitea(), making.registry(), making.health()
    clusters = Clusters(clock)
    return Clients(
        gitea=gitea,
        clusters=making.planes(clusters),
        registry=registry,
        health=health,
        git=Git(cache, clock=clock, access=making.git_access()),
        lists=SharedLists(clock),
        redactor=Redactor(making.secrets(), fingerprint_key=fingerprint_key),
        origins=tuple(making.origins),
        shared_clusters=clusters,
    )


class _Making:
    """Keeps the origins and credentials that are made along the way."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._trusted = frozenset(connections.trusted_hosts)
        self.origins: list[Origin] = []
        self._credentials: list[Credential] = []

    def gitea(self) -> Gitea | None:
        known = self._connections.gitea
        if known is None:
            return None
        token = self._credential(known.token, gitea_form)
        return Gitea(self._origin(known.url, known.ca, "gitea.ca", token, _place("gitea.token", token)))

    def registry(self) -> Registry | None:
        known = self._connections.registry
        if known is None:
            return None
        credential = self._credential(known.credential, registry_form)
        place = _place("registry.credential", credential)
        origin = self._origin(known.url, known.ca, "registry.ca", None, place, immutable=True)
        return Registry(origin, clock=self._clock, credential=credential, trusted_hosts=self._trusted)

    def health(self) -> Origin | None:
        known = self._connections.health
        return None if known is None or known.url is None else self._origin(known.url, None, "the system's CAs")

    def planes(self, clusters: Clusters) -> dict[str, Cluster]:
        known = self._connections.kubernetes
        if known is None:
            return {}
        named = ((name, known.plane(name)) for name in PLANES)
        return {name: clusters.cluster(plane.kubeconfig, plane.context, f"kubernetes.{name}") for name, plane in named}

    def git_access(self) -> list[GitAccess]:
        """What `git` names; else the upstream's credential for the upstream and Gitea's token for the mirror."""
        known = self._connections
        access = [
            GitAccess(prefix, self._credential(entry.credential, git_form), entry.ca)
            for prefix, entry in known.git.items()
        ]
        if known.upstream is not None:
            credential = self._credential(known.upstream.credential, git_form)
            access.append(GitAccess(known.upstream.url, credential, known.upstream.ca))
        if known.gitea is not None:
            access.append(GitAccess(known.gitea.url, self._credential(known.gitea.token, git_form), known.gitea.ca))
        return access

    def secrets(self) -> list[str]:
        """Every value that can be read now, for the redactor; what cannot be read says so when it is used."""
        credentials = list(self._credentials)
        known = self._connections.kubernetes
        for plane in [] if known is None else {known.plane(name) for name in PLANES}:
            with suppress(ReadFailure):
                credential = read_access(plane.kubeconfig, plane.context).credential
                credentials += [] if credential is None else [credential]
        return [value for credential in credentials for value in credential.exact()]

    def _origin(
        self,
        url: str,
        ca: Path | None,
        ca_key: str,
        authorization: Credential | None = None,
        credential_key: str = "token",
        immutable: bool = False,
    ) -> Origin:
        origin = Origin(
            url,
            clock=self._clock,
            authorization=authorization,
            ca=ca,
            ca_key=ca_key,
            credential_key=credential_key,
            trusted_hosts=self._trusted,
            immutable=immutable,
        )
        self.origins.append(origin)
        return origin

    def _credential(self, reference: SecretReference | None, form: Callable[[str], str]) -> Credential | None:
        if reference is None:
            return None
        credential = Credential(secret_source(reference, self._connections.secrets_root), form)
        self._credentials.append(credential)
        return credential


def _place(key: str, credential: Credential | None) -> str:
    """Which credential a refusal is about: the connections key and where its value lies."""
    return f"{key}, {'none given' if credential is None else credential.source.name()}"


def secret_source(reference: SecretReference, secrets_root: Path | None) -> Source:
    """Where a secret reference leads; nothing is read."""
    if reference.env is not None:
        return EnvironmentSource(reference.env)
    if reference.file is not None:
        return FileSource(reference.file)
    return KeySource(secrets_root, str(reference.source_ref), str(reference.target_key))
