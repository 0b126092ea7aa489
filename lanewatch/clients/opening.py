"""From connections to clients: one of each, sharing what can be shared. Nothing is asked here.

What connections do not name is None, and its authority is `unconfigured`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.clusters import Clusters
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
from lanewatch.clients.docker_config import DockerConfigSource
from lanewatch.clients.git import Git, GitAccess
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.clients.kubeconfig import SERVICE_ACCOUNT, in_cluster_access, read_access
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.port_forward import PortForward
from lanewatch.clients.registry import Registry
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.clients.trust import OwnCertificate
from lanewatch.clients.way import Way
from lanewatch.spec.connections import (
    ClientCertificate,
    Connections,
    KubernetesConnection,
    Plane,
    PortForwardConnection,
    SecretReference,
)
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
    redactor: Redactor  # of every secret that could be read when the clients were made, or was used since
    origins: tuple[Origin, ...]
    shared_clusters: Clusters
    forwards: tuple[PortForward, ...] = ()

    async def close(self) -> None:
        """Close every connection. Requests under way fail."""
        await self.lists.close()
        for forward in self.forwards:
            await forward.close()
        await self.shared_clusters.close()
        for origin in self.origins:
            await origin.close()


def open_clients(
    connections: Connections, clock: Clock, cache: Path, *, fingerprint_key: bytes | None = None
) -> Clients:
    """The clients of `connections`; git histories are kept below `cache`. Never raises for the world's faults."""
    redactor = Redactor(fingerprint_key=fingerprint_key)
    making = _Making(connections, clock, redactor)
    clusters = Clusters(clock, redactor.learn)
    gitea, registry, health = making.gitea(clusters), making.registry(), making.health()
    planes, git_access = making.planes(clusters), making.git_access()
    redactor.learn(making.secrets())
    return Clients(
        gitea=gitea,
        clusters=planes,
        registry=registry,
        health=health,
        git=Git(cache, clock=clock, access=git_access),
        lists=SharedLists(clock),
        redactor=redactor,
        origins=tuple(making.origins),
        forwards=tuple(making.forwards),
        shared_clusters=clusters,
    )


class _Making:
    """Keeps the origins and credentials that are made along the way."""

    def __init__(self, connections: Connections, clock: Clock, redactor: Redactor) -> None:
        self._connections = connections
        self._redactor = redactor
        self._clock = clock
        self._trusted = frozenset(connections.trusted_hosts)
        self.origins: list[Origin] = []
        self.forwards: list[PortForward] = []
        self._credentials: list[Credential] = []

    def gitea(self, clusters: Clusters) -> Gitea | None:
        known = self._connections.gitea
        if known is None:
            return None
        token = self._credential(known.token, gitea_form)
        place = _place("gitea.token", token)
        own, proxy = _own(known.client), known.proxy
        if known.port_forward is not None:
            way = self._forward(clusters, known.port_forward)
            base = urlsplit(known.url)._replace(netloc=way.address).geturl()
            return Gitea(self._origin(base, known.ca, "gitea.ca", token, place, own=own, way=way))
        return Gitea(self._origin(known.url, known.ca, "gitea.ca", token, place, own=own, proxy=proxy))

    def _forward(self, clusters: Clusters, asked: PortForwardConnection) -> PortForward:
        """Without `kubernetes` kubectl's own default cluster is meant."""
        known = self._connections.kubernetes or KubernetesConnection()
        cluster = self._plane(clusters, known, asked.plane)
        forward = PortForward(cluster, asked.namespace, asked.service, asked.port)
        self.forwards.append(forward)
        return forward

    def registry(self) -> Registry | None:
        known = self._connections.registry
        if known is None:
            return None
        credential = self._credential(known.credential, registry_form)
        if known.docker_config is not None:
            source = DockerConfigSource(known.docker_config, urlsplit(known.url).netloc)
            credential = self._kept(Credential(source, registry_form))
        place = _place("registry.credential", credential)
        own, proxy = _own(known.client), known.proxy
        origin = self._origin(known.url, known.ca, "registry.ca", None, place, immutable=True, own=own, proxy=proxy)
        return Registry(origin, clock=self._clock, credential=credential, trusted_hosts=self._trusted)

    def health(self) -> Origin | None:
        known = self._connections.health
        return None if known is None or known.url is None else self._origin(known.url, None, "the system's CAs")

    def planes(self, clusters: Clusters) -> dict[str, Cluster]:
        known = self._connections.kubernetes
        if known is None:
            return {}
        return {name: self._plane(clusters, known, name) for name in PLANES}

    def _plane(self, clusters: Clusters, known: KubernetesConnection, name: Plane) -> Cluster:
        plane, key = known.plane(name), f"kubernetes.{name}"
        if plane.in_cluster:
            return clusters.cluster(SERVICE_ACCOUNT, None, key, in_cluster_access)
        access = partial(read_access, plane.kubeconfig, plane.context, frozenset(known.exec_plugins))
        return clusters.cluster(plane.kubeconfig, plane.context, key, access)

    def git_access(self) -> list[GitAccess]:
        """What `git` names; else the upstream's credential for the upstream and Gitea's token for the mirror."""
        known = self._connections
        access = [
            GitAccess(prefix, self._credential(entry.credential, git_form), entry.ca, _own(entry.client), entry.proxy)
            for prefix, entry in known.git.items()
        ]
        if known.upstream is not None:
            up, credential = known.upstream, self._credential(known.upstream.credential, git_form)
            access.append(GitAccess(up.url, credential, up.ca, _own(up.client), up.proxy))
        if known.gitea is not None:
            forge, token = known.gitea, self._credential(known.gitea.token, git_form)
            access.append(GitAccess(forge.url, token, forge.ca, _own(forge.client), forge.proxy))
        return access

    def secrets(self) -> list[str]:
        """Every value that can be read now, for the redactor; what cannot be read says so when it is used."""
        credentials = list(self._credentials)
        known = self._connections.kubernetes
        for plane in [] if known is None else {known.plane(name) for name in PLANES}:
            with suppress(ReadFailure):  # a plugin is not run for this: it takes up to 10 s and is refused here
                access = in_cluster_access() if plane.in_cluster else read_access(plane.kubeconfig, plane.context)
                credentials += [] if access.credential is None else [access.credential]
        return [value for credential in credentials for value in credential.exact()]

    def _origin(
        self,
        url: str,
        ca: Path | None,
        ca_key: str,
        authorization: Credential | None = None,
        credential_key: str = "token",
        *,
        immutable: bool = False,
        own: OwnCertificate | None = None,
        proxy: str | None = None,
        way: Way | None = None,
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
            own=own,
            proxy=proxy,
            way=way,
        )
        self.origins.append(origin)
        return origin

    def _credential(self, reference: SecretReference | None, form: Callable[[str], str]) -> Credential | None:
        if reference is None:
            return None
        return self._kept(Credential(secret_source(reference, self._connections.secrets_root), form))

    def _kept(self, credential: Credential) -> Credential:
        credential.told = self._redactor.learn
        self._credentials.append(credential)
        return credential


def _own(known: ClientCertificate | None) -> OwnCertificate | None:
    return None if known is None else OwnCertificate(known.certificate, known.key)


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
